/*
 * Where portable code begins.
 */
#ifndef KERNEL_START_MAIN_H
#define KERNEL_START_MAIN_H

#include "kernel/arch.h"
#include "kernel/boot.h"

_Noreturn void kernel_main(const struct arch_entry *entry);

/* What kernel_main() was called with. */
extern struct arch_entry boot_entry;

#endif
