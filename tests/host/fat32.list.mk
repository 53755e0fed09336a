HOST_TESTS += test_lib test_fat32
test_lib_SOURCES := tests/host/test_lib.c tests/host/own_mem.c \
                    kernel/lib/crc32c.c kernel/lib/format.c
test_fat32_SOURCES := tests/host/test_fat32.c tests/host/fat32_image.c \
                      $(FAT32_SOURCES)

FUZZERS += fuzz_format
fuzz_format_SOURCES := tests/fuzz/fuzz_format.c kernel/lib/format.c
fuzz_format_RUNS := 800000
