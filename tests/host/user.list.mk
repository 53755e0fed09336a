# Programs: who reads their files, and what they are themselves.
HOST_TESTS += test_elf_user
test_elf_user_SOURCES := tests/host/test_elf_user.c kernel/lib/elf.c \
                         user/rt/option.c
test_elf_user_NEEDS := $(USER_PROGRAMS:%=$(USER_OUT)/%.elf)
test_elf_user_ENV := USER_PROGRAMS="$(USER_PROGRAMS:%=$(USER_OUT)/%.elf)"

FUZZERS += fuzz_kernel_elf
fuzz_kernel_elf_SOURCES := tests/fuzz/fuzz_kernel_elf.c kernel/lib/elf.c
fuzz_kernel_elf_RUNS := 1000000
fuzz_kernel_elf_FLAGS := -max_len=1200

HOST_TESTS += test_discipline
test_discipline_SOURCES := tests/host/test_discipline.c \
                           user/tty/discipline.c

HOST_TESTS += test_uart
test_uart_SOURCES := tests/host/test_uart.c drivers/serial/uart.c

HOST_TESTS += test_proc_table
test_proc_table_SOURCES := tests/host/test_proc_table.c user/proc/table.c

HOST_TESTS += test_ram_tree
test_ram_tree_SOURCES := tests/host/test_ram_tree.c fs/ram/tree.c

# The boot archive; two of tests/host, ours and cpio's.
archives := $(BUILD)/host/archive_mkarchive $(BUILD)/host/archive_cpio
HOST_TESTS += test_archive
test_archive_SOURCES := tests/host/test_archive.c user/rt/archive.c
test_archive_NEEDS := $(archives)
test_archive_ENV := ARCHIVES="$(archives)"

$(BUILD)/host/archive_mkarchive: scripts/mkarchive $(wildcard tests/host/*)
	@mkdir -p $(@D)
	$(PYTHON) $< --tree tests/host --output $@

$(BUILD)/host/archive_cpio: $(wildcard tests/host/*)
	@mkdir -p $(@D)
	cd tests/host && find . | cpio --quiet -o -H newc > $(abspath $@)

FUZZERS += fuzz_archive
fuzz_archive_SOURCES := tests/fuzz/fuzz_archive.c user/rt/archive.c
fuzz_archive_RUNS := 500000
fuzz_archive_FLAGS := -max_len=1200

# init: the manifest of services.
HOST_TESTS += test_services
test_services_SOURCES := tests/host/test_services.c user/init/manifest.c \
                         user/init/resolve.c

FUZZERS += fuzz_services
fuzz_services_SOURCES := tests/fuzz/fuzz_services.c user/init/manifest.c \
                         user/init/resolve.c
fuzz_services_RUNS := 400000
fuzz_services_FLAGS := -max_len=1200
HOST_TESTS += test_policy
test_policy_SOURCES := tests/host/test_policy.c user/init/policy.c

# name: the mount table.
HOST_TESTS += test_name
test_name_SOURCES := tests/host/test_name.c user/name/table.c
