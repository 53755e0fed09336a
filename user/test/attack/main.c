#include "user/test/attack/attack.h"

static uint64_t seed;

void
attack_seed(uint64_t value)
{
    seed = value;
}

uint64_t
attack_random(void)
{
    return test_random(&seed);
}

uint64_t
attack_pages(uint64_t count)
{
    int64_t result = test_map(count * SYS_PAGE);

    return result < 0 ? 0 : (uint64_t)result;
}

/* seed=NUMBER repeats a run. */
void
test_root(void)
{
    static const struct test_area areas[] = {
        TEST_AREA(instruction), TEST_AREA(memory), TEST_AREA(state),
        TEST_AREA(call), TEST_AREA(handle), TEST_AREA(device),
        TEST_AREA(bomb), TEST_AREA(race),
        { .tests = storm_tests, .count = &storm_test_count, .alone = true },
    };

    seed = test_number("seed", random_bits() >> 32);
    print("# seed=%lu\n", seed);
    if (!bystander_is_well())
        print("# there is no bystander\n");
    test_run(&(struct test_plan){ .areas = areas,
                                  .area_count = COUNT_OF(areas),
                                  .settle = 4 * MS,
                                  .after = bystander_is_well });
}
