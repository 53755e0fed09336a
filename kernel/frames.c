#include "kernel/frames.h"

#include <stddef.h>

#include "kernel/frame_block.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"

#define FOUR_GIB  (1ULL << 32)
#define LOW_END   (1ULL << 20)
#define SPAN_MAX  (BOOT_MAX_RANGES + 1) /* one may lie across 4 GiB */
#define LEVELS    (BLOCK_ORDER + 1)
#define NO_BLOCK  UINT32_MAX

/*
 * Descriptors of blocks hang in a tree by the block's number: the directory,
 * tables of addresses, leaves of descriptors. A leaf serves 128 MiB, a table
 * 64 GiB. All is linked by physical addresses and numbers, for
 * phys_to_virt() changes its mind once, when the kernel gets its own map.
 */
#define LEAF_BLOCKS   (PAGE_SIZE / sizeof(struct block))
#define TABLE_ENTRIES (PAGE_SIZE / sizeof(paddr_t))
#define TABLE_BLOCKS  (LEAF_BLOCKS * TABLE_ENTRIES)

static paddr_t directory[FRAMES_END / BLOCK_SIZE / TABLE_BLOCKS];

/* What was given: touched up to next, and not looked at from there on. */
struct span {
    paddr_t base, next, end;
};

/* Below 4 GiB, and the rest: blocks listed by the largest run they have. */
struct zone {
    paddr_t base, end;
    uint32_t first_span; /* all before are touched, or of the other zone */
    uint32_t levels;     /* bit n: list n is not empty */
    uint32_t heads[LEVELS];
};

static struct zone low, high;
static struct span spans[SPAN_MAX];
static uint32_t span_count;
static paddr_t managed_end;
static struct frames_count counts;

/* Who takes the tables that count holders. */
static struct account holders = { .limit = ACCOUNT_UNLIMITED };

static struct zone *
zone_of(paddr_t paddr)
{
    return paddr < FOUR_GIB ? &low : &high;
}

/* The place in the tree where the way to a block ends, or NULL. */
static paddr_t *
missing_table(uint32_t number)
{
    paddr_t *slot = &directory[number / TABLE_BLOCKS];

    if (*slot == 0)
        return slot;
    slot = phys_to_virt(*slot);
    slot += number / LEAF_BLOCKS % TABLE_ENTRIES;
    return *slot == 0 ? slot : NULL;
}

/* The way must be there. */
static struct block *
block_at(uint32_t number)
{
    const paddr_t *table = phys_to_virt(directory[number / TABLE_BLOCKS]);
    struct block *leaf =
        phys_to_virt(table[number / LEAF_BLOCKS % TABLE_ENTRIES]);

    return &leaf[number % LEAF_BLOCKS];
}

static void
unlist(struct zone *zone, struct block *block)
{
    unsigned level = block->listed - 1u;

    if (block->next != NO_BLOCK)
        block_at(block->next)->prev = block->prev;
    if (block->prev != NO_BLOCK)
        block_at(block->prev)->next = block->next;
    else
        zone->heads[level] = block->next;
    if (zone->heads[level] == NO_BLOCK)
        zone->levels &= ~(1u << level);
    block->listed = 0;
}

/* After every change of a block: to the list that it belongs in now. */
static void
relist(struct zone *zone, struct block *block)
{
    int level = block_level(block);

    if (block->listed == level + 1)
        return;
    if (block->listed != 0)
        unlist(zone, block);
    if (level < 0)
        return;
    block->prev = NO_BLOCK;
    block->next = zone->heads[level];
    if (block->next != NO_BLOCK)
        block_at(block->next)->prev = block->number;
    zone->heads[level] = block->number;
    zone->levels |= 1u << level;
    block->listed = (uint16_t)(level + 1);
}

/* A block that got frames back, or its first ones: whole again, perhaps. */
static void
settle(struct zone *zone, struct block *block)
{
    if (block_can_join(block)) {
        block_join(block);
        counts.free++;
        counts.tables--;
    }
    relist(zone, block);
}

/* The next untouched frame becomes a table for good. */
static paddr_t
carve_table(struct span *span)
{
    paddr_t page = span->next;

    memset(phys_to_virt(page), 0, PAGE_SIZE);
    span->next += PAGE_SIZE;
    counts.free--;
    counts.tables++;
    return page;
}

/* Touch the rest of a span's next block, or make a table for it. */
static void
touch(struct span *span)
{
    uint32_t number = (uint32_t)(span->next / BLOCK_SIZE);
    paddr_t end = (number + 1) * BLOCK_SIZE;
    uint32_t first = span->next % BLOCK_SIZE / PAGE_SIZE, count;
    paddr_t *slot = missing_table(number);
    struct block *block;

    if (slot != NULL) {
        *slot = carve_table(span);
        return;
    }
    if (end > span->end)
        end = span->end;
    count = (uint32_t)((end - span->next) / PAGE_SIZE);
    block = block_at(number);
    counts.blocks += block->state == BLOCK_UNKNOWN;
    span->next = end;
    if (count == BLOCK_FRAMES) {
        block_open_whole(block, number);
    } else if (block->state == BLOCK_UNKNOWN) {
        block_open(block, number, first);
        block_add(block, first + 1, count - 1);
        counts.free--;
        counts.tables++;
    } else {
        block_add(block, first, count);
    }
    settle(zone_of(end - 1), block);
}

