#include "kernel/entry.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

/*
 * Let others have the lock, and interrupts that wait come in. The work may be
 * waiting for just those others: the pause makes sure that one that spins for
 * the lock sees it free, even where they are threads of one host CPU.
 */
static void
breathe(void)
{
    kernel_unlock();
    arch_interrupts_restore(true);
    arch_pause();
    arch_interrupts_off();
    kernel_lock();
}

/*
 * No wake-up is lost: sched_pick() found nothing, and marked this CPU idle,
 * under the lock. Who makes work for this CPU later has the lock later, sees
 * the mark, and sends an interrupt. This CPU has had interrupts off since
 * before it gave up the lock, so that interrupt, or any device's, waits until
 * arch_sleep() allows them at the very moment at which it sleeps, and ends the
 * sleep.
 */
static void
sleep(void)
{
    arch_before_sleep();
    kernel_unlock();
    arch_sleep();
    kernel_lock();
}

/*
 * Nothing of a process that is ending runs any more: it could be more urgent
 * than the work that is to end it.
 */
static void
end_thread(struct cpu_local *cpu, struct thread *thread)
{
    arch_switch(cpu, NULL);
    thread_kill(thread);
    breathe();
}

/*
 * A CPU that is to do the kernel's own work has no thread meanwhile, and no
 * page tables that the work may want to release.
 */
void
kernel_choose(struct cpu_local *cpu)
{
    struct thread *next;

    for (;;) {
        next = sched_pick(cpu);
        if (next != NULL && next->process->state != PROCESS_ALIVE) {
            end_thread(cpu, next);
            continue;
        }
        arch_switch(cpu, next);
        if (next != NULL)
            break;
        if (sched_has_work()) {
            sched_do_work();
            breathe();
        } else {
            sleep();
        }
    }
    kernel_exit(cpu);
}

void
cpu_main(struct cpu_local *cpu)
{
    arch_interrupts_off();
    kernel_enter(cpu);
    kernel_leave(cpu);
    arch_resume(cpu->current);
}
