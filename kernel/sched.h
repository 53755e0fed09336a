/*
 * Which thread runs. Fixed priorities, 0 the lowest; within one, round robin
 * by slices of time. A queue for each CPU. A CPU without work takes some from
 * another's queue, then sleeps without a tick: the timer is set only while two
 * threads of one priority want the same CPU.
 *
 * All of this is under the kernel lock.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <stdbool.h>
#include <stdint.h>

struct cpu_local;
struct thread;

#define SCHED_SLICE_NS 10000000u /* 10 ms */

void sched_init_cpu(struct cpu_local *cpu);

/*
 * The thread can run, or is SYS_THREAD_STOPPED if it was stopped meanwhile:
 * its wait is over. Nothing happens to one that was killed. Chooses a CPU: its
 * last one if that has nothing as urgent, else an idle one it may use, else
 * its last one; asks that CPU to look (kernel/entry.h: arch_cpu_kick).
 */
void sched_ready(struct thread *thread);

/*
 * The running thread of this CPU calls or answers that one, which may run
 * here: it is the next one if nothing more urgent is ready. This is how a
 * call donates the CPU. Otherwise as sched_ready().
 */
void sched_hand_over(struct thread *thread);

/*
 * It cannot run any more: its state says, or will in a moment, that it waits,
 * stopped or is dead. It leaves the run queue; the CPU that has it looks.
 */
void sched_block(struct thread *thread);

/*
 * That CPU is to let go of the thread and the page tables it has loaded. This
 * one does so at once; another one is asked, once, and needs the lock for it.
 */
void sched_unload(struct cpu_local *cpu);

/* Effective priority, wherever it stands. */
void sched_set_priority(struct thread *thread, unsigned priority);

/* Behind all others of its priority. */
void sched_yield(struct thread *thread);

/* A CPU that the thread may no longer use is left at the next chance. */
void sched_set_affinity(struct thread *thread, uint64_t affinity);

/*
 * What this CPU runs next: the current thread if it may go on and none is more
 * urgent, or NULL to work (sched_has_work) or else to be idle. Serves timers
 * that ran out, clears resched, sets cpu->idle and the hardware timer.
 *
 * The caller switches (kernel/entry.h: arch_switch), to NULL as well, before
 * it gives up the lock: what was current may have been given to another CPU.
 * current and on_cpu are the switch's to write.
 */
struct thread *sched_pick(struct cpu_local *cpu);

/*
 * This CPU's hardware timer has run out: a note for the next sched_pick(). No
 * lock needed, interrupts off.
 */
void sched_timer_fired(void);

/* Set the hardware timer of this CPU for its slice and timeout_next(). */
void sched_arm_timer(struct cpu_local *cpu);

/*
 * Work that the kernel does by itself, in steps: what remains of dead
 * processes and memory. A step takes less than LOCK_HOLD_MAX instructions and
 * returns whether there is more. It runs as if it were a thread of
 * SCHED_WORK_PRIORITY, on one CPU at a time, the lock given up between steps.
 * A step that returns false may have freed its struct work.
 */
#define SCHED_WORK_PRIORITY 24u

struct work {
    struct work *next;
    bool (*step)(struct work *work);
};

extern struct work *sched_first_work; /* NULL: there is none */

void sched_add_work(struct work *work);
bool sched_has_work(void); /* for this CPU, after sched_pick() said NULL */
void sched_do_work(void);  /* one step */

#endif
