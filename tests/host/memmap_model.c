#include "tests/host/memmap_model.h"

#include <stddef.h>

#define PAGE 4096ULL

const char *
model_broken_promise(const struct memmap *map)
{
    uint64_t end = 0;

    if (map->count > BOOT_MAX_RANGES)
        return "too many ranges";
    for (uint32_t i = 0; i < map->count; i++) {
        const struct boot_range *r = &map->ranges[i];

        if (r->base % PAGE != 0 || r->length % PAGE != 0)
            return "not whole pages";
        if (r->length == 0)
            return "empty";
        if (r->base + r->length < r->base)
            return "wraps";
        if (i > 0 && r->base < end)
            return "not sorted, or overlapping";
        if (i > 0 && r->base == end && r->type == r[-1].type)
            return "not joined";
        if (r->reserved != 0)
            return "reserved field used";
        if (r->type == BOOT_MEM_USABLE &&
            (r->base < 0x100000 || r->base + r->length > 1ULL << 52))
            return "usable where it may not be";
        end = r->base + r->length;
    }
    return NULL;
}

/* From harmless to forbidden; the place in the list is the rank. */
static int
model_rank(uint32_t type)
{
    static const uint32_t order[] = {
        0, BOOT_MEM_USABLE, BOOT_MEM_ACPI_TABLES, BOOT_MEM_RESERVED,
        BOOT_MEM_ACPI_NVS, BOOT_MEM_BAD,
    };

    for (int i = 0; i < 6; i++)
        if (order[i] == type)
            return i;
    return 3;
}

uint32_t
model_type(const struct memmap_raw *raw, uint32_t count, uint64_t page)
{
    uint64_t low = page * PAGE, high = low + (PAGE - 1);
    uint32_t type = 0;

    if (page < 256)
        return BOOT_MEM_RESERVED;
    if (page >= (1ULL << 52) - 1)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t first = raw[i].base, last = first + raw[i].length - 1;
        uint32_t as = raw[i].type;

        if (raw[i].length == 0)
            continue;
        if (last < first)
            last = UINT64_MAX;
        if (as == 0 || as > BOOT_MEM_BAD)
            as = BOOT_MEM_RESERVED;
        if (as == BOOT_MEM_USABLE) {
            if (first > low || last < high || high >= 1ULL << 52)
                continue;
        } else if (first > high || last < low) {
            continue;
        }
        if (model_rank(as) > model_rank(type))
            type = as;
    }
    return type;
}

uint32_t
model_lookup(const struct memmap *map, uint64_t page)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (page * PAGE >= map->ranges[i].base &&
            page * PAGE - map->ranges[i].base < map->ranges[i].length)
            return map->ranges[i].type;
    return 0;
}

static int
fits(const struct boot_range *r, uint64_t at, uint64_t size, uint64_t limit)
{
    uint64_t end = r->base + r->length;

    return r->type == BOOT_MEM_USABLE && at >= r->base && at < end &&
           size <= end - at && at < limit && size <= limit - at;
}

paddr_t
model_fit(const struct memmap *map, uint64_t size, uint64_t alignment,
          paddr_t limit, int high)
{
    paddr_t found = 0;

    if (size == 0 || size > 1ULL << 52)
        return 0;
    size = (size + PAGE - 1) / PAGE * PAGE;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct boot_range *r = &map->ranges[i];

        for (uint64_t at = r->base; at < r->base + r->length; at += PAGE)
            if (at % alignment == 0 && fits(r, at, size, limit) &&
                (high || found == 0))
                found = at;
    }
    return found;
}
