#include "kernel/sched.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/cpu_local.h"
#include "kernel/entry.h"
#include "kernel/panic.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/timeout.h"

/*
 * How many queued threads are looked at for one that another CPU may take,
 * the most urgent first. Only when that many are bound to busy CPUs, one
 * behind them can wait although a CPU is idle.
 */
#define LOOKS_MAX 128u

/* Timeouts, and threads that they wake, that one sched_pick() serves. */
#define TIMEOUTS_MAX 16u

#define NO_CPU UINT32_MAX

/* CPUs that sleep, and nothing is on the way to them. */
static uint64_t idle_cpus;

/* Work, first come first served; worker is the CPU that does it, or NO_CPU. */
struct work *sched_first_work;
static struct work **work_end = &sched_first_work;
static uint32_t worker = NO_CPU;

void
sched_init_cpu(struct cpu_local *cpu)
{
    for (unsigned i = 0; i < SYS_PRIORITIES; i++)
        list_init(&cpu->queue.lists[i]);
    cpu->timer_at = UINT64_MAX;
}

/* --- threads and CPUs ---------------------------------------------------- */

static bool
may_run(const struct thread *thread)
{
    return thread->state == SYS_THREAD_READY ||
           thread->state == SYS_THREAD_RUNNING;
}

/* CPUs that it may use; without one that runs, all of them. */
static uint64_t
cpus_of(const struct thread *thread)
{
    uint64_t online = UINT64_MAX >> (CPUS_MAX - arch_cpu_count());
    uint64_t cpus = thread->affinity & online;

    return cpus != 0 ? cpus : online;
}

static bool
allowed(const struct thread *thread, const struct cpu_local *cpu)
{
    return (cpus_of(thread) >> cpu->number & 1) != 0;
}

/* What would go on running: in no queue, and it may. */
static bool
goes_on(const struct cpu_local *cpu)
{
    return cpu->current != NULL && !cpu->current->queued &&
           may_run(cpu->current);
}

static int
top_of(const struct run_queue *queue)
{
    return queue->levels != 0 ? 31 - __builtin_clz(queue->levels) : -1;
}

/* Priority of what it does or will do next; -1: nothing. */
static int
urgency(const struct cpu_local *cpu)
{
    int top = top_of(&cpu->queue);

    if (goes_on(cpu) && cpu->current->priority > top)
        top = cpu->current->priority;
    if (worker == cpu->number && top < (int)SCHED_WORK_PRIORITY)
        top = SCHED_WORK_PRIORITY;
    return top;
}

/* --- queues -------------------------------------------------------------- */

/* last_cpu says in whose queue a thread is. */
static void
put(struct cpu_local *cpu, struct thread *thread, bool front)
{
    struct run_queue *queue = &cpu->queue;
    struct list *list = &queue->lists[thread->priority];

    thread->state = SYS_THREAD_READY;
    thread->queued = true;
    thread->last_cpu = (uint16_t)cpu->number;
    if (front)
        list_prepend(list, &thread->queue);
    else
        list_append(list, &thread->queue);
    queue->levels |= 1u << thread->priority;
    queue->count++;
}

static void
take_out(struct thread *thread)
{
    struct run_queue *queue = &arch_cpu_at(thread->last_cpu)->queue;

    list_remove(&thread->queue);
    thread->queued = false;
    queue->count--;
    if (list_is_empty(&queue->lists[thread->priority]))
        queue->levels &= ~(1u << thread->priority);
}

/* That CPU is to look at its queue. */
static void
wake_cpu(struct cpu_local *cpu)
{
    idle_cpus &= ~(1ULL << cpu->number);
    cpu->resched = true;
    if (cpu != arch_cpu())
        arch_cpu_kick(cpu->number);
}

void
sched_unload(struct cpu_local *cpu)
{
    if (cpu == arch_cpu())
        arch_switch(cpu, NULL);
    else if (!cpu->resched)
        wake_cpu(cpu);
}

/* Queue it there; the CPU need not look while it does something better. */
static void
place(struct cpu_local *cpu, struct thread *thread)
{
    const struct thread *current = cpu->current;

    put(cpu, thread, false);
    if (!goes_on(cpu) || current->priority < thread->priority ||
        (current->priority == thread->priority && cpu->slice_end == 0))
        wake_cpu(cpu);
}

static struct cpu_local *
choose(const struct thread *thread)
{
    unsigned home = thread->last_cpu;
    struct cpu_local *cpu;
    uint64_t cpus, idle;

    if (idle_cpus == 0 && (thread->affinity >> home & 1) != 0)
        return arch_cpu_at(home);
    cpus = cpus_of(thread);
    if ((cpus >> home & 1) == 0)
        home = (unsigned)__builtin_ctzll(cpus);
    cpu = arch_cpu_at(home);
    idle = cpus & idle_cpus;
    if (idle == 0 || urgency(cpu) < thread->priority)
        return cpu;
    return arch_cpu_at((unsigned)__builtin_ctzll(idle));
}

