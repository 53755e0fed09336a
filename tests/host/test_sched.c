/*
 * The scheduler on simulated CPUs: random operations, and after each of them,
 * when all CPUs that were asked to look have looked, what must be true.
 */
#include "tests/host/unit.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cpu_local.h"
#include "kernel/entry.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/timeout.h"

#define CPUS    4
#define THREADS 9
#define STEPS   60000

/* --- the machine --------------------------------------------------------- */

static struct cpu_local cpus[CPUS];
static unsigned cpu_count, self;
static bool kicked[CPUS];
static uint64_t now, started[CPUS], next_timeout = UINT64_MAX;

struct cpu_local *
arch_cpu(void)
{
    return &cpus[self];
}

struct cpu_local *
arch_cpu_at(uint32_t number)
{
    return number < cpu_count ? &cpus[number] : NULL;
}

uint32_t
arch_cpu_count(void)
{
    return cpu_count;
}

void
arch_cpu_kick(uint32_t number)
{
    assert_true(number < cpu_count && number != self);
    kicked[number] = true;
}

void
arch_timer_start(uint64_t ns)
{
    assert_true(ns > 0);
    started[self] = now + ns;
}

void
arch_timer_stop(void)
{
    started[self] = UINT64_MAX;
}

uint64_t
time_now_ns(void)
{
    return now;
}

uint64_t
timeout_next(void)
{
    return self == 0 ? next_timeout : UINT64_MAX;
}

static unsigned expirations;

unsigned
timeout_expire(uint64_t at, unsigned max)
{
    assert_true(max > 0);
    if (self != 0 || next_timeout > at)
        return 0;
    next_timeout = UINT64_MAX;
    expirations++;
    return 1;
}

void
panic(const char *text, ...)
{
    print_error("panic: %s\n", text);
    abort();
}

/* --- threads and work ---------------------------------------------------- */

static struct thread threads[THREADS];

struct job {
    struct work work;
    unsigned steps; /* still to do */
    bool queued;
} jobs[3];

static bool
step_job(struct work *work)
{
    struct job *job = CONTAINER(work, struct job, work);

    assert_true(job->queued && job->steps > 0);
    job->queued = --job->steps > 0;
    return job->queued;
}

static void
switch_to(struct cpu_local *cpu, struct thread *next)
{
    if (cpu->current == next)
        return;
    if (cpu->current != NULL)
        cpu->current->on_cpu = -1;
    cpu->current = next;
    if (next != NULL) {
        assert_int_equal(next->on_cpu, -1);
        next->on_cpu = (int16_t)cpu->number;
    }
}

void
arch_switch(struct cpu_local *cpu, struct thread *next)
{
    assert_ptr_equal(cpu, &cpus[self]);
    switch_to(cpu, next);
}

/* A CPU leaves the kernel; it comes again after each step of work. */
static void
leave(unsigned number)
{
    struct cpu_local *cpu = &cpus[number];

    self = number;
    kicked[number] = false;
    if (started[number] <= now) {
        started[number] = UINT64_MAX;
        sched_timer_fired();
    }
    switch_to(cpu, sched_pick(cpu));
    assert_false(cpu->resched);
    if (cpu->current == NULL && sched_has_work()) {
        assert_false(cpu->idle);
        sched_do_work();
        kicked[number] = true;
    }
}

/* Some of those that are to look do; all of them when max is large. */
static void
settle(unsigned max)
{
    for (unsigned done = 0, quiet = 0; done < max && quiet < 100; done++) {
        unsigned number = (unsigned)rand() % cpu_count;

        quiet++;
        if (kicked[number]) {
            leave(number);
            quiet = 0;
        }
    }
}

/* --- what must be true --------------------------------------------------- */

static bool
ready(const struct thread *thread)
{
    return thread->state == SYS_THREAD_READY ||
           thread->state == SYS_THREAD_RUNNING;
}

static bool
may_use(const struct thread *thread, unsigned cpu)
{
    uint64_t online = (1ULL << cpu_count) - 1;
    uint64_t mask = thread->affinity & online;

    return ((mask != 0 ? mask : online) >> cpu & 1) != 0;
}

static unsigned
queue_length(const struct cpu_local *cpu, unsigned priority)
{
    const struct list *head = &cpu->queue.lists[priority], *link;
    unsigned length = 0;

    for (link = head->next; link != head; link = link->next) {
        const struct thread *thread = CONTAINER(link, struct thread, queue);

        assert_true(thread->queued && thread->state == SYS_THREAD_READY);
        assert_int_equal(thread->priority, priority);
        assert_int_equal(thread->last_cpu, cpu->number);
        assert_int_equal(thread->on_cpu, -1);
        assert_true(may_use(thread, cpu->number));
        length++;
    }
    assert_int_equal(cpu->queue.levels >> priority & 1, length != 0);
    return length;
}

