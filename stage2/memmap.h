/*
 * The memory map: from what firmware claims to what the kernel may trust.
 *
 * Input is a list of ranges in any order, overlapping, nested, wrapping or
 * unknown (bios-quirks rows 23 to 29). Output keeps the promises written at
 * struct boot_range: sorted, disjoint, page-aligned, joined. Pure C, tested
 * on the host.
 */
#ifndef STAGE2_MEMMAP_H
#define STAGE2_MEMMAP_H

#include <stdint.h>

#include "kernel/abi/boot.h"

struct memmap_raw {
    uint64_t base;
    uint64_t length;
    uint32_t type; /* ACPI 6.5 table 15.1; anything unknown is reserved */
};

struct memmap {
    uint32_t count;
    uint32_t quirks; /* QUIRK_MAP_* seen so far */
    struct boot_range ranges[BOOT_MAX_RANGES];
};

/* memmap_build leaves room for what the loader takes after it. */
#define MEMMAP_MAX_BUILT (BOOT_MAX_RANGES - 64)

/*
 * Build map from raw (which serves as scratch space and is destroyed). Where
 * ranges overlap the most restrictive type wins: bad, NVS, reserved or
 * unknown, ACPI tables, usable. Usable ranges shrink to whole pages, all
 * others grow. What lies below 1 MiB is reserved whatever the firmware says.
 * Lengths that wrap past 2^64 are cut; usable memory past 2^52 is cut, and
 * so is the last page below 2^64, so that base + length never wraps.
 * When there are more than MEMMAP_MAX_BUILT ranges, the highest usable ones
 * are dropped and QUIRK_MAP_TRUNCATED is set. map->quirks is only added to:
 * zero it before the first call. Returns 0, or -1 when nothing is usable.
 */
int memmap_build(struct memmap *map, struct memmap_raw *raw, uint32_t count);

/*
 * Take size bytes (rounded up to pages) of usable memory below limit, its
 * base a multiple of alignment (a power of two, at least 4096), and mark them
 * as type (one of Kindling's). The lowest place that fits. Returns the address
 * or 0, also when the map has no room for two ranges more.
 */
paddr_t memmap_take(struct memmap *map, uint64_t size, uint64_t alignment,
                    paddr_t limit, uint32_t type);

/* The same from the top down: for what lives only while the loader runs. */
paddr_t memmap_take_high(struct memmap *map, uint64_t size, uint64_t alignment,
                         paddr_t limit, uint32_t type);

/*
 * Give back what memmap_take took, or a part of it, as type usable. A range
 * that is not wholly taken, as one type, is left alone.
 */
void memmap_release(struct memmap *map, paddr_t base, uint64_t size);

#endif
