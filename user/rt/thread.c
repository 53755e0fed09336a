#include "user/rt/rt.h"

void rt_thread_entry(void); /* start.asm */
_Noreturn void rt_thread_end(void);

_Noreturn void
rt_thread_end(void)
{
    for (;;)
        sys_thread_control(SYS_SELF, SYS_THREAD_KILL, 0, 0);
}

/* A page at either end that nobody may touch. */
#define MAPPED (THREAD_STACK_SIZE + 2 * SYS_PAGE)

static int64_t
make_stack(uint64_t *stack)
{
    int64_t result = sys_map(SYS_SELF, 0, 0, MAPPED, 0,
                             SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE);

    if (result < 0)
        return result;
    *stack = (uint64_t)result;
    result = sys_protect(SYS_SELF, *stack, SYS_PAGE, 0);
    if (result == 0)
        result = sys_protect(SYS_SELF, *stack + MAPPED - SYS_PAGE, SYS_PAGE,
                             0);
    if (result < 0)
        sys_unmap(SYS_SELF, *stack, MAPPED);
    return result;
}

int64_t
thread_run(struct thread *thread, void (*function)(uint64_t argument),
           uint64_t argument, unsigned priority)
{
    int64_t result = make_stack(&thread->stack);
    uint64_t *top;

    if (result < 0)
        return result;
    /* The function's address stands where rt_thread_entry calls it from. */
    top = (uint64_t *)(thread->stack + SYS_PAGE + THREAD_STACK_SIZE - 16);
    *top = (uint64_t)function;
    result = sys_thread_create(SYS_SELF, (uint64_t)rt_thread_entry,
                               (uint64_t)top, argument, priority);
    if (result < 0) {
        sys_unmap(SYS_SELF, thread->stack, MAPPED);
        return result;
    }
    thread->handle = (handle_t)result;
    result = sys_thread_control(thread->handle, SYS_THREAD_START, 0, 0);
    if (result < 0)
        thread_free(thread);
    return result;
}

void
thread_free(struct thread *thread)
{
    sys_thread_control(thread->handle, SYS_THREAD_KILL, 0, 0);
    sys_close(thread->handle);
    sys_unmap(SYS_SELF, thread->stack, MAPPED);
}
