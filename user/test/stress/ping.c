#include "user/test/stress/stress.h"
const struct stress ping_tests[] = { { 0 } };
const unsigned ping_test_count = 0;