/* A span of the zone that has untouched memory, or NULL. */
static struct span *
untouched_span(struct zone *zone)
{
    for (; zone->first_span < span_count; zone->first_span++) {
        struct span *span = &spans[zone->first_span];

        if (span->next < span->end && span->base >= zone->base &&
            span->base < zone->end)
            return span;
    }
    return NULL;
}

static bool
was_given(paddr_t base, paddr_t end)
{
    for (uint32_t i = 0; i < span_count; i++)
        if (base < spans[i].end && spans[i].base < end)
            return true;
    return false;
}

/* One zone's part of [base, end), as far as it may be managed. */
static uint64_t
add_span(const struct zone *zone, paddr_t base, paddr_t end)
{
    if (base < zone->base)
        base = zone->base;
    if (end > zone->end)
        end = zone->end;
    if (end > managed_end)
        end = managed_end;
    if (base >= end || span_count == SPAN_MAX || was_given(base, end))
        return 0;
    spans[span_count++] = (struct span){ base, base, end };
    counts.total += (end - base) / PAGE_SIZE;
    counts.free += (end - base) / PAGE_SIZE;
    return (end - base) / PAGE_SIZE;
}

uint64_t
frames_give(const struct boot_info *info, uint32_t type)
{
    uint64_t added = 0;

    for (uint32_t i = 0; i < info->range_count; i++) {
        const struct boot_range *range = &info->ranges[i];
        paddr_t end = range->base + range->length;

        if (range->type != type)
            continue;
        added += add_span(&low, range->base, end);
        added += add_span(&high, range->base, end);
    }
    return added;
}

static void
zone_init(struct zone *zone, paddr_t base, paddr_t end)
{
    *zone = (struct zone){ .base = base, .end = end };
    for (unsigned i = 0; i < LEVELS; i++)
        zone->heads[i] = NO_BLOCK;
}

void
frames_init(const struct boot_info *info, paddr_t limit)
{
    memset(directory, 0, sizeof directory);
    holders.used = 0;
    counts = (struct frames_count){ 0 };
    span_count = 0;
    managed_end = limit < FRAMES_END ? limit & ~(PAGE_SIZE - 1ULL)
                                     : FRAMES_END;
    zone_init(&low, LOW_END, FOUR_GIB);
    zone_init(&high, FOUR_GIB, FRAMES_END);
    frames_give(info, BOOT_MEM_USABLE);
}

/* The block with the smallest run that is large enough, or NULL. */
static struct block *
find_block(struct zone *zone, unsigned order)
{
    while (zone->levels >> order == 0) {
        struct span *span = untouched_span(zone);

        if (span == NULL)
            return NULL;
        touch(span);
    }
    order += (unsigned)__builtin_ctz(zone->levels >> order);
    return block_at(zone->heads[order]);
}

/* A run is taken from it. */
static void
split(struct block *block)
{
    block_split(block);
    counts.free--;
    counts.tables++;
}

static paddr_t
take_from(struct zone *zone, struct account *owner, unsigned order)
{
    struct block *block = find_block(zone, order);
    uint32_t frame;

    if (block == NULL)
        return 0;
    if (block->state == BLOCK_WHOLE && order < BLOCK_ORDER)
        split(block);
    frame = block_take(block, order, owner);
    counts.free -= 1ULL << order;
    relist(zone, block);
    return block->number * BLOCK_SIZE + (uint64_t)frame * PAGE_SIZE;
}

paddr_t
frame_take(struct account *owner, unsigned order, unsigned flags)
{
    paddr_t run = 0;

    if (order > FRAME_ORDER_MAX || owner->used > owner->limit ||
        1ULL << order > owner->limit - owner->used)
        return 0;
    if ((flags & FRAME_LOW) == 0)
        run = take_from(&high, owner, order);
    if (run == 0)
        run = take_from(&low, owner, order);
    if (run == 0)
        return 0;
    owner->used += 1ULL << order;
    if ((flags & FRAME_ZEROED) != 0)
        memset(phys_to_virt(run), 0, (size_t)PAGE_SIZE << order);
    return run;
}

