/* Time and turns: timers, priorities, round robin, affinity, idle CPUs. */
#include "user/test/stress/stress.h"

#define TIMERS 2000u
#define BLOCK  50u
#define SPREAD (60 * MS)

/* --- timers --------------------------------------------------------------- */

struct timer {
    uint64_t deadline;
    handle_t bell;
};

static struct timer timers[TIMERS];

static void
sort_timers(void)
{
    for (unsigned gap = TIMERS / 2; gap > 0; gap /= 2)
        for (unsigned i = gap; i < TIMERS; i++) {
            struct timer timer = timers[i];
            unsigned j = i;

            for (; j >= gap && timers[j - gap].deadline > timer.deadline;
                 j -= gap)
                timers[j] = timers[j - gap];
            timers[j] = timer;
        }
}

/* Set, and some set anew: the last setting counts. */
static bool
set_timers(uint64_t *seed, uint64_t start)
{
    for (unsigned i = 0; i < TIMERS; i++) {
        uint64_t random = test_random(seed);
        int64_t bell = sys_notification_create();

        CHECK(bell > 0);
        timers[i].bell = (handle_t)bell;
        timers[i].deadline = start + random % SPREAD;
        if (random >> 40 & 1)
            EXPECT(sys_timer_set(timers[i].bell, 2, start +
                                 test_random(seed) % SPREAD), 0);
        EXPECT(sys_timer_set(timers[i].bell, 1, timers[i].deadline), 0);
    }
    sort_timers();
    return true;
}

/* The last of a block wakes; all before it have rung, and none too early. */
static bool
await_block(unsigned first)
{
    unsigned last = first + BLOCK - 1;
    uint64_t bits;

    EXPECT(sys_wait(timers[last].bell, 1, 0, &bits), 0);
    for (unsigned i = first; i < last; i++) {
        EXPECT(sys_wait(timers[i].bell, ~0ULL, SYS_NOWAIT, &bits), 0);
        CHECK(bits == 1);
    }
    CHECK((uint64_t)sys_clock() >= timers[last].deadline);
    for (unsigned i = last + 1; i < TIMERS && i <= last + BLOCK; i++) {
        if (sys_wait(timers[i].bell, 1, SYS_NOWAIT, &bits) != 0)
            continue;
        CHECK((uint64_t)sys_clock() >= timers[i].deadline);
        EXPECT(sys_notify(timers[i].bell, 1), 0);
    }
    return true;
}

static void
close_timers(void)
{
    for (unsigned i = 0; i < TIMERS; i++)
        sys_close(timers[i].bell);
}

/* All are set before the first is due, which takes longer on a busy PC. */
static bool
set_in_time(uint64_t *seed)
{
    for (uint64_t lead = 20 * MS; lead < 2000 * MS; lead *= 2) {
        uint64_t start = (uint64_t)sys_clock() + lead;

        CHECK(set_timers(seed, start));
        if ((uint64_t)sys_clock() < start)
            return true;
        close_timers();
    }
    print("# setting timers takes too long\n");
    return false;
}

/* On one CPU, whose timers they are. */
static bool
all_timers(void)
{
    uint64_t seed = stress_seed, bits;

    stress_settle((unsigned)(seed % stress_cpus));
    CHECK(set_in_time(&seed));
    for (unsigned i = 0; i < BLOCK; i++) /* stopped: never */
        EXPECT(sys_timer_set(timers[TIMERS - 1 - i].bell, 0, 0), 0);
    for (unsigned i = 0; i < TIMERS - BLOCK; i += BLOCK)
        CHECK(await_block(i));
    test_sleep(10 * MS);
    for (unsigned i = 0; i < TIMERS; i++)
        EXPECT(sys_wait(timers[i].bell, ~0ULL, SYS_NOWAIT, &bits), ERR_AGAIN);
    close_timers();
    sys_thread_control(SYS_SELF, SYS_THREAD_AFFINITY, ~0ULL, 0);
    return true;
}

/* --- priorities ----------------------------------------------------------- */

static handle_t bell;
static volatile uint64_t counter, counters[CPUS_MAX], steps;

static void
count(uint64_t self)
{
    for (;;) {
        counters[self]++;
        test_spin();
    }
}

/* Rings, and counts that it came back from ringing. */
static void
ring(uint64_t cpu)
{
    stress_settle((unsigned)cpu);
    for (;;) {
        sys_notify(bell, 1);
        steps++;
    }
}

static void
pin(const struct thread *thread, unsigned cpu)
{
    sys_thread_control(thread->handle, SYS_THREAD_AFFINITY, 1ULL << cpu, 0);
}

/* The higher one goes on before the lower one's call is back. */
static bool
preempts_on(unsigned cpu)
{
    struct thread thread;
    uint64_t bits;

    steps = 0;
    stress_settle(cpu);
    EXPECT(thread_run(&thread, ring, cpu, PRIORITY - 4), 0);
    EXPECT(sys_wait(bell, 1, 0, &bits), 0);
    for (uint64_t i = 0; i < stress_rounds * 10; i++) {
        uint64_t before = steps;

        EXPECT(sys_wait(bell, 1, 0, &bits), 0);
        CHECK(steps == before + 1);
    }
    thread_free(&thread);
    return true;
}

/* A virtual PC may be without a CPU for a while, and its clock goes on. */
static bool
moves_from(uint64_t before)
{
    unsigned tries = 0;

    do /* at least once: it may have to move to its CPU first */
        test_sleep(2 * MS);
    while (counters[0] == before && ++tries < 1000);
    return counters[0] > before;
}

