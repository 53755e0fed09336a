# The loader's parsers: everything that it reads and must not trust.

HOST_TESTS += test_memmap
test_memmap_SOURCES := tests/host/test_memmap.c tests/host/memmap_model.c \
                       stage2/memmap.c
