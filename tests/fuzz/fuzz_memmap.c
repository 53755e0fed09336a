/*
 * stage2/memmap: any list of ranges, then any takes and releases.
 *
 * Input: a count; that many ranges (base and length of eight bytes, type of
 * one); then steps of six bytes: kind, alignment, size and limit.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/bytes.h"
#include "quirks.h"
#include "tests/host/memmap_model.h"

#define RAW_SIZE  17
#define STEP_SIZE 6
#define MAX_TAKEN 24
#define PAGE      4096ULL

struct input {
    const uint8_t *data;
    size_t size;
};

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static uint32_t
read_ranges(struct input *in, struct memmap_raw *raw)
{
    uint32_t count = in->data[0], read = 0;

    in->data++;
    in->size--;
    for (; read < count && in->size >= RAW_SIZE; read++) {
        raw[read].base = le64(in->data);
        raw[read].length = le64(in->data + 8);
        raw[read].type = in->data[16];
        in->data += RAW_SIZE;
        in->size -= RAW_SIZE;
    }
    return read;
}

static void
check_page(const struct memmap *map, const struct memmap_raw *raw,
           uint32_t count, uint64_t page)
{
    uint32_t want = model_type(raw, count, page);
    uint32_t have = model_lookup(map, page);

    /* Of a map that was too long, pages may be missing, but never wrong. */
    check(have == want ||
          (have == 0 && (map->quirks & QUIRK_MAP_TRUNCATED) != 0));
}

/* Types change at the ends of ranges only: look at the pages around them. */
static void
check_map(const struct memmap *map, const struct memmap_raw *raw,
          uint32_t count, int result)
{
    bool usable = false;

    check(model_broken_promise(map) == NULL);
    check(map->count <= MEMMAP_MAX_BUILT);
    for (uint32_t i = 0; i < map->count; i++)
        usable |= map->ranges[i].type == BOOT_MEM_USABLE;
    check(result == (usable ? 0 : -1));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t last = raw[i].base + raw[i].length - 1;

        for (int off = -1; off <= 1; off++) {
            check_page(map, raw, count, (raw[i].base / PAGE + off) << 12 >> 12);
            check_page(map, raw, count, (last / PAGE + off) << 12 >> 12);
        }
    }
    check_page(map, raw, count, 255);
    check_page(map, raw, count, 256);
    check_page(map, raw, count, (1ULL << 40) - 1);
    check_page(map, raw, count, 1ULL << 40);
    check_page(map, raw, count, (1ULL << 52) - 2);
}

static uint64_t
usable_bytes(const struct memmap *map)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < map->count; i++)
        if (map->ranges[i].type == BOOT_MEM_USABLE)
            sum += map->ranges[i].length;
    return sum;
}

/* The lowest or highest place by dividing, range by range. */
static paddr_t
expected_place(const struct memmap *map, uint64_t size, uint64_t alignment,
               paddr_t limit, bool high)
{
    paddr_t found = 0;

    for (uint32_t i = 0; size > 0 && i < map->count; i++) {
        const struct boot_range *r = &map->ranges[i];
        uint64_t end = r->base + r->length, at;

        end = end < limit ? end : limit;
        if (r->type != BOOT_MEM_USABLE || end <= r->base ||
            end - r->base < size)
            continue;
        at = high ? (end - size) / alignment * alignment
                  : (r->base + alignment - 1) / alignment * alignment;
        if (at >= r->base && at + size <= end && (high || found == 0))
            found = at;
    }
    return found;
}

static void
run_steps(struct memmap *map, const struct input *in)
{
    struct { paddr_t base; uint64_t size; } taken[MAX_TAKEN];
    const struct memmap first = *map;
    unsigned count = 0;

    for (size_t at = 0; at + STEP_SIZE <= in->size; at += STEP_SIZE) {
        const uint8_t *step = in->data + at;
        bool high = step[0] & 1;
        uint64_t alignment = PAGE << step[1] % 40;
        uint64_t size = (uint64_t)le16(step + 2) << step[0] % 32;
        paddr_t limit = (uint64_t)le16(step + 4) << 20;
        uint64_t before = usable_bytes(map);
        uint64_t pages = (size + PAGE - 1) / PAGE * PAGE;
        paddr_t want, got;

        if (count == MAX_TAKEN || (step[0] >= 0xC0 && count > 0)) {
            count--;
            memmap_release(map, taken[count].base, taken[count].size);
            check(model_broken_promise(map) == NULL);
            continue;
        }
        want = expected_place(map, pages, alignment, limit, high);
        got = (high ? memmap_take_high : memmap_take)(
            map, size, alignment, limit, BOOT_MEM_KERNEL + step[0] % 3);
        check(got == want);
        check(model_broken_promise(map) == NULL);
        check(usable_bytes(map) + (got != 0 ? pages : 0) == before);
        if (got == 0)
            continue;
        taken[count].base = got;
        taken[count++].size = size;
    }
    while (count-- > 0)
        memmap_release(map, taken[count].base, taken[count].size);
    check(map->count == first.count);
    check(memcmp(map->ranges, first.ranges,
                 first.count * sizeof *first.ranges) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    static struct memmap_raw raw[256], scratch[256];
    struct memmap map = { 0 };
    uint32_t count;
    int result;

    if (size == 0)
        return 0;
    count = read_ranges(&in, raw);
    memcpy(scratch, raw, sizeof raw);
    result = memmap_build(&map, scratch, count);
    check_map(&map, raw, count, result);
    run_steps(&map, &in);
    return 0;
}
