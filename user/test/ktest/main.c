/*
 * Runs the tests, or the one of test=NAME, and reports in TAP. Each runs
 * twice: what the first run leaves for good (page tables, a page of handles)
 * is there the second time, and then every frame has to come back.
 */
#include "user/test/ktest/ktest.h"

#include "kernel/lib/mem.h"

#define COMMAND_LINE_MAX 1024
#define SETTLE_MS 1000

handle_t ktest_system;

static const struct {
    const struct ktest *tests;
    const unsigned *count;
} areas[] = {
    { basic_tests, &basic_test_count },
    { handle_tests, &handle_test_count },
    { memory_tests, &memory_test_count },
    { pager_tests, &pager_test_count },
    { thread_tests, &thread_test_count },
    { message_tests, &message_test_count },
    { process_tests, &process_test_count },
    { device_tests, &device_test_count },
    { review_tests, &review_test_count },
};

bool
ktest_info(struct sys_system_info *info)
{
    return sys_system(ktest_system, SYS_SYSTEM_INFO, info, sizeof *info) == 0;
}

void
ktest_sleep(uint64_t nanoseconds)
{
    static handle_t bell;
    uint64_t bits;

    if (bell == 0)
        bell = (handle_t)sys_notification_create();
    sys_timer_set(bell, 1, (uint64_t)sys_clock() + nanoseconds);
    sys_wait(bell, 1, 0, &bits);
}

bool
ktest_await_state(handle_t thread, enum sys_thread_state state)
{
    struct sys_inspection view;

    for (int i = 0; i < 1000; i++) {
        if (sys_inspect(thread, &view) < 0)
            return false;
        if (view.state == state)
            return true;
        ktest_sleep(MS);
    }
    print("# thread is in state %u, not %u\n", view.state, state);
    return false;
}

static uint64_t
frames_free(void)
{
    struct sys_system_info info = { 0 };

    ktest_info(&info);
    return info.frames_free;
}

/* What is dead goes back in steps: give it time. */
static bool
frames_come_back(uint64_t before)
{
    uint64_t now = frames_free();

    for (int i = 0; now < before && i < SETTLE_MS; i++) {
        ktest_sleep(MS);
        now = frames_free();
    }
    if (now < before)
        print("# %lu frames are missing\n", before - now);
    return now >= before;
}

/* The most that is free after the first run: it settles there. */
static uint64_t
frames_settled(void)
{
    uint64_t free = frames_free(), before;

    do {
        before = free;
        ktest_sleep(2 * MS);
        free = frames_free();
    } while (free > before);
    return free;
}

static bool
run(const struct ktest *test)
{
    uint64_t before;

    if (!test->run())
        return false;
    before = frames_settled();
    return test->run() && frames_come_back(before);
}

static bool
is_wanted(const struct ktest *test, const char *name, size_t length)
{
    return name == NULL || (strlen(test->name) == length &&
                            strncmp(test->name, name, length) == 0);
}

/* Run all that are wanted, or only count them. Returns how many failed. */
static unsigned
run_all(const char *name, size_t length, bool only_count, unsigned *count)
{
    unsigned failed = 0;

    *count = 0;
    for (size_t i = 0; i < KTEST_COUNT(areas); i++) {
        for (unsigned j = 0; j < *areas[i].count; j++) {
            const struct ktest *test = &areas[i].tests[j];
            bool good;

            if (!is_wanted(test, name, length))
                continue;
            ++*count;
            if (only_count)
                continue;
            good = run(test);
            failed += !good;
            print("%sok %u - %s\n", good ? "" : "not ", *count, test->name);
        }
    }
    return failed;
}

static _Noreturn void
root_main(void)
{
    static char line[COMMAND_LINE_MAX];
    size_t length = 0;
    const char *name;
    unsigned count, failed;

    print_to_system(ktest_system);
    sys_system(ktest_system, SYS_SYSTEM_COMMAND_LINE, line, sizeof line);
    name = option_value(line, "test", &length);
    run_all(name, length, true, &count);
    print("1..%u\n", count);
    failed = run_all(name, length, false, &count);
    print("# %u tests, %u failed\n", count, failed);
    sys_system(ktest_system, SYS_SYSTEM_POWER_OFF, NULL,
               failed > 0 || count == 0);
    sys_exit(1);
}

int
main(uint64_t argument)
{
    struct sys_inspection view;

    if (sys_inspect((handle_t)argument, &view) == SYS_OBJECT_SESSION)
        return child_main((handle_t)argument);
    ktest_system = (handle_t)argument;
    root_main();
}