/* On its CPU nothing lower moves, however long it takes. */
static bool
holds_off_on(unsigned cpu)
{
    struct thread thread;
    uint64_t until, before;

    stress_settle(cpu);
    EXPECT(thread_run(&thread, count, 0, PRIORITY - 1), 0);
    pin(&thread, cpu);
    CHECK(moves_from(counters[0]));
    before = counters[0];
    until = (uint64_t)sys_clock() + 30 * MS;
    while ((uint64_t)sys_clock() < until)
        CHECK(counters[0] == before);
    CHECK(moves_from(before));
    thread_free(&thread);
    return true;
}

static bool
priorities(void)
{
    bell = (handle_t)sys_notification_create();
    for (unsigned cpu = 0; cpu < stress_cpus; cpu++)
        CHECK(preempts_on(cpu) && holds_off_on(cpu));
    sys_thread_control(SYS_SELF, SYS_THREAD_AFFINITY, ~0ULL, 0);
    EXPECT(sys_close(bell), 0);
    return true;
}

/* --- turns ---------------------------------------------------------------- */

enum { TURNS = 4, WINDOWS = 12 };

/* They go on from what they have: to count anew would race with them. */
static bool
turns_are_fair(void)
{
    uint64_t before[TURNS], least = UINT64_MAX, most = 0;

    for (unsigned i = 0; i < TURNS; i++)
        before[i] = counters[i];
    test_sleep(TURNS * 10 * 8 * MS);
    for (unsigned i = 0; i < TURNS; i++) {
        uint64_t turns = counters[i] - before[i];

        least = turns < least ? turns : least;
        most = turns > most ? turns : most;
    }
    return most / 3 <= least;
}

/*
 * A virtual PC may be without a CPU for a while, at the cost of whose turn it
 * is; a scheduler that is not fair is so each time.
 */
static bool
fair_on(unsigned cpu)
{
    struct thread threads[TURNS];
    unsigned tries = 0;
    bool fair;

    for (unsigned i = 0; i < TURNS; i++) {
        EXPECT(thread_run(&threads[i], count, i, PRIORITY - 1), 0);
        pin(&threads[i], cpu);
    }
    test_sleep(60 * MS); /* each has had a turn on that CPU */
    do
        fair = turns_are_fair();
    while (!fair && ++tries < WINDOWS);
    for (unsigned i = 0; i < TURNS; i++)
        thread_free(&threads[i]);
    CHECK(fair);
    return true;
}

static bool
round_robin(void)
{
    return fair_on(0) && (stress_cpus == 1 || fair_on(stress_cpus - 1));
}

static handle_t self_handles[CPUS_MAX];
static volatile uint64_t wrong;

/* Where it may not be it is never seen. */
static void
wander(uint64_t self)
{
    uint64_t seed = stress_seed + self, all = (1ULL << stress_cpus) - 1;
    struct sys_inspection view;

    while (self_handles[self] == 0)
        sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
    for (uint64_t i = 0; i < stress_rounds * 5; i++) {
        uint64_t mask = test_random(&seed) & all;

        mask = mask == 0 ? all : mask;
        sys_thread_control(SYS_SELF, SYS_THREAD_AFFINITY, mask, 0);
        for (unsigned j = 0; j < 4; j++) {
            sys_inspect(self_handles[self], &view);
            if ((mask >> view.cpu & 1) == 0)
                __atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
            sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
        }
    }
    __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
}

static bool
affinity(void)
{
    enum { COUNT = 6 };
    struct thread threads[COUNT];

    wrong = counter = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        self_handles[i] = 0;
        EXPECT(thread_run(&threads[i], wander, i, PRIORITY - 1), 0);
        self_handles[i] = threads[i].handle;
    }
    CHECK(test_await(&counter, COUNT) && wrong == 0);
    for (unsigned i = 0; i < COUNT; i++)
        thread_free(&threads[i]);
    return true;
}

/* How many CPUs run one of them. */
static unsigned
busy_cpus(const struct thread *threads)
{
    struct sys_inspection view;
    uint64_t cpus = 0;
    unsigned busy = 0;

    for (unsigned i = 0; i < stress_cpus; i++)
        if (sys_inspect(threads[i].handle, &view) >= 0 &&
            view.state == SYS_THREAD_RUNNING)
            cpus |= 1ULL << view.cpu;
    for (; cpus != 0; cpus &= cpus - 1)
        busy++;
    return busy;
}

/* As many threads as CPUs: each CPU takes one. */
static bool
idle_take_work(void)
{
    static struct thread threads[CPUS_MAX];
    unsigned tries = 0, busy;

    for (unsigned i = 0; i < stress_cpus; i++) {
        EXPECT(thread_run(&threads[i], count, i, PRIORITY - 1), 0);
        pin(&threads[i], 0); /* all wait for the same one */
    }
    for (unsigned i = 0; i < stress_cpus; i++)
        sys_thread_control(threads[i].handle, SYS_THREAD_AFFINITY, ~0ULL, 0);
    do {
        test_sleep(5 * MS);
        busy = busy_cpus(threads);
        /* This one asks from the CPU of another. */
    } while (busy + 1 < stress_cpus && ++tries < 400);
    for (unsigned i = 0; i < stress_cpus; i++)
        thread_free(&threads[i]);
    CHECK(busy + 1 >= stress_cpus);
    return true;
}

const struct test clock_tests[] = {
    { "clock-timers", all_timers },
    { "clock-priorities", priorities },
    { "clock-round-robin", round_robin },
    { "clock-affinity", affinity },
    { "clock-idle", idle_take_work },
};
const unsigned clock_test_count = COUNT_OF(clock_tests);
