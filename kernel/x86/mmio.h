/*
 * Registers of devices at addresses that firmware tables name.
 */
#ifndef KERNEL_X86_MMIO_H
#define KERNEL_X86_MMIO_H

#include <stdint.h>

#include "kernel/abi/boot.h"

/*
 * Map them, or NULL where the pages cannot be a device: memory of any kind in
 * the boot record but "reserved", the first MiB, or no address of this CPU.
 */
volatile uint8_t *mmio_map(paddr_t paddr, uint64_t size);

/* Registers of 32 bits. */
static inline uint32_t
mmio_read(const volatile uint8_t *base, uint32_t offset)
{
    return *(const volatile uint32_t *)(base + offset);
}

static inline void
mmio_write(volatile uint8_t *base, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(base + offset) = value;
}

#endif
