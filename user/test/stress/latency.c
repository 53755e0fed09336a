#include "user/test/stress/stress.h"
const struct stress latency_tests[] = { { 0 } };
const unsigned latency_test_count = 0;
