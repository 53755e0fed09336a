/* When init starts a service again. */
#include "tests/host/unit.h"

#include "user/init/policy.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)

/* Each death at its time, of a service that was up for so long. */
static uint64_t
die(struct policy *policy, uint32_t limit, uint64_t now, uint64_t up_for)
{
    return policy_death(policy, limit, 60, up_for == 0 ? 0 : now - up_for,
                        now);
}

static void
who_served_well_starts_at_once(void **state)
{
    struct policy policy = { 0 };

    (void)state;
    for (uint64_t i = 1; i < 100; i++)
        assert_int_equal(die(&policy, 1000, i * SECOND / 2, 100 * MS), 0);
}

static void
a_crash_loop_is_slowed_down(void **state)
{
    static const uint64_t delays[] = { 10, 20, 40, 80, 160, 320, 640, 1280,
                                       2560, 5000, 5000, 5000 };
    struct policy policy = { 0 };
    uint64_t now = SECOND;

    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        uint64_t delay = die(&policy, 1000, now, i % 2 ? 0 : 99 * MS);

        assert_int_equal(delay, delays[i] * MS);
        now += delay + 1;
    }
    assert_int_equal(die(&policy, 1000, now, 100 * MS), 0);
    assert_int_equal(die(&policy, 1000, now, 0), 10 * MS);
}

static void
too_many_deaths(void **state)
{
    struct policy policy = { 0 };

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_true(die(&policy, 5, 7 * SECOND + i, SECOND) == 0);
    assert_true(die(&policy, 5, 67 * SECOND, SECOND) == POLICY_GIVE_UP);
    assert_true(die(&policy, 5, 67 * SECOND, SECOND) == POLICY_GIVE_UP);
}

static void
old_deaths_are_forgotten(void **state)
{
    struct policy policy = { 0 };

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_true(die(&policy, 5, 7 * SECOND, SECOND) == 0);
    for (unsigned i = 0; i < 4; i++)
        assert_true(die(&policy, 5, 67 * SECOND + 1, SECOND) == 0);
    assert_true(die(&policy, 5, 67 * SECOND + 1, SECOND) == POLICY_GIVE_UP);
}

static void
none_is_allowed(void **state)
{
    for (uint32_t limit = 0; limit < 2; limit++) {
        struct policy policy = { 0 };

        (void)state;
        assert_true(die(&policy, limit, SECOND, SECOND) == POLICY_GIVE_UP);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_served_well_starts_at_once),
        cmocka_unit_test(a_crash_loop_is_slowed_down),
        cmocka_unit_test(too_many_deaths),
        cmocka_unit_test(old_deaths_are_forgotten),
        cmocka_unit_test(none_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
