#include "kernel/x86/mmio.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/boot.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/x86/cpu.h"

#define LOW_END (1ULL << 20)

static bool
may_be_device(paddr_t start, paddr_t end)
{
    if (start < LOW_END || end <= start ||
        (end - 1) >> (cpu.physical_bits < 52 ? cpu.physical_bits : 52) != 0)
        return false;
    for (uint32_t i = 0; i < boot.range_count; i++) {
        const struct boot_range *range = &boot.ranges[i];

        if (range->type != BOOT_MEM_RESERVED && start < range->base +
            range->length && end > range->base)
            return false;
    }
    return true;
}

volatile uint8_t *
mmio_map(paddr_t paddr, uint64_t size)
{
    paddr_t start = paddr & ~(paddr_t)(PAGE_SIZE - 1);

    if (paddr % 4 != 0 || !may_be_device(start, page_up(paddr + size)))
        return NULL;
    return device_map(paddr, size, DEVICE_UNCACHED);
}
