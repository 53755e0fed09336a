#include "user/test/stress/stress.h"

uint64_t stress_seed, stress_steps, stress_rounds;
unsigned stress_cpus;

void
stress_settle(unsigned cpu)
{
    sys_thread_control(SYS_SELF, SYS_THREAD_AFFINITY, 1ULL << cpu, 0);
    sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
}

void
test_root(void)
{
    static const struct test_area areas[] = {
        TEST_AREA(fuzz), TEST_AREA(ping), TEST_AREA(storm), TEST_AREA(shoot),
        TEST_AREA(many), TEST_AREA(clock), TEST_AREA(latency),
    };
    struct sys_system_info info;

    test_info(&info);
    stress_cpus = info.cpus;
    stress_seed = test_number("seed", random_bits() % 1000000000);
    stress_steps = test_number("steps", 20000);
    stress_rounds = test_number("rounds", 20);
    print("# seed=%lu\n", stress_seed);
    test_run(&(struct test_plan){ .areas = areas,
                                  .area_count = COUNT_OF(areas),
                                  .settle = 20 * MS });
}
