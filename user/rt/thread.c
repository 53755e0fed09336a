#include "user/rt/rt.h"

void rt_thread_entry(void); /* start.asm */
_Noreturn void rt_thread_end(void);

_Noreturn void
rt_thread_end(void)
{
    for (;;)
        sys_thread_control(SYS_SELF, SYS_THREAD_KILL, 0, 0);
}

/* Stacks lie between two pages without any right, which are never charged. */
static int64_t
make_stack(uint64_t *address)
{
    const uint64_t size = THREAD_STACK_SIZE + 2 * SYS_PAGE;
    int64_t place = sys_map(SYS_SELF, 0, 0, size, 0,
                            SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE);
    int64_t result;

    if (place < 0)
        return place;
    *address = (uint64_t)place;
    result = sys_protect(SYS_SELF, *address, SYS_PAGE, 0);
    if (result == 0)
        result = sys_protect(SYS_SELF, *address + size - SYS_PAGE, SYS_PAGE,
                             0);
    if (result < 0)
        sys_unmap(SYS_SELF, *address, size);
    return result;
}

int64_t
thread_run(void (*function)(uint64_t argument), uint64_t argument,
           unsigned priority)
{
    uint64_t stack, *top;
    int64_t thread, result = make_stack(&stack);

    if (result < 0)
        return result;
    /* The function's address stands where rt_thread_entry calls it from. */
    top = (uint64_t *)(stack + SYS_PAGE + THREAD_STACK_SIZE - 16);
    *top = (uint64_t)function;
    thread = sys_thread_create(SYS_SELF, (uint64_t)rt_thread_entry,
                               (uint64_t)top, argument, priority);
    result = thread;
    if (thread >= 0)
        result = sys_thread_control((handle_t)thread, SYS_THREAD_START, 0, 0);
    if (result >= 0)
        return thread;
    if (thread >= 0)
        sys_close((handle_t)thread);
    sys_unmap(SYS_SELF, stack, THREAD_STACK_SIZE + 2 * SYS_PAGE);
    return result;
}
