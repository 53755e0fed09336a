/*
 * Every promise of the boot protocol (kernel/abi/boot.h), checked before the
 * kernel relies on it. Pure C; the host tests break each promise once.
 */
#ifndef KERNEL_START_BOOT_CHECK_H
#define KERNEL_START_BOOT_CHECK_H

#include "kernel/abi/boot.h"
#include "kernel/arch.h"

/* What the kernel knows of itself, to compare with what it was told. */
struct boot_image {
    vaddr_t vaddr;
    uint64_t size; /* whole pages */
};

/*
 * The first words only: enough to know that this is a boot record of this
 * version, all of which may be read. Returns NULL or what is wrong, in words
 * that complete E100.
 */
const char *boot_check_header(const struct boot_info *info);

/* The CRC-32C that the record should carry. */
uint32_t boot_record_crc(const struct boot_info *info);

/*
 * All that the record says about itself, the memory map, the kernel, modules,
 * disk, video and ledger, and that record and stack lie in loader memory.
 * Reads nothing but info. Returns NULL or what is wrong.
 */
const char *boot_check_record(const struct boot_info *info,
                              const struct boot_image *image,
                              const struct arch_entry *entry);

/* The bytes of the modules, read through phys_to_virt(). */
const char *boot_check_modules(const struct boot_info *info);

/* The range that holds [base, base + size) in whole, or NULL. */
const struct boot_range *boot_find_range(const struct boot_info *info,
                                         paddr_t base, uint64_t size);

#endif