/* Small runs first: the large ones stay whole. */
uint32_t
frame_take_singles(struct account *owner, paddr_t *frames, uint32_t max)
{
    struct zone *zone = &high;
    struct block *block = find_block(zone, 0);
    uint64_t room = owner->used < owner->limit ? owner->limit - owner->used
                                               : 0;
    uint32_t count, first;

    if (block == NULL) {
        zone = &low;
        block = find_block(zone, 0);
    }
    if (block == NULL || room == 0)
        return 0;
    if (block->state == BLOCK_WHOLE)
        split(block);
    count = block_take_singles(block, room < max ? (uint32_t)room : max,
                               owner, &first);
    for (uint32_t i = 0; i < count; i++)
        frames[i] = block->number * BLOCK_SIZE +
                    (uint64_t)(first + i) * PAGE_SIZE;
    counts.free -= count;
    owner->used += count;
    relist(zone, block);
    return count;
}

/* The block in which a frame lies, or NULL when we have none there. */
static struct block *
block_of(paddr_t frame)
{
    if (frame >= FRAMES_END || frame % PAGE_SIZE != 0 ||
        missing_table((uint32_t)(frame / BLOCK_SIZE)) != NULL)
        return NULL;
    return block_at((uint32_t)(frame / BLOCK_SIZE));
}

/* How many holders a frame has beside the first; the block has a table. */
static uint64_t *
holders_of(const struct block *block, paddr_t frame)
{
    uint64_t *table;

    table = phys_to_virt(block->holders);
    return &table[frame % BLOCK_SIZE / PAGE_SIZE];
}

int
frame_release(struct account *owner, paddr_t run, unsigned order)
{
    struct block *block = block_of(run);
    int error;

    if (block == NULL)
        return FRAME_E_NOT_TAKEN;
    if (block->holders != 0 && *holders_of(block, run) != 0)
        return FRAME_E_SHARED;
    error = block_release(block, run % BLOCK_SIZE / PAGE_SIZE, order, owner);
    if (error != 0)
        return error;
    counts.free += 1ULL << order;
    settle(zone_of(run), block);
    account_release(owner, 1ULL << order);
    return 0;
}

int
frame_share(paddr_t frame)
{
    struct block *block = block_of(frame);
    uint64_t *more;

    if (block == NULL || !block_is_one(block, frame % BLOCK_SIZE / PAGE_SIZE))
        return FRAME_E_NOT_TAKEN;
    if (block->holders == 0) {
        block->holders = frame_take(&holders, 0, FRAME_ZEROED);
        if (block->holders == 0)
            return FRAME_E_MEMORY;
        counts.tables++;
    }
    more = holders_of(block, frame);
    block->shared = (uint16_t)(block->shared + (*more == 0));
    ++*more;
    return 0;
}

bool
frame_unshare(paddr_t frame)
{
    struct block *block = block_of(frame);
    uint64_t *more;
    paddr_t table;

    if (block == NULL || block->holders == 0)
        return true;
    more = holders_of(block, frame);
    if (*more == 0)
        return true;
    if (--*more > 0 || --block->shared > 0)
        return false;
    table = block->holders;
    block->holders = 0;
    counts.tables -= frame_release(&holders, table, 0) == 0;
    return false;
}

bool
frame_is_shared(paddr_t frame)
{
    const struct block *block = block_of(frame);

    return block != NULL && block->holders != 0 &&
           *holders_of(block, frame) != 0;
}

struct frames_count
frames_count(void)
{
    return counts;
}

struct listing {
    struct frame_span *spans;
    uint32_t count, max;
};

static void
list_span(struct listing *listing, paddr_t base, paddr_t end)
{
    struct frame_span *next = &listing->spans[listing->count];

    if (base == end)
        return;
    if (listing->count > 0 && next[-1].end == base) {
        next[-1].end = end;
    } else if (listing->count < listing->max) {
        *next = (struct frame_span){ base, end };
        listing->count++;
    }
}

/*
 * A run that begins in a span may end in the next one of the same block; a
 * whole block may have been given in pieces, each of which tells its own.
 */
static void
list_touched(struct listing *listing, const struct span *span)
{
    paddr_t page = span->base;

    while (page < span->next) {
        uint32_t number = (uint32_t)(page / BLOCK_SIZE), skip, run;
        const struct block *block;
        paddr_t end;

        if (missing_table(number) != NULL)
            return; /* all of the span became tables */
        block = block_at(number);
        run = block_run_at(block, page % BLOCK_SIZE / PAGE_SIZE, &skip);
        end = page + (uint64_t)run * PAGE_SIZE;
        if (block->state == BLOCK_WHOLE && end > span->next)
            end = span->next;
        list_span(listing, page, end);
        page += (uint64_t)skip * PAGE_SIZE;
    }
}

uint32_t
frames_list_free(struct frame_span *list, uint32_t max)
{
    struct listing listing = { list, 0, max };

    for (uint32_t i = 0; i < span_count; i++) {
        list_touched(&listing, &spans[i]);
        list_span(&listing, spans[i].next, spans[i].end);
    }
    return listing.count;
}
