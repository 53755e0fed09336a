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
