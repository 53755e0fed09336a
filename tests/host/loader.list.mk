# The loader's parsers: everything that it reads and must not trust.

HOST_TESTS += test_memmap test_partition test_config test_manifest
test_memmap_SOURCES := tests/host/test_memmap.c tests/host/memmap_model.c \
                       stage2/memmap.c
test_partition_SOURCES := tests/host/test_partition.c stage2/partition.c
test_config_SOURCES := tests/host/test_config.c stage2/config.c
test_manifest_SOURCES := tests/host/test_manifest.c stage2/manifest.c
