#include "user/proc/server.h"

#include "kernel/lib/mem.h"

/* The next thread of a process, 0 behind the last; closes the one before. A
 * process without a handle would be proc itself: SYS_SELF is 0. */
static handle_t
next_thread(const struct extra *extra, handle_t before)
{
    int64_t thread;

    if (extra->process == 0)
        return 0;
    thread = sys_process_thread(extra->process, before);
    if (before != 0)
        sys_close(before);
    return thread < 0 ? 0 : (handle_t)thread;
}

static void
control_all(const struct process *p, enum sys_thread_control what)
{
    handle_t thread = 0;

    while ((thread = next_thread(extra_of(p), thread)) != 0)
        sys_thread_control(thread, what, 0, 0);
}

void
deliver_end(struct process *p, int signal)
{
    struct extra *extra = extra_of(p);

    extra->killer = signal;
    if (extra->process == 0)
        return;
    sys_process_control(extra->process, SYS_PROCESS_KILL, (uint64_t)signal);
}

void
deliver_stop(struct process *p)
{
    control_all(p, SYS_THREAD_STOP);
}

void
deliver_go_on(struct process *p)
{
    control_all(p, SYS_THREAD_START);
}

/*
 * Let the thread, which stands still, go on in the upcall. Its registers are in
 * the page that both share; the rest of its stack stays as it is.
 */
static bool
divert(struct extra *extra, handle_t thread)
{
    struct sys_registers registers;

    if (extra->upcall == NULL ||
        __atomic_load_n(&extra->upcall->busy, __ATOMIC_ACQUIRE) != 0 ||
        sys_thread_control(thread, SYS_THREAD_READ, (uint64_t)&registers,
                           sizeof registers) != 0)
        return false;
    memcpy(extra->upcall->registers, &registers,
           sizeof extra->upcall->registers);
    __atomic_store_n(&extra->upcall->busy, 1, __ATOMIC_RELEASE);
    registers.rip = extra->upcall_entry;
    registers.rdi = extra->upcall_address;
    registers.rsp = (registers.rsp - PROC_RED_ZONE) & ~15ULL;
    registers.rflags &= ~0x400ULL; /* the direction flag */
    if (sys_thread_control(thread, SYS_THREAD_WRITE, (uint64_t)&registers,
                           sizeof registers) == 0)
        return true;
    __atomic_store_n(&extra->upcall->busy, 0, __ATOMIC_RELEASE);
    return false;
}

/*
 * A thread that waits is not where its registers say; its wait is ended, and
 * libc takes the signal when it comes back.
 */
void
deliver_signal(struct process *p)
{
    struct extra *extra = extra_of(p);
    handle_t thread;

    waits_look(p);
    if ((p->pending & p->caught & ~p->blocked) == 0)
        return; /* one who waited has it */
    thread = next_thread(extra, 0);
    if (thread == 0)
        return;
    if (extra->upcall != NULL)
        __atomic_store_n(&extra->upcall->pending, 1, __ATOMIC_RELEASE);
    if (sys_thread_control(thread, SYS_THREAD_INTERRUPT, 0, 0) != 0 &&
        sys_thread_control(thread, SYS_THREAD_STOP, 0, 0) == 0) {
        /* It may have begun to wait just before it was stopped. */
        if (sys_thread_control(thread, SYS_THREAD_INTERRUPT, 0, 0) != 0)
            divert(extra, thread);
        sys_thread_control(thread, SYS_THREAD_START, 0, 0);
    }
    sys_close(thread);
}

int
deliver_signal_of(uint64_t vector)
{
    switch (vector) {
    case 0: case 16: case 19: return SIG_FPE;
    case 1: case 3: return SIG_TRAP;
    case 6: return SIG_ILL;
    case 17: return SIG_BUS;
    default: return SIG_SEGV;
    }
}

bool
deliver_fault(struct process *p, const struct sys_message *m)
{
    struct extra *extra = extra_of(p);
    int signal = deliver_signal_of(m->words[SYS_FAULT_VECTOR]);
    uint64_t bit = SIGNAL_BIT(signal);
    struct sys_inspection view = { 0 };
    handle_t thread = 0;
    bool good = false;

    if ((p->caught & ~p->blocked & bit) == 0 || p->ending)
        return false;
    while (!good && (thread = next_thread(extra, thread)) != 0) {
        sys_inspect(thread, &view);
        if (view.id == m->words[SYS_FAULT_THREAD])
            good = divert(extra, thread);
    }
    if (!good)
        return false;
    sys_close(thread);
    p->pending |= bit;
    return true;
}

void
deliver_forget(struct process *p)
{
    struct extra *extra = extra_of(p);

    if (extra->upcall != NULL)
        sys_unmap(SYS_SELF, (uint64_t)extra->upcall, SYS_PAGE);
    if (extra->upcall_memory != 0)
        sys_close(extra->upcall_memory);
    extra->upcall = NULL;
    extra->upcall_memory = 0;
}
