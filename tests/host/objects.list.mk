# What kernel objects are made of: accounts, the heap, handles, processes.
OBJECT_PARTS := tests/host/frames_stand_in.c kernel/account.c kernel/heap.c
HOST_TESTS += test_account test_heap test_handle test_process
test_account_SOURCES := tests/host/test_account.c kernel/account.c \
                        kernel/heap.c kernel/frames.c kernel/frame_block.c
test_heap_SOURCES := tests/host/test_heap.c $(OBJECT_PARTS)
test_handle_SOURCES := tests/host/test_handle.c kernel/handle.c \
                       kernel/object.c $(OBJECT_PARTS)
test_process_SOURCES := tests/host/test_process.c kernel/process.c \
                        kernel/thread.c kernel/device.c kernel/handle.c \
                        kernel/object.c $(OBJECT_PARTS)
