#include "user/test/stress/stress.h"
const struct stress many_tests[] = { { 0 } };
const unsigned many_test_count = 0;
