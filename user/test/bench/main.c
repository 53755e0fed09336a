#include "user/test/bench/bench.h"

#include "user/test/lib/crowd.h"

#define CROWD_MAX 10000u
#define WAITERS   64u /* for one notification: SC-55 */

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

/*
 * The figures must not depend on how much else is alive: endpoints, handles,
 * and threads that have run, half of which wait for a call now, each at its
 * endpoint, the other half for notifications, as many as one takes.
 */
static void
populate(unsigned count)
{
    static handle_t threads[CROWD_MAX];
    handle_t bell = 0;

    NEED(count <= CROWD_MAX ? 0 : ERR_ARGUMENT);
    for (unsigned i = 0; i < count; i++) {
        handle_t copy, endpoint = (handle_t)NEED(sys_endpoint_create(0));

        if (i % (2 * WAITERS) == 0)
            bell = (handle_t)NEED(sys_notification_create());
        copy = (handle_t)NEED(sys_duplicate(bell, SYS_RIGHT_WAIT));
        threads[i] = (handle_t)NEED(
            i % 2 == 0 ? crowd_add(crowd_echo, endpoint, 1)
                       : crowd_add(crowd_wait, copy, 1));
    }
    for (unsigned i = 0; i < count; i++)
        NEED(test_await_state(threads[i], i % 2 == 0 ? SYS_THREAD_RECEIVING
                                                     : SYS_THREAD_WAITING)
                 ? 0
                 : ERR_STATE);
    print("# threads waiting: %u\n", count);
}

void
test_root(void)
{
    bench_at_rest();
    populate((unsigned)test_number("alive", 0));
    bench_bytes();
    bench_calls();
    bench_messages();
    bench_memory();
    bench_processes();
    bench_interrupts();
    test_end(true);
}
