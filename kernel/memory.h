/*
 * Physical memory as the kernel sees it.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

/*
 * Where RAM at a physical address is mapped: everything that the boot record
 * calls usable, loader, module, kernel or ACPI memory. The kernel's own code
 * and constants are read-only there too, as are ACPI's. Until
 * arch_memory_init() it is the loader's identity map, which ends at 4 GiB.
 */
void *phys_to_virt(paddr_t paddr);

/* Back again: where that part of the map lies. */
static inline paddr_t
virt_to_phys(const void *address)
{
    return (uintptr_t)address - (uintptr_t)phys_to_virt(0);
}

/*
 * Copy from anywhere: firmware tables may lie in ROM or reserved memory.
 * Only memory that the boot record lists, or below 1 MiB, is touched.
 * Returns 0 or -1.
 */
int phys_read(void *context, paddr_t paddr, void *buffer, size_t size);

/* Map a device's registers or frame buffer for good, never cached. */
enum device_memory { DEVICE_UNCACHED, DEVICE_WRITE_COMBINING };
void *device_map(paddr_t paddr, uint64_t size, enum device_memory kind);

#endif
