HOST_TESTS += test_lib
test_lib_SOURCES := tests/host/test_lib.c tests/host/own_mem.c \
                    kernel/lib/crc32c.c kernel/lib/format.c

FUZZERS += fuzz_format
fuzz_format_SOURCES := tests/fuzz/fuzz_format.c kernel/lib/format.c
fuzz_format_RUNS := 100000
