#include "stage2/memmap.h"

#include <stdbool.h>

#include "quirks.h"

#define PAGE_SIZE 4096ULL
#define PAGE_SHIFT 12

/* Page numbers. The last page below 2^64 is left out: no end ever wraps. */
#define LOW_PAGES        (0x100000ULL >> PAGE_SHIFT)
#define USABLE_MAX_PAGES (1ULL << (52 - PAGE_SHIFT))
#define MAX_PAGES        ((1ULL << (64 - PAGE_SHIFT)) - 1)

/* --- from raw ranges to a map -------------------------------------------- */

/* How restrictive a type is; more wins. 0 is no memory at all. */
static unsigned
rank(uint32_t type)
{
    static const uint8_t ranks[] = {
        [BOOT_MEM_USABLE] = 1,   [BOOT_MEM_ACPI_TABLES] = 2,
        [BOOT_MEM_RESERVED] = 3, [BOOT_MEM_ACPI_NVS] = 4,
        [BOOT_MEM_BAD] = 5,
    };

    return type < sizeof ranks ? ranks[type] : 0;
}

/* By base; insertion, as nearly every list comes sorted or nearly so. */
static void
sort(struct memmap_raw *raw, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct memmap_raw moved = raw[i];
        uint32_t at = i;

        for (; at > 0 && raw[at - 1].base > moved.base; at--)
            raw[at] = raw[at - 1];
        raw[at] = moved;
    }
}

/*
 * Drop empty ranges, cut those that wrap, settle unknown types, and sort.
 * Returns how many are left.
 */
static uint32_t
clean(struct memmap *map, struct memmap_raw *raw, uint32_t count)
{
    uint32_t kept = 0;
    uint64_t end = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct memmap_raw r = raw[i];

        if (r.length == 0) {
            map->quirks |= QUIRK_MAP_WRAP;
            continue;
        }
        if (r.length - 1 > UINT64_MAX - r.base) {
            map->quirks |= QUIRK_MAP_WRAP;
            r.length = UINT64_MAX - r.base + 1;
        }
        if (rank(r.type) == 0) {
            map->quirks |= QUIRK_MAP_UNKNOWN;
            r.type = BOOT_MEM_RESERVED;
        }
        if (kept > 0 && r.base < raw[kept - 1].base)
            map->quirks |= QUIRK_MAP_UNSORTED;
        raw[kept++] = r;
    }
    sort(raw, kept);
    for (uint32_t i = 0; i < kept; i++) {
        uint64_t last = raw[i].base + (raw[i].length - 1);

        /* A nested range lowers end, but has been seen by then. */
        if (i > 0 && raw[i].base <= end)
            map->quirks |= QUIRK_MAP_OVERLAP;
        end = last;
    }
    return kept;
}

/*
 * Turn bytes into pages: from here on base is a range's first page and length
 * the page after its last. What is left of a range may be empty. Rounding can
 * change the order by a page, so sort again.
 */
static void
to_pages(struct memmap_raw *raw, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t last = raw[i].base + (raw[i].length - 1);
        uint64_t page = raw[i].base >> PAGE_SHIFT;
        uint64_t end = (last >> PAGE_SHIFT) + 1;
        uint64_t limit = MAX_PAGES;

        if (raw[i].type == BOOT_MEM_USABLE) {
            page += (raw[i].base & (PAGE_SIZE - 1)) != 0;
            end -= ((last + 1) & (PAGE_SIZE - 1)) != 0;
            limit = USABLE_MAX_PAGES;
        }
        raw[i].base = page;
        raw[i].length = end < limit ? end : limit;
    }
    sort(raw, count);
}

/*
 * Make room for one range more by dropping the highest usable one. Returns
 * false when that would be the very range to come, or there is none.
 */
static bool
make_room(struct memmap *map, uint32_t type)
{
    uint32_t i = map->count;

    map->quirks |= QUIRK_MAP_TRUNCATED;
    if (type == BOOT_MEM_USABLE)
        return false;
    do
        if (i-- == 0)
            return false;
    while (map->ranges[i].type != BOOT_MEM_USABLE);
    for (map->count--; i < map->count; i++)
        map->ranges[i] = map->ranges[i + 1];
    return true;
}

/* Add pages [page, end) above all ranges there are. */
static void
append(struct memmap *map, uint64_t page, uint64_t end, uint32_t type)
{
    struct boot_range range = {
        .base = page << PAGE_SHIFT,
        .length = (end - page) << PAGE_SHIFT,
        .type = type,
    };

    if (map->count > 0) {
        struct boot_range *last = &map->ranges[map->count - 1];

        if (last->type == type && last->base + last->length == range.base) {
            last->length += range.length;
            return;
        }
    }
    if (map->count == MEMMAP_MAX_BUILT && !make_room(map, type))
        return;
    map->ranges[map->count++] = range;
}

/*
 * Sweep upwards from boundary to boundary. raw is sorted, so the look at each
 * stretch ends with the first range above it, and begins with the first one
 * that has not ended yet.
 */
