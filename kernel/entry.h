/*
 * In and out of the kernel. kernel/x86 calls these around whatever brought
 * the CPU here from user space or from idle sleep.
 */
#ifndef KERNEL_ENTRY_H
#define KERNEL_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu_local.h"
#include "kernel/lock.h"
#include "kernel/thread.h"
#include "kernel/tlb.h"

/*
 * Take the lock. Interrupts are off, and stay so. in_kernel comes first: who
 * has the lock need not wait for this CPU any more.
 */
static inline void
kernel_enter(struct cpu_local *local)
{
    local->in_kernel = 1;
    kernel_lock_by(local->number);
}

/* kernel_exit() but for the lock, which is given up next. */
static inline void
kernel_end(struct cpu_local *local)
{
    if (local->flush != 0)
        tlb_forget();
    local->in_kernel = 0;
}

/* The end of kernel_leave(), for who has chosen and switched by itself. */
static inline void
kernel_exit(struct cpu_local *local)
{
    kernel_end(local);
    kernel_unlock();
}

/*
 * Decide what runs next, sleep while there is nothing, switch, give up the
 * lock. On return cpu->current is what to resume in user space.
 */
void kernel_choose(struct cpu_local *cpu);

/* The same, and quick where nothing has changed what runs here. */
static inline void
kernel_leave(struct cpu_local *local)
{
    const struct thread *current = local->current;

    if (!local->resched && current != NULL &&
        current->state == SYS_THREAD_RUNNING)
        kernel_exit(local);
    else
        kernel_choose(local);
}

/*
 * A system call of cpu->current, whose registers are in its frame. Between
 * kernel_enter() and kernel_leave(), but for SYS_NULL.
 */
void system_call(struct cpu_local *cpu, uint64_t number);

/*
 * Where each CPU but the first begins, on its own stack, interrupts off, the
 * kernel's page tables loaded.
 */
_Noreturn void cpu_main(struct cpu_local *cpu);

/* --- what kernel/x86 does for it ----------------------------------------- */

/* Load that thread, NULL: the kernel's own tables; saves the current one. */
void arch_switch(struct cpu_local *cpu, struct thread *thread);

/* Go to user space with the registers of cpu->current. */
_Noreturn void arch_resume(struct thread *thread);

/* Sleep until an interrupt, which was handled when this returns. No lock. */
void arch_sleep(void);

/* With the lock: what came meanwhile, or woke it, may be worth a line. */
void arch_before_sleep(void);

/* Let a CPU enter the kernel soon. */
void arch_cpu_kick(uint32_t number);

/*
 * The thread's CPU has it in the kernel, or has left it, when this returns:
 * its frame stands still while the lock is held.
 */
void arch_thread_hold(struct thread *thread);

/* The I/O bitmap of the current process has changed, or is another. */
void arch_load_ports(struct cpu_local *cpu, const uint8_t *bitmap);

#endif
