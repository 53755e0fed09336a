# The kernel's portable parts. The tests stand in for kernel/arch.h and
# kernel/memory.h, and for the font and symbol tables that the build makes.
HOST_TESTS += test_boot_check test_memory_check test_frames test_acpi test_madt \
              test_time \
              test_console test_kernel_parts
SCREEN_SOURCES := kernel/screen.c kernel/lib/framebuffer.c \
                  tests/host/kernel_stand_in.c
test_boot_check_SOURCES := tests/host/test_boot_check.c \
                           kernel/start/boot_check.c kernel/lib/crc32c.c \
                           $(SCREEN_SOURCES)
test_memory_check_SOURCES := tests/host/test_memory_check.c \
                             kernel/start/memory_check.c
test_frames_SOURCES := tests/host/test_frames.c kernel/frames.c \
                       kernel/frame_block.c kernel/user_frames.c
test_acpi_SOURCES := tests/host/test_acpi.c tests/host/acpi_tables.c \
                     kernel/start/acpi.c kernel/start/acpi_table.c
test_madt_SOURCES := tests/host/test_madt.c tests/host/acpi_tables.c \
                     kernel/start/madt.c kernel/start/acpi_table.c
test_time_SOURCES := tests/host/test_time.c kernel/time.c kernel/interrupt.c \
                     kernel/start/calibrate.c
test_console_SOURCES := tests/host/test_console.c kernel/console.c \
                        kernel/lib/format.c $(SCREEN_SOURCES)
test_kernel_parts_SOURCES := tests/host/test_kernel_parts.c \
                             kernel/start/options.c kernel/start/report.c \
                             kernel/symbols.c kernel/console.c \
                             kernel/lib/format.c $(SCREEN_SOURCES)

FUZZERS += fuzz_acpi
fuzz_acpi_SOURCES := tests/fuzz/fuzz_acpi.c tests/host/acpi_tables.c \
                     kernel/start/acpi.c kernel/start/acpi_table.c \
                     kernel/start/madt.c
fuzz_acpi_RUNS := 200000
fuzz_acpi_FLAGS := -max_len=1024
