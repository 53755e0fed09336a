#include "user/test/stress/stress.h"
const struct stress clock_tests[] = { { 0 } };
const unsigned clock_test_count = 0;