static void
check_cpu(const struct cpu_local *cpu)
{
    const struct thread *current = cpu->current;
    unsigned total = 0, same = 0;
    int top = -1;

    assert_false(cpu->resched);
    for (unsigned i = 0; i < SYS_PRIORITIES; i++) {
        unsigned length = queue_length(cpu, i);

        total += length;
        if (length != 0)
            top = (int)i;
        if (current != NULL && i == current->priority)
            same = length;
    }
    assert_int_equal(cpu->queue.count, total);
    assert_int_equal(cpu->idle, current == NULL);
    if (current == NULL) {
        assert_int_equal(total, 0);
    } else {
        assert_int_equal(current->state, SYS_THREAD_RUNNING);
        assert_false(current->queued);
        assert_int_equal(current->on_cpu, cpu->number);
        assert_true(may_use(current, cpu->number));
        assert_true(current->priority >= top);
    }
    if (same != 0) /* one that is not needed any more may remain */
        assert_int_not_equal(cpu->slice_end, 0);
    assert_true(cpu->slice_end <= now + SCHED_SLICE_NS);
    if (cpu->slice_end == 0 && (cpu->number != 0 || next_timeout == UINT64_MAX))
        assert_int_equal(started[cpu->number], UINT64_MAX);
    else if (cpu->slice_end != 0)
        assert_true(started[cpu->number] <= cpu->slice_end ||
                    started[cpu->number] <= now + 1);
}

/* What is left to do waits only while all CPUs have more urgent threads. */
static void
check_work(void)
{
    bool left = jobs[0].queued || jobs[1].queued || jobs[2].queued;

    for (unsigned c = 0; c < cpu_count && left; c++)
        assert_true(cpus[c].current != NULL &&
                    cpus[c].current->priority > SCHED_WORK_PRIORITY);
}

static void
check(void)
{
    for (unsigned c = 0; c < cpu_count; c++)
        check_cpu(&cpus[c]);
    for (unsigned i = 0; i < THREADS; i++) {
        struct thread *thread = &threads[i];
        unsigned places = thread->queued;

        for (unsigned c = 0; c < cpu_count; c++) {
            places += cpus[c].current == thread;
            if (thread->queued && cpus[c].idle)
                assert_false(may_use(thread, c));
        }
        assert_int_equal(places, ready(thread));
    }
    check_work();
}

/* --- operations ---------------------------------------------------------- */

static struct thread *
pick_thread(bool want_ready)
{
    struct thread *thread = &threads[(unsigned)rand() % THREADS];

    return ready(thread) == want_ready ? thread : NULL;
}

static void
wait(struct thread *thread)
{
    thread->state = SYS_THREAD_WAITING;
    sched_block(thread);
}

static void
wake_or_stop(struct thread *thread)
{
    if (thread->state == SYS_THREAD_WAITING && rand() % 8 == 0) {
        thread->stopped = true; /* goes on waiting */
    } else if (thread->state == SYS_THREAD_WAITING) {
        sched_ready(thread);
        assert_int_equal(thread->state, thread->stopped ? SYS_THREAD_STOPPED
                                                        : SYS_THREAD_READY);
    } else if (thread->state == SYS_THREAD_STOPPED) {
        thread->stopped = false;
        sched_ready(thread);
    } else {
        thread->stopped = true;
        sched_block(thread);
        thread->state = SYS_THREAD_STOPPED;
    }
}

static void
operate_on_other(unsigned what)
{
    struct thread *other = &threads[(unsigned)rand() % THREADS];
    struct job *job = &jobs[(unsigned)rand() % 3];

    switch (what) {
    case 0:
        sched_set_priority(other, (unsigned)rand() % 4 + 22);
        break;
    case 1:
        sched_set_affinity(other, (unsigned)rand() % 16);
        break;
    case 2:
        if (!job->queued) {
            job->queued = true;
            job->steps = 1 + (unsigned)rand() % 4;
            sched_add_work(&job->work);
        }
        break;
    default:
        wake_or_stop(other);
        break;
    }
}

