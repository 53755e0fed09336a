# The kernel lock; the test includes kernel/lock.c.
HOST_TESTS += test_lock
test_lock_SOURCES := tests/host/test_lock.c
