#include "user/test/bench/bench.h"

#define COMMAND_LINE_MAX 1024

handle_t bench_system;

int64_t
bench_need(int64_t result, const char *what)
{
    if (result < 0) {
        print("bench failed: %s is %ld\n", what, result);
        sys_system(bench_system, SYS_SYSTEM_POWER_OFF, NULL, 1);
        sys_exit(1);
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

static uint64_t
number_of(const char *line, const char *name)
{
    size_t length;
    const char *digits = option_value(line, name, &length);
    uint64_t number = 0;

    for (size_t i = 0; digits != NULL && i < length; i++)
        if (digits[i] >= '0' && digits[i] <= '9')
            number = number * 10 + (uint64_t)(digits[i] - '0');
    return number;
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

static _Noreturn void
root_main(void)
{
    static char line[COMMAND_LINE_MAX];

    print_to_system(bench_system);
    NEED(sys_system(bench_system, SYS_SYSTEM_COMMAND_LINE, line,
                    sizeof line));
    bench_bytes();
    populate(number_of(line, "alive"));
    bench_calls();
    bench_messages();
    bench_memory();
    bench_processes();
    bench_interrupts();
    sys_system(bench_system, SYS_SYSTEM_POWER_OFF, NULL, 0);
    sys_exit(1);
}

int
main(uint64_t argument)
{
    struct sys_inspection view;

    if (sys_inspect((handle_t)argument, &view) == SYS_OBJECT_SESSION)
        return bench_child_main((handle_t)argument);
    bench_system = (handle_t)argument;
    root_main();
}