static void
sweep(struct memmap *map, const struct memmap_raw *raw, uint32_t count)
{
    uint64_t page = LOW_PAGES, next;
    uint32_t first = 0;

    for (; page < MAX_PAGES; page = next) {
        uint32_t type = 0;

        while (first < count && raw[first].length <= page)
            first++;
        next = MAX_PAGES;
        for (uint32_t i = first; i < count; i++) {
            if (raw[i].length <= page)
                continue;
            if (raw[i].base > page) {
                next = raw[i].base < next ? raw[i].base : next;
                break;
            }
            next = raw[i].length < next ? raw[i].length : next;
            if (rank(raw[i].type) > rank(type))
                type = raw[i].type;
        }
        if (type != 0)
            append(map, page, next, type);
    }
}

int
memmap_build(struct memmap *map, struct memmap_raw *raw, uint32_t count)
{
    map->count = 0;
    append(map, 0, LOW_PAGES, BOOT_MEM_RESERVED);
    count = clean(map, raw, count);
    to_pages(raw, count);
    sweep(map, raw, count);
    for (uint32_t i = 0; i < map->count; i++)
        if (map->ranges[i].type == BOOT_MEM_USABLE)
            return 0;
    return -1;
}

/* --- taking and giving back ---------------------------------------------- */

/* Cut range i in two, the lower part length bytes long. */
static void
split(struct memmap *map, uint32_t i, uint64_t length)
{
    for (uint32_t at = map->count++; at > i; at--)
        map->ranges[at] = map->ranges[at - 1];
    map->ranges[i].length = length;
    map->ranges[i + 1].base += length;
    map->ranges[i + 1].length -= length;
}

/* Join range i with the one above it if the two are one. */
static void
join(struct memmap *map, uint32_t i)
{
    struct boot_range *low = &map->ranges[i];

    if (i + 1 >= map->count || low[0].type != low[1].type ||
        low[0].base + low[0].length != low[1].base)
        return;
    low->length += low[1].length;
    map->count--;
    for (i++; i < map->count; i++)
        map->ranges[i] = map->ranges[i + 1];
}

/* Give [base, base + size), which lies in range i, another type. */
static bool
retype(struct memmap *map, uint32_t i, paddr_t base, uint64_t size,
       uint32_t type)
{
    if (map->count + 2 > BOOT_MAX_RANGES)
        return false;
    if (base > map->ranges[i].base) {
        split(map, i, base - map->ranges[i].base);
        i++;
    }
    if (size < map->ranges[i].length)
        split(map, i, size);
    map->ranges[i].type = type;
    join(map, i);
    if (i > 0)
        join(map, i - 1);
    return true;
}

/* Size in whole pages, or 0 when it is 0 or too large to be rounded up. */
static uint64_t
whole_pages(uint64_t size)
{
    return (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/*
 * Where size bytes fit into the range below limit: as low or as high as can
 * be. Returns 0 when they do not. No sum here wraps: usable memory ends at
 * 2^52, and an alignment is a power of two.
 */
static paddr_t
place(const struct boot_range *range, uint64_t size, uint64_t alignment,
      paddr_t limit, bool high)
{
    paddr_t end = range->base + range->length, at;

    end = end < limit ? end : limit;
    if (range->type != BOOT_MEM_USABLE || end < range->base ||
        size > end - range->base)
        return 0;
    if (high)
        at = (end - size) & ~(alignment - 1);
    else
        at = (range->base + alignment - 1) & ~(alignment - 1);
    return at >= range->base && at <= end - size ? at : 0;
}

static paddr_t
take(struct memmap *map, uint64_t size, uint64_t alignment, paddr_t limit,
     uint32_t type, bool high)
{
    size = whole_pages(size);
    for (uint32_t n = 0; size != 0 && n < map->count; n++) {
        uint32_t i = high ? map->count - 1 - n : n;
        paddr_t at = place(&map->ranges[i], size, alignment, limit, high);

        if (at != 0)
            return retype(map, i, at, size, type) ? at : 0;
    }
    return 0;
}

paddr_t
memmap_take(struct memmap *map, uint64_t size, uint64_t alignment,
            paddr_t limit, uint32_t type)
{
    return take(map, size, alignment, limit, type, false);
}

paddr_t
memmap_take_high(struct memmap *map, uint64_t size, uint64_t alignment,
                 paddr_t limit, uint32_t type)
{
    return take(map, size, alignment, limit, type, true);
}

void
memmap_release(struct memmap *map, paddr_t base, uint64_t size)
{
    size = whole_pages(size);
    for (uint32_t i = 0; size != 0 && i < map->count; i++) {
        const struct boot_range *r = &map->ranges[i];

        if (r->type < BOOT_MEM_KERNEL || base < r->base ||
            base - r->base >= r->length)
            continue;
        /* A piece that was never taken as one is left as it is. */
        if (size <= r->length - (base - r->base))
            retype(map, i, base, size, BOOT_MEM_USABLE);
        return;
    }
}
