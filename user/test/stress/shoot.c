#include "user/test/stress/stress.h"
const struct stress shoot_tests[] = { { 0 } };
const unsigned shoot_test_count = 0;
