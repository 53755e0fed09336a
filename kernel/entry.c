#include "kernel/entry.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

/* in_kernel first: who has the lock need not wait for this CPU any more. */
void
kernel_enter(struct cpu_local *cpu)
{
    cpu->in_kernel = 1;
    kernel_lock();
}

/* Let others have the lock, and interrupts that wait come in. */
static void
breathe(void)
{
    kernel_unlock();
    arch_interrupts_restore(true);
    arch_interrupts_off();
    kernel_lock();
}

/*
 * No wake-up is lost: the queues were found empty, and idle was set, under the
 * lock. Who makes work for this CPU later has the lock later, sees idle, and
 * sends an interrupt. This CPU has had interrupts off since before it gave up
 * the lock, so that interrupt, or any device's, waits until arch_sleep()
 * allows them at the very moment at which it sleeps, and ends the sleep.
 */
static void
sleep(struct cpu_local *cpu)
{
    cpu->idle = true;
    kernel_unlock();
    arch_sleep();
    kernel_lock();
    cpu->idle = false;
}

/*
 * The kernel's own work counts as a thread of SCHED_WORK_PRIORITY. What was
 * picked is switched to before it, so that the next pick may change its mind,
 * and no page tables of the dead stay loaded.
 */
void
kernel_leave(struct cpu_local *cpu)
{
    struct thread *next;

    for (;;) {
        next = sched_pick(cpu);
        arch_switch(cpu, next);
        if (sched_has_work() &&
            (next == NULL || next->priority < SCHED_WORK_PRIORITY)) {
            sched_do_work();
            breathe();
        } else if (next == NULL) {
            sleep(cpu);
        } else {
            break;
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
