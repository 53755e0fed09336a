/*
 * Where portable code begins.
 */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include "kernel/arch.h"

_Noreturn void kernel_main(const struct arch_entry *entry);

/* The boot record: the kernel's own copy, checked. */
extern struct boot_info boot;

/* What kernel_main() was called with. */
extern struct arch_entry boot_entry;

#endif
