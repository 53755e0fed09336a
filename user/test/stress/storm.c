#include "user/test/stress/stress.h"
const struct stress storm_tests[] = { { 0 } };
const unsigned storm_test_count = 0;
