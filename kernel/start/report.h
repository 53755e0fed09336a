/*
 * What the kernel prints about the machine and its own start.
 */
#ifndef KERNEL_START_REPORT_H
#define KERNEL_START_REPORT_H

#include <stddef.h>

#include "kernel/abi/boot.h"
#include "kernel/frames.h"

/* CPU, memory, kernel, modules, disk, video, ACPI, randomness. */
void report_machine(const struct boot_info *info);

/* What the frame allocator has, and what its tables take. */
void report_frames(const struct frames_count *count);

/* The ledger (docs/spec/boot-protocol.md, BP-17), more figures, time stamps. */
void report_ledger(const struct boot_info *info, uint64_t entry_tsc);

/* The ledger line without its line feed; returns its length, as format(). */
size_t ledger_format(char *text, size_t size, const struct boot_ledger *ledger);

/* A size in words that fit in nine columns: "640 KiB", "15.9 MiB". */
void format_size(char *text, size_t size, uint64_t bytes);

#endif
