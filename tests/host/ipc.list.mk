# Messages, notifications, time-outs, the scheduler.
HOST_TESTS += test_timeout test_sched
test_timeout_SOURCES := tests/host/test_timeout.c kernel/timeout.c
test_sched_SOURCES := tests/host/test_sched.c kernel/sched.c