void
sched_ready(struct thread *thread)
{
    if (thread->killed || thread->queued)
        return;
    if (thread->stopped) {
        thread->state = SYS_THREAD_STOPPED;
        return;
    }
    thread->state = SYS_THREAD_READY;
    place(thread->on_cpu >= 0 ? arch_cpu_at((uint32_t)thread->on_cpu)
                              : choose(thread), thread);
}

void
sched_hand_over(struct thread *thread)
{
    struct cpu_local *cpu = arch_cpu();

    if (thread->killed || thread->stopped || thread->queued ||
        !allowed(thread, cpu) ||
        (thread->on_cpu >= 0 && (uint32_t)thread->on_cpu != cpu->number)) {
        sched_ready(thread);
        return;
    }
    put(cpu, thread, true);
    cpu->handed = thread;
    cpu->resched = true;
}

void
sched_block(struct thread *thread)
{
    if (thread->queued)
        take_out(thread);
    if (thread->on_cpu >= 0)
        wake_cpu(arch_cpu_at((uint32_t)thread->on_cpu));
}

void
sched_set_priority(struct thread *thread, unsigned priority)
{
    bool lower = priority < thread->priority;

    if (priority == thread->priority)
        return;
    if (thread->queued) {
        take_out(thread);
        thread->priority = (uint8_t)priority;
        place(arch_cpu_at(thread->last_cpu), thread);
        return;
    }
    thread->priority = (uint8_t)priority;
    if (lower && thread->on_cpu >= 0)
        wake_cpu(arch_cpu_at((uint32_t)thread->on_cpu));
}

void
sched_yield(struct thread *thread)
{
    struct cpu_local *cpu = arch_cpu();

    if (thread != cpu->current || !goes_on(cpu))
        return;
    put(cpu, thread, false);
    cpu->slice_end = 0;
    cpu->resched = true;
}

void
sched_set_affinity(struct thread *thread, uint64_t affinity)
{
    thread->affinity = affinity;
    if (thread->on_cpu >= 0) {
        if (!allowed(thread, arch_cpu_at((uint32_t)thread->on_cpu)))
            wake_cpu(arch_cpu_at((uint32_t)thread->on_cpu));
    } else if (thread->queued) {
        take_out(thread);
        place(choose(thread), thread);
    }
}

/* --- time ---------------------------------------------------------------- */

void
sched_timer_fired(void)
{
    struct cpu_local *cpu = arch_cpu();

    cpu->timer_fired = true;
    cpu->resched = true;
}

void
sched_arm_timer(struct cpu_local *cpu)
{
    uint64_t at = timeout_next(), now;

    if (cpu->slice_end != 0 && cpu->slice_end < at)
        at = cpu->slice_end;
    if (at == cpu->timer_at)
        return;
    cpu->timer_at = at;
    if (at == UINT64_MAX) {
        arch_timer_stop();
        return;
    }
    now = time_now_ns();
    arch_timer_start(at > now ? at - now : 1);
}

/* A timer of few bits comes early: then nothing is due, and it is set again. */
static void
serve_timer(struct cpu_local *cpu)
{
    uint64_t now = time_now_ns();

    cpu->timer_fired = false;
    cpu->timer_at = UINT64_MAX;
    if (cpu->slice_end != 0 && now >= cpu->slice_end && cpu->current != NULL)
        sched_yield(cpu->current);
    (void)timeout_expire(now, TIMEOUTS_MAX);
}

/* --- other CPUs ---------------------------------------------------------- */

/* The next queued thread, the most urgent first; NULL: the first, the end. */
static struct thread *
next_queued(const struct run_queue *queue, const struct thread *thread)
{
    uint32_t levels = queue->levels;

    if (thread != NULL) {
        if (thread->queue.next != &queue->lists[thread->priority])
            return CONTAINER(thread->queue.next, struct thread, queue);
        levels &= (1u << thread->priority) - 1;
    }
    if (levels == 0)
        return NULL;
    return CONTAINER(queue->lists[31 - __builtin_clz(levels)].next,
                     struct thread, queue);
}

/* The most urgent of all that this CPU may take from others' queues. */
static struct thread *
steal(const struct cpu_local *cpu)
{
    uint32_t count = arch_cpu_count(), number = cpu->number;
    struct thread *thread, *best = NULL;
    unsigned looks = 0;

    for (uint32_t i = 1; i < count; i++) {
        number = number + 1 < count ? number + 1 : 0;
        thread = NULL;
        while (looks++ < LOOKS_MAX &&
               (thread = next_queued(&arch_cpu_at(number)->queue, thread)) &&
               (best == NULL || thread->priority > best->priority))
            if (thread->on_cpu < 0 && allowed(thread, cpu))
                best = thread;
    }
    return best;
}

/* What waits here is offered to CPUs that are idle and may take it. */
static void
offer(const struct cpu_local *cpu, unsigned *looks)
{
    struct thread *thread = NULL;
    uint64_t takers;

    for (; *looks < LOOKS_MAX && idle_cpus != 0; ++*looks) {
        thread = next_queued(&cpu->queue, thread);
        if (thread == NULL)
            return;
        takers = idle_cpus & cpus_of(thread);
        if (takers != 0)
            wake_cpu(arch_cpu_at((unsigned)__builtin_ctzll(takers)));
    }
}

