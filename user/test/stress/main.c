/*
 * Runs the tests, or the one of test=NAME, and reports in TAP. Each runs
 * twice: what the first run leaves for good (page tables, pages of handles and
 * of kernel objects) is there the second time, and then every frame and every
 * byte of the heap has to come back.
 */
#include "user/test/stress/stress.h"

#include "kernel/lib/mem.h"

#define COMMAND_LINE_MAX 1024
#define SETTLE_MS 3000
#define PATIENCE_MS 30000

handle_t stress_system;
uint64_t stress_seed, stress_steps = 20000, stress_rounds = 20;
unsigned stress_cpus;

static uint64_t hold_max; /* hold=N; 0: nobody measures */
static char line[COMMAND_LINE_MAX];

static const struct {
    const struct stress *tests;
    const unsigned *count;
} areas[] = {
    { fuzz_tests, &fuzz_test_count },
    { ping_tests, &ping_test_count },
    { storm_tests, &storm_test_count },
    { shoot_tests, &shoot_test_count },
    { many_tests, &many_test_count },
    { clock_tests, &clock_test_count },
    { latency_tests, &latency_test_count },
};

uint64_t
stress_random(uint64_t *state)
{
    uint64_t value = *state += 0x9E3779B97F4A7C15ULL;

    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
    return value ^ value >> 31;
}

/* The kernel forgets the longest hold of its lock when it has told it. */
static uint64_t longest_hold;

void
stress_info(struct sys_system_info *info)
{
    if (sys_system(stress_system, SYS_SYSTEM_INFO, info, sizeof *info) != 0)
        __builtin_trap();
    if (info->longest_hold > longest_hold)
        longest_hold = info->longest_hold;
}

void
stress_forget(void)
{
    uint64_t longest = longest_hold;
    struct sys_system_info info;

    stress_info(&info);
    longest_hold = longest;
}

void
stress_sleep(uint64_t nanoseconds)
{
    static handle_t bell;
    uint64_t bits;

    if (bell == 0)
        bell = (handle_t)sys_notification_create();
    sys_timer_set(bell, 1, (uint64_t)sys_clock() + nanoseconds);
    sys_wait(bell, 1, 0, &bits);
}

bool
stress_await(const volatile uint64_t *counter, uint64_t value)
{
    for (int i = 0; i < PATIENCE_MS; i++) {
        if (*counter == value)
            return true;
        stress_sleep(MS);
    }
    print("# counter is %lu, not %lu\n", *counter, value);
    return false;
}

bool
stress_await_state(handle_t thread, enum sys_thread_state state)
{
    struct sys_inspection view;

    for (int i = 0; i < PATIENCE_MS; i++) {
        if (sys_inspect(thread, &view) < 0)
            return false;
        if (view.state == state)
            return true;
        stress_sleep(MS);
    }
    print("# thread is in state %u, not %u\n", view.state, state);
    return false;
}

void
stress_settle(unsigned cpu)
{
    sys_thread_control(SYS_SELF, SYS_THREAD_AFFINITY, 1ULL << cpu, 0);
    sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
}

int64_t
stress_map(uint64_t size)
{
    return sys_map(SYS_SELF, 0, 0, size, 0,
                   SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE);
}

/* --- what comes back ------------------------------------------------------ */

/* Used frames and bytes of the heap. */
struct usage {
    uint64_t frames, heap;
};

static struct usage
usage_now(void)
{
    struct sys_system_info info;

    stress_info(&info);
    return (struct usage){ info.frames_total - info.frames_free,
                           info.heap_bytes };
}

/* What is dead goes back in steps: give it time. */
static bool
comes_back(struct usage before)
{
    struct usage now = usage_now();

    for (int i = 0; i < SETTLE_MS &&
         (now.frames > before.frames || now.heap > before.heap); i++) {
        stress_sleep(MS);
        now = usage_now();
    }
    if (now.frames <= before.frames && now.heap <= before.heap)
        return true;
    print("# %ld frames and %ld bytes of the heap are missing\n",
          (int64_t)(now.frames - before.frames),
          (int64_t)(now.heap - before.heap));
    return false;
}

static struct usage
settled(void)
{
    struct usage now = usage_now(), before;

    do {
        before = now;
        stress_sleep(20 * MS);
        now = usage_now();
    } while (now.frames < before.frames || now.heap < before.heap);
    return now;
}

/* Counted in instructions only with QEMU's -icount and LOCK_TIMES=1. */
static bool
was_held_briefly(void)
{
    usage_now();
    if (longest_hold > 0)
        print("# lock held for %lu\n", longest_hold);
    return hold_max == 0 || (longest_hold > 0 && longest_hold <= hold_max);
}

static bool
run(const struct stress *test)
{
    struct usage before;

    usage_now();
    longest_hold = 0;
    if (!test->run())
        return false;
    before = settled();
    return test->run() && comes_back(before) && was_held_briefly();
}

/* --- options -------------------------------------------------------------- */

/* Several tests may be named, with commas in between. */
static bool
is_wanted(const struct stress *test, const char *names, size_t length)
{
    size_t size = strlen(test->name);

    if (names == NULL)
        return true;
    for (size_t at = 0; at + size <= length; at++)
        if ((at == 0 || names[at - 1] == ',') &&
            strncmp(names + at, test->name, size) == 0 &&
            (at + size == length || names[at + size] == ','))
            return true;
    return false;
}

static void
read_number(const char *name, uint64_t *number)
{
    size_t length = 0;
    const char *text = option_value(line, name, &length);

    if (text == NULL)
        return;
    *number = 0;
    for (size_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
        *number = *number * 10 + (uint64_t)(text[i] - '0');
}

/* Run all that are wanted, or only count them. Returns how many failed. */
static unsigned
run_all(const char *names, size_t length, bool only_count, unsigned *count)
{
    unsigned failed = 0;

    *count = 0;
    for (size_t i = 0; i < STRESS_COUNT(areas); i++) {
        for (unsigned j = 0; j < *areas[i].count; j++) {
            const struct stress *test = &areas[i].tests[j];
            uint64_t start;
            bool good;

            if (!is_wanted(test, names, length))
                continue;
            ++*count;
            if (only_count)
                continue;
            start = (uint64_t)sys_clock();
            good = run(test);
            failed += !good;
            print("# %lu ms\n%sok %u - %s\n",
                  ((uint64_t)sys_clock() - start) / MS,
                  good ? "" : "not ", *count, test->name);
        }
    }
    return failed;
}

static _Noreturn void
root_main(void)
{
    struct sys_system_info info;
    size_t length = 0;
    const char *names;
    unsigned count, failed;

    print_to_system(stress_system);
    sys_system(stress_system, SYS_SYSTEM_COMMAND_LINE, line, sizeof line);
    stress_info(&info);
    stress_cpus = info.cpus;
    stress_seed = random_bits() % 1000000000;
    read_number("seed", &stress_seed);
    read_number("steps", &stress_steps);
    read_number("rounds", &stress_rounds);
    read_number("hold", &hold_max);
    names = option_value(line, "test", &length);
    run_all(names, length, true, &count);
    print("1..%u\n# seed=%lu\n", count, stress_seed);
    failed = run_all(names, length, false, &count);
    print("# %u tests, %u failed\n", count, failed);
    sys_system(stress_system, SYS_SYSTEM_POWER_OFF, NULL,
               failed > 0 || count == 0);
    sys_exit(1);
}

int
main(uint64_t argument)
{
    struct sys_inspection view;

    if (sys_inspect((handle_t)argument, &view) == SYS_OBJECT_SESSION)
        return child_main();
    stress_system = (handle_t)argument;
    root_main();
}
