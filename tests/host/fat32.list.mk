FAT32_VOLUMES := $(BUILD)/host/fat32-volumes

HOST_TESTS += test_lib test_fat32 test_fat32_tools
test_lib_SOURCES := tests/host/test_lib.c tests/host/own_mem.c \
                    kernel/lib/crc32c.c kernel/lib/format.c
test_fat32_SOURCES := tests/host/test_fat32.c tests/host/fat32_image.c \
                      $(FAT32_SOURCES)
test_fat32_tools_SOURCES := tests/host/test_fat32_tools.c $(FAT32_SOURCES)
test_fat32_tools_NEEDS := $(FAT32_VOLUMES).made
test_fat32_tools_ENV := FAT32_VOLUMES=$(FAT32_VOLUMES)

$(FAT32_VOLUMES).made: tests/host/fat32_volumes.py
	$(PYTHON) $< $(FAT32_VOLUMES)
	@touch $@

FUZZERS += fuzz_fat32 fuzz_format
fuzz_fat32_SOURCES := tests/fuzz/fuzz_fat32.c tests/host/fat32_image.c \
                      $(FAT32_SOURCES)
fuzz_fat32_RUNS := 50000
fuzz_fat32_FLAGS := -max_len=1024
fuzz_format_SOURCES := tests/fuzz/fuzz_format.c kernel/lib/format.c
fuzz_format_RUNS := 800000
