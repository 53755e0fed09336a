# The loader's parsers: everything that it reads and must not trust.

HOST_TESTS += test_memmap test_partition test_config test_manifest test_elf64
test_memmap_SOURCES := tests/host/test_memmap.c tests/host/memmap_model.c \
                       stage2/memmap.c
test_partition_SOURCES := tests/host/test_partition.c stage2/partition.c
test_config_SOURCES := tests/host/test_config.c stage2/config.c
test_manifest_SOURCES := tests/host/test_manifest.c stage2/manifest.c
test_elf64_SOURCES := tests/host/test_elf64.c stage2/elf64.c

# Real files for the ELF loader: pages apart, all on as few pages as can be,
# and lld's way. Each linker lays out segments in its own order.
elf_samples := $(addprefix $(BUILD)/host/elf_sample_,separate dense lld)
test_elf64_NEEDS := $(elf_samples)
test_elf64_ENV := ELF_SAMPLES="$(elf_samples)"

ELF_SAMPLE := -std=gnu11 -O1 -fPIE -ffreestanding -nostdlib -static-pie \
              -fno-stack-protector -Wl,-e,entry

$(BUILD)/host/elf_sample_separate: ELF_SAMPLE += -Wl,-z,separate-code
$(BUILD)/host/elf_sample_dense: ELF_SAMPLE += -Wl,-z,noseparate-code \
                                              -Wl,-z,max-page-size=0x200000
$(BUILD)/host/elf_sample_lld: HOST_CC = $(FUZZ_CC)
$(BUILD)/host/elf_sample_lld: ELF_SAMPLE += -fuse-ld=lld

$(elf_samples): tests/host/elf_sample.c tests/host/loader.list.mk
	@mkdir -p $(@D)
	$(HOST_CC) $(ELF_SAMPLE) $< -o $@

FUZZERS += fuzz_memmap fuzz_partition fuzz_config fuzz_manifest fuzz_elf64
fuzz_memmap_SOURCES := tests/fuzz/fuzz_memmap.c tests/host/memmap_model.c \
                       stage2/memmap.c
fuzz_memmap_RUNS := 8000
fuzz_memmap_FLAGS := -max_len=1500
fuzz_partition_SOURCES := tests/fuzz/fuzz_partition.c stage2/partition.c
fuzz_partition_RUNS := 1000000
fuzz_config_SOURCES := tests/fuzz/fuzz_config.c stage2/config.c
fuzz_config_RUNS := 200000
fuzz_manifest_SOURCES := tests/fuzz/fuzz_manifest.c stage2/manifest.c
fuzz_manifest_RUNS := 400000
fuzz_elf64_SOURCES := tests/fuzz/fuzz_elf64.c stage2/elf64.c
fuzz_elf64_RUNS := 50000
