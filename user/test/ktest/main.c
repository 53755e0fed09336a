#include "user/test/ktest/ktest.h"

void
test_root(void)
{
    static const struct test_area areas[] = {
        TEST_AREA(basic), TEST_AREA(handle), TEST_AREA(memory),
        TEST_AREA(pager), TEST_AREA(thread), TEST_AREA(message),
        TEST_AREA(process), TEST_AREA(device), TEST_AREA(pci),
        TEST_AREA(review),
    };

    test_run(&(struct test_plan){ .areas = areas,
                                  .area_count = COUNT_OF(areas),
                                  .settle = 2 * MS });
}
