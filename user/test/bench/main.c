#include "user/test/bench/bench.h"

int64_t
bench_need(int64_t result, const char *what)
{
    if (result < 0) {
        print("bench failed: %s is %ld\n", what, result);
        test_end(false);
    }
    return result;
}

void
bench_report_value(const char *name, uint64_t value)
{
    print("bench: %s=%lu\n", name, value);
}

/* Shell's sort: enough for a thousand. */
static void
sort(uint64_t *samples, unsigned count)
{
    for (unsigned gap = count / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < count; i++) {
            uint64_t sample = samples[i];
            unsigned j = i;

            for (; j >= gap && samples[j - gap] > sample; j -= gap)
                samples[j] = samples[j - gap];
            samples[j] = sample;
        }
    }
}

void
bench_report(const char *name, uint64_t samples[RUNS])
{
    sort(samples, RUNS);
    bench_report_value(name, samples[RUNS / 2]);
}

/* The figures must not depend on how much else is alive. */
static void
populate(uint64_t count)
{
    handle_t bell = (handle_t)NEED(sys_notification_create());
    struct sys_inspection view;

    for (uint64_t i = 0; i < count; i++) {
        NEED(sys_duplicate(bell, SYS_RIGHT_NOTIFY));
        NEED(sys_endpoint_create(0));
        NEED(sys_thread_create(SYS_SELF, SYS_USER_BASE, SYS_USER_BASE, 0, 1));
    }
    NEED(sys_inspect(SYS_SELF, &view));
    print("# threads alive: %u\n", view.state);
}

void
test_root(void)
{
    bench_bytes();
    populate(test_number("alive", 0));
    bench_calls();
    bench_messages();
    bench_memory();
    bench_processes();
    bench_interrupts();
    test_end(true);
}
