# The fast path against the slow one, as release and as debug kernels have
# them.
FASTPATH_WORLD := tests/host/test_fastpath.c tests/host/fastpath_world.c \
                  tests/host/fastpath_sched.c kernel/entry.c \
                  kernel/endpoint.c kernel/notification.c kernel/timeout.c \
                  kernel/object.c kernel/handle.c kernel/lock.c kernel/x86/tag.c

HOST_TESTS += test_fastpath test_fastpath_debug
test_fastpath_SOURCES := $(FASTPATH_WORLD) tests/host/fastpath_machine.c \
                         kernel/ipc.c
test_fastpath_debug_SOURCES := $(FASTPATH_WORLD) tests/host/fastpath_debug.c \
                               tests/host/ipc_debug.c