/*
 * This CPU slept, and now has something to do. It may have been woken for
 * something else: whatever waits is offered to those that still sleep.
 */
static void
pass_on(const struct cpu_local *cpu, unsigned *looks)
{
    uint32_t count = arch_cpu_count();

    for (uint32_t i = 0; i < count && idle_cpus != 0; i++)
        if (i != cpu->number)
            offer(arch_cpu_at(i), looks);
}

/* Another CPU with nothing more urgent to do is asked to do the work. */
static void
offer_work(const struct cpu_local *cpu)
{
    uint32_t count = arch_cpu_count(), number = cpu->number;

    if (worker != NO_CPU || sched_first_work == NULL)
        return;
    for (uint32_t i = 1; i < count; i++) {
        number = number + 1 < count ? number + 1 : 0;
        if (urgency(arch_cpu_at(number)) <= (int)SCHED_WORK_PRIORITY) {
            wake_cpu(arch_cpu_at(number));
            return;
        }
    }
}

/* --- the choice ---------------------------------------------------------- */

/* It may not stay: another CPU has it as soon as this one has switched. */
static void
send_away(struct thread *thread)
{
    if (thread->queued)
        take_out(thread);
    place(choose(thread), thread);
}

/* Whether this CPU does work now, and nobody else. */
static bool
takes_work(const struct cpu_local *cpu, int top)
{
    bool was = worker == cpu->number;

    if (sched_first_work != NULL && (was || worker == NO_CPU) &&
        top <= (int)SCHED_WORK_PRIORITY) {
        worker = cpu->number;
        return true;
    }
    if (was)
        worker = NO_CPU;
    return false;
}

static struct thread *
choose_next(struct cpu_local *cpu)
{
    struct thread *current = cpu->current;
    int top = top_of(&cpu->queue);
    bool stays = goes_on(cpu) && current->priority >= top;

    if (takes_work(cpu, stays ? current->priority : top))
        return NULL;
    if (stays)
        return current;
    if (top < 0)
        return steal(cpu);
    return CONTAINER(cpu->queue.lists[top].next, struct thread, queue);
}

/* It goes on before others of its priority, with what its slice has left. */
static void
preempt(struct cpu_local *cpu, struct thread *thread)
{
    uint64_t end = cpu->slice_end, now = end != 0 ? time_now_ns() : 0;

    if (end > now)
        thread->slice_left = (uint32_t)(end - now);
    put(cpu, thread, end == 0 || end > now);
}

/* A new turn, a new slice; one that was handed the CPU has the rest of it. */
static void
set_slice(struct cpu_local *cpu, struct thread *next)
{
    if (next != cpu->current && next != cpu->handed)
        cpu->slice_end = 0;
    cpu->handed = NULL;
    if (next == NULL ||
        list_is_empty(&cpu->queue.lists[next->priority]))
        cpu->slice_end = 0;
    else if (cpu->slice_end == 0)
        cpu->slice_end = time_now_ns() + (next->slice_left != 0
                                              ? next->slice_left
                                              : SCHED_SLICE_NS);
    if (next != NULL)
        next->slice_left = 0;
}

struct thread *
sched_pick(struct cpu_local *cpu)
{
    struct thread *current = cpu->current, *next;
    bool slept = cpu->idle;
    unsigned looks = 0;

    if (cpu->timer_fired)
        serve_timer(cpu);
    if (current != NULL && may_run(current) && !allowed(current, cpu))
        send_away(current);
    next = choose_next(cpu);
    if (next != current && goes_on(cpu))
        preempt(cpu, current);
    if (next != NULL) {
        if (next->queued)
            take_out(next);
        ASSERT(next->on_cpu < 0 || (uint32_t)next->on_cpu == cpu->number);
        next->state = SYS_THREAD_RUNNING;
        next->last_cpu = (uint16_t)cpu->number;
    }
    set_slice(cpu, next);
    sched_arm_timer(cpu);
    cpu->resched = false;
    cpu->idle = next == NULL && worker != cpu->number;
    idle_cpus &= ~(1ULL << cpu->number);
    if (cpu->idle)
        idle_cpus |= 1ULL << cpu->number;
    if (cpu->queue.count != 0)
        offer(cpu, &looks);
    if (slept && !cpu->idle)
        pass_on(cpu, &looks);
    offer_work(cpu);
    return next;
}

/* --- work ---------------------------------------------------------------- */

void
sched_add_work(struct work *work)
{
    work->next = NULL;
    *work_end = work;
    work_end = &work->next;
    arch_cpu()->resched = true;
}

bool
sched_has_work(void)
{
    return sched_first_work != NULL && worker == arch_cpu()->number;
}

void
sched_do_work(void)
{
    struct work *work = sched_first_work;

    sched_first_work = work->next;
    if (sched_first_work == NULL)
        work_end = &sched_first_work;
    if (work->step(work))
        sched_add_work(work);
    if (sched_first_work == NULL)
        worker = NO_CPU;
}
