/*
 * From user space to portable code: system calls, faults, interrupts. Each
 * function here runs on the CPU's kernel stack, interrupts off, and returns
 * the thread to resume.
 */
#include "kernel/x86/usermode.h"

#include "kernel/entry.h"
#include "kernel/interrupt.h"
#include "kernel/process.h"
#include "kernel/times.h"
#include "kernel/vm.h"
#include "kernel/x86/context.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ipi.h"
#include "kernel/x86/irq.h"

usermode_fault_fn *usermode_probe;

/*
 * While this CPU waited for the lock the thread may have been killed or
 * stopped, and its registers written: then it calls when it goes on.
 */
static inline struct thread *
serve(struct x86_cpu *self)
{
    struct cpu_local *local = &self->local;
    struct thread *thread = local->current;
    struct trap_frame *frame = frame_of(thread);

    if (thread->state == SYS_THREAD_RUNNING)
        system_call(local, frame->rax);
    else if (!thread->killed && frame->vector == FRAME_SYSCALL)
        arch_thread_restart(thread);
    kernel_leave(local);
    return local->current;
}

struct thread *
syscall_entered(struct x86_cpu *self)
{
    return serve(self);
}

struct thread *
syscall_dispatch(struct x86_cpu *self)
{
    kernel_enter(&self->local);
    return serve(self);
}

static enum space_access
access_of(uint64_t error)
{
    return error & PF_FETCH   ? SPACE_EXECUTE
           : error & PF_WRITE ? SPACE_WRITE
                              : SPACE_READ;
}

/*
 * Whether the instruction may be tried again, now or later. The CPU's own
 * accesses on behalf of user code, those to its tables, never concern memory
 * of the process: one that faults would do so for ever. (QEMU before 9.1 lets
 * IRETQ and RETF of user code pop so, and SMAP forbids it.)
 */
static bool
is_mended(struct x86_cpu *self, const uint64_t words[SYS_WORDS])
{
    uint64_t vector = words[SYS_FAULT_VECTOR];
    uint64_t error = words[SYS_FAULT_ERROR];

    if (vector == TRAP_PF)
        return (error & PF_USER) != 0 &&
               space_fault(self->local.current, words[SYS_FAULT_ADDRESS],
                           access_of(error)) == 0;
    return vector == TRAP_GP && error == 0 && context_load_ports(self);
}

static void
describe(const struct thread *thread, uint64_t words[SYS_WORDS])
{
    const struct trap_frame *frame = (const void *)thread->frame;
    bool has_address = frame->vector == TRAP_PF;

    words[SYS_FAULT_VECTOR] = frame->vector;
    words[SYS_FAULT_ERROR] = frame->error;
    words[SYS_FAULT_RIP] = frame->rip;
    words[SYS_FAULT_ADDRESS] = has_address ? read_cr2() : 0;
    words[SYS_FAULT_THREAD] = thread->id;
    words[SYS_FAULT_RSP] = frame->rsp;
}

struct thread *
trap_user_dispatch(struct x86_cpu *self)
{
    struct cpu_local *local = &self->local;
    struct thread *thread = local->current;
    struct trap_frame *frame = frame_of(thread);
    uint64_t words[SYS_WORDS], vector = frame->vector;

    times_off();
    if (ipi_take(vector)) {
        times_on();
        return thread;
    }
    describe(thread, words);
    if (vector == TRAP_DB)
        write_dr6(DR6_NONE);
    /* A CPU may have jumped before it checks; IRETQ must never find that. */
    if (frame->rip > SYS_USER_END)
        frame->rip = SYS_USER_END;
    if (vector < INTERRUPT_FIRST && usermode_probe != NULL)
        usermode_probe(words);
    kernel_enter(local);
    if (vector >= INTERRUPT_FIRST)
        irq_take((unsigned)vector);
    else if (!thread->killed && frame->vector == vector &&
             !is_mended(self, words))
        process_fault(thread, words);
    kernel_leave(local);
    return local->current;
}
