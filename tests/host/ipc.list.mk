# Messages, notifications, time-outs, the scheduler.
IPC_WORLD := tests/host/ipc_world.c kernel/ipc.c kernel/endpoint.c \
             kernel/notification.c kernel/timeout.c kernel/object.c \
             kernel/handle.c

HOST_TESTS += test_timeout test_sched test_notification test_ipc_model \
              test_ipc
test_timeout_SOURCES := tests/host/test_timeout.c kernel/timeout.c
test_sched_SOURCES := tests/host/test_sched.c kernel/sched.c
test_notification_SOURCES := tests/host/test_notification.c $(IPC_WORLD)
test_ipc_model_SOURCES := tests/host/test_ipc_model.c $(IPC_WORLD)
test_ipc_SOURCES := tests/host/test_ipc.c tests/host/ipc_debug.c \
                    $(filter-out kernel/ipc.c,$(IPC_WORLD))