/* The current thread of this CPU is in the kernel. */
static void
operate(void)
{
    struct thread *current = arch_cpu()->current, *other = pick_thread(false);

    switch (rand() % 12) {
    case 0:
        if (current != NULL)
            wait(current);
        break;
    case 1:
        if (current != NULL && other != NULL &&
            other->state == SYS_THREAD_WAITING) {
            wait(current);
            sched_hand_over(other);
        }
        break;
    case 2:
        if (current != NULL)
            sched_yield(current);
        break;
    case 3:
        now += (unsigned)rand() % SCHED_SLICE_NS;
        break;
    default:
        operate_on_other((unsigned)rand() % 7);
        break;
    }
}

static void
start(unsigned count)
{
    cpu_count = count;
    next_timeout = UINT64_MAX;
    memset(cpus, 0, sizeof cpus);
    memset(threads, 0, sizeof threads);
    for (unsigned i = 0; i < CPUS; i++) {
        cpus[i].number = i;
        started[i] = UINT64_MAX;
        sched_init_cpu(&cpus[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        list_init(&threads[i].queue);
        threads[i].state = SYS_THREAD_WAITING;
        threads[i].priority = threads[i].base_priority = 23;
        threads[i].on_cpu = -1;
        threads[i].affinity = UINT64_MAX;
    }
    for (unsigned i = 0; i < 3; i++)
        jobs[i] = (struct job){ .work.step = step_job };
    for (unsigned i = 0; i < count; i++)
        leave(i);
}

static void
run_random(unsigned count, unsigned steps)
{
    start(count);
    for (unsigned i = 0; i < steps; i++) {
        self = (unsigned)rand() % cpu_count;
        if (rand() % 16 == 0)
            next_timeout = now + (unsigned)rand() % SCHED_SLICE_NS;
        operate();
        leave(self);
        if (rand() % 4 == 0)
            settle((unsigned)rand() % 8);
        else
            settle(UINT32_MAX);
        for (unsigned c = 0; c < cpu_count; c++)
            if (started[c] <= now)
                leave(c);
        if (rand() % 2 != 0) {
            settle(UINT32_MAX);
            check();
        }
    }
    /* All wait: nothing is left behind for the next run. */
    for (unsigned i = 0; i < THREADS; i++)
        wait(&threads[i]);
    next_timeout = UINT64_MAX;
    for (unsigned c = 0; c < cpu_count; c++)
        leave(c);
    settle(UINT32_MAX);
    check();
}

static void
test_random(void **state)
{
    (void)state;
    srand(1);
    for (unsigned count = 1; count <= CPUS; count++)
        run_random(count, STEPS / CPUS);
    assert_true(expirations > 0);
}

/* --- one CPU, step by step ----------------------------------------------- */

static const struct thread *
running_after(uint64_t ns)
{
    now += ns;
    leave(0);
    return cpus[0].current;
}

static void
test_slices(void **state)
{
    (void)state;
    start(1);
    sched_ready(&threads[0]);
    assert_ptr_equal(running_after(0), &threads[0]);
    assert_int_equal(started[0], UINT64_MAX); /* alone: no tick */
    sched_ready(&threads[1]);
    assert_ptr_equal(running_after(0), &threads[0]);
    assert_int_equal(started[0], now + SCHED_SLICE_NS);
    assert_ptr_equal(running_after(SCHED_SLICE_NS - 1), &threads[0]);
    assert_ptr_equal(running_after(1), &threads[1]);
    assert_ptr_equal(running_after(SCHED_SLICE_NS), &threads[0]);

    /* More urgent: at once; then the old one goes on first. */
    sched_set_priority(&threads[2], 25);
    sched_ready(&threads[2]);
    assert_ptr_equal(running_after(0), &threads[2]);
    wait(&threads[2]);
    assert_ptr_equal(running_after(0), &threads[0]);
    wait(&threads[0]);
    wait(&threads[1]);
    assert_null(running_after(0));
}

/* Who is interrupted by more urgent threads all the time has no longer turn. */
static void
test_slice_of_preempted(void **state)
{
    struct thread *often = &threads[2];
    const struct thread *current;
    unsigned turns = 0;

    (void)state;
    start(1);
    sched_set_priority(often, 25);
    sched_ready(&threads[0]);
    sched_ready(&threads[1]);
    assert_ptr_equal(running_after(0), &threads[0]);
    do {
        assert_ptr_equal(running_after(SCHED_SLICE_NS / 10 - 1), &threads[0]);
        sched_ready(often);
        assert_ptr_equal(running_after(1), often);
        wait(often);
        current = running_after(SCHED_SLICE_NS / 10); /* its time, not theirs */
    } while (current == &threads[0] && ++turns < 100);
    assert_int_equal(turns, 9);
    assert_ptr_equal(current, &threads[1]);
    assert_ptr_equal(running_after(SCHED_SLICE_NS - 1), &threads[1]);
    self = 0;
    sched_ready(often); /* at the very end of a slice */
    now++;
    started[0] = UINT64_MAX;
    assert_ptr_equal(running_after(0), often);
    wait(often);
    assert_ptr_equal(running_after(0), &threads[0]);
    wait(&threads[0]);
    wait(&threads[1]);
    assert_null(running_after(0));
}

/* Two that call each other all the time have one slice between them. */
static void
test_hand_over(void **state)
{
    struct thread *client = &threads[0], *server = &threads[1], *other;
    const struct thread *current = client;
    unsigned turns = 0;

    (void)state;
    start(1);
    other = &threads[2];
    sched_ready(client);
    sched_ready(other);
    assert_ptr_equal(running_after(0), client);
    while (current != other && turns++ < 1000) {
        struct thread *from = current == client ? client : server;

        wait(from);
        sched_hand_over(from == client ? server : client);
        assert_ptr_equal(running_after(0), from == client ? server : client);
        current = running_after(SCHED_SLICE_NS / 100);
    }
    assert_in_range(turns, 99, 101);
}

/* Work comes before threads of its priority, behind more urgent ones. */
static void
test_work(void **state)
{
    (void)state;
    start(1);
    sched_set_priority(&threads[0], SCHED_WORK_PRIORITY);
    sched_set_priority(&threads[1], SCHED_WORK_PRIORITY + 1);
    sched_ready(&threads[0]);
    sched_ready(&threads[1]);
    jobs[0].queued = true;
    jobs[0].steps = 2;
    sched_add_work(&jobs[0].work);
    assert_ptr_equal(running_after(0), &threads[1]);
    assert_int_equal(jobs[0].steps, 2);
    wait(&threads[1]);
    assert_null(running_after(0));
    assert_int_equal(jobs[0].steps, 1);
    assert_null(running_after(0));
    assert_ptr_equal(running_after(0), &threads[0]);
    assert_false(jobs[0].queued);
    wait(&threads[0]);
    assert_null(running_after(0));
}

/* The last CPU if it has nothing as urgent, else an idle one. */
static void
test_choice(void **state)
{
    (void)state;
    start(3);
    threads[0].last_cpu = threads[1].last_cpu = threads[2].last_cpu = 1;
    self = 0;
    sched_ready(&threads[0]);
    settle(UINT32_MAX);
    assert_int_equal(threads[0].on_cpu, 1);
    self = 0;
    sched_ready(&threads[1]);
    leave(0);
    settle(UINT32_MAX);
    assert_int_equal(threads[1].on_cpu, 0);
    self = 0;
    sched_set_priority(&threads[2], 25);
    sched_ready(&threads[2]);
    settle(UINT32_MAX);
    assert_int_equal(threads[2].on_cpu, 1);
    assert_int_equal(threads[0].on_cpu, 2); /* pushed away, and taken */
    self = 2;
    sched_set_affinity(&threads[2], 1);
    settle(UINT32_MAX);
    assert_int_equal(threads[2].on_cpu, 0);
    self = 0;
    for (unsigned i = 0; i < 3; i++)
        wait(&threads[i]);
    leave(0);
    settle(UINT32_MAX);
    check();
}

/* A CPU lets go of what it has loaded; another one is asked once. */
static void
test_unload(void **state)
{
    (void)state;
    start(2);
    threads[0].last_cpu = 1;
    self = 0;
    sched_ready(&threads[0]);
    settle(UINT32_MAX);
    assert_int_equal(threads[0].on_cpu, 1);
    self = 1;
    wait(&threads[0]);
    self = 0;
    cpus[1].resched = false;
    kicked[1] = false;
    sched_unload(&cpus[1]);
    assert_true(cpus[1].resched && kicked[1]);
    kicked[1] = false;
    sched_unload(&cpus[1]);
    assert_false(kicked[1]);
    assert_int_equal(threads[0].on_cpu, 1);
    leave(1);
    assert_int_equal(threads[0].on_cpu, -1);
    switch_to(&cpus[0], &threads[0]);
    self = 0;
    sched_unload(&cpus[0]);
    assert_null(cpus[0].current);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_slice_of_preempted),
        cmocka_unit_test(test_hand_over),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_unload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
