#include "user/test/lib/test.h"

#include "kernel/lib/mem.h"

#define PATIENCE_MS 3000

/* Used frames and bytes of the heap. */
struct usage {
    uint64_t frames, heap;
};

static struct usage
usage_now(void)
{
    struct sys_system_info info;

    test_info(&info);
    return (struct usage){ info.frames_total - info.frames_free -
                               info.frames_tables,
                           info.heap_bytes };
}

/* What is dead goes back in steps: give it time. */
static bool
comes_back(struct usage before)
{
    struct usage now = usage_now();

    for (int i = 0; i < PATIENCE_MS &&
         (now.frames > before.frames || now.heap > before.heap); i++) {
        test_sleep(MS);
        now = usage_now();
    }
    if (now.frames <= before.frames && now.heap <= before.heap)
        return true;
    print("# %ld frames and %ld bytes of the heap are missing\n",
          (int64_t)(now.frames - before.frames),
          (int64_t)(now.heap - before.heap));
    return false;
}

/* The least that is in use after the first run: it settles there. */
static struct usage
settled(uint64_t settle)
{
    struct usage now = usage_now(), before;

    do {
        before = now;
        test_sleep(settle);
        now = usage_now();
    } while (now.frames < before.frames || now.heap < before.heap);
    return now;
}

/* Anew for each test. */
static void
forget_times(void)
{
    struct sys_system_info info;

    test_info(&info);
    test_longest_hold = test_longest_off = 0;
}

/*
 * Whether nothing held the kernel lock, or kept interrupts off in the kernel,
 * for longer than hold=N. Instructions only where QEMU counts them, and only a
 * kernel of LOCK_TIMES=1 tells; without hold=, nobody asks.
 */
static bool
was_brief(void)
{
    uint64_t most = test_number("hold", 0);
    struct sys_system_info info;

    if (most == 0)
        return true;
    test_info(&info);
    print("# lock held for %lu, interrupts off for %lu\n", test_longest_hold,
          test_longest_off);
    return test_longest_hold > 0 && test_longest_hold <= most &&
           test_longest_off > 0 && test_longest_off <= most;
}

static bool
run(const struct test_plan *plan, const struct test *test, bool alone)
{
    struct usage before;

    forget_times();
    if (!test->run())
        return false;
    if (!alone) {
        before = settled(plan->settle);
        if (!test->run() || !comes_back(before))
            return false;
    }
    return was_brief() && (plan->after == NULL || plan->after());
}

/* Several tests may be named, with commas in between. */
static bool
is_wanted(const struct test *test, bool alone)
{
    size_t length = 0, size = strlen(test->name);
    const char *names = test_option("test", &length);

    if (names == NULL)
        return !alone;
    for (size_t at = 0; at + size <= length; at++)
        if ((at == 0 || names[at - 1] == ',') &&
            strncmp(names + at, test->name, size) == 0 &&
            (at + size == length || names[at + size] == ','))
            return true;
    return false;
}

static bool
report(const struct test_plan *plan, const struct test *test, bool alone,
       unsigned number)
{
    uint64_t start = (uint64_t)sys_clock();
    bool good = run(plan, test, alone);

    print("# %lu ms\n%sok %u - %s\n", ((uint64_t)sys_clock() - start) / MS,
          good ? "" : "not ", number, test->name);
    return good;
}

/* Run all that are wanted, or only count them. Returns how many failed. */
static unsigned
run_all(const struct test_plan *plan, bool only_count, unsigned *count)
{
    unsigned failed = 0;

    *count = 0;
    for (unsigned i = 0; i < plan->area_count; i++) {
        const struct test_area *area = &plan->areas[i];

        for (unsigned j = 0; j < *area->count; j++) {
            if (!is_wanted(&area->tests[j], area->alone))
                continue;
            ++*count;
            failed += !only_count &&
                      !report(plan, &area->tests[j], area->alone, *count);
        }
    }
    return failed;
}

void
test_run(const struct test_plan *plan)
{
    unsigned count, failed;

    run_all(plan, true, &count);
    print("1..%u\n", count);
    failed = run_all(plan, false, &count);
    print("# %u tests, %u failed\n", count, failed);
    test_end(failed == 0 && count > 0);
}
