# Memory objects, regions and address spaces, on the real frame allocator and
# the real page tables. vm_stand_in.c includes kernel/frames.c and account.c.
HOST_TESTS += test_region test_memory_object test_space
VM_SOURCES := tests/host/vm_stand_in.c kernel/frame_block.c kernel/space.c \
              kernel/region.c kernel/memory_object.c kernel/x86/space.c
test_region_SOURCES := tests/host/test_region.c kernel/region.c
test_memory_object_SOURCES := tests/host/test_memory_object.c $(VM_SOURCES)
test_space_SOURCES := tests/host/test_space.c $(VM_SOURCES)
