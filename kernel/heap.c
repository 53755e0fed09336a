#include "kernel/heap.h"

#include <stdbool.h>

#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"

#define RUN_SLOTS 256u
#define RUN_WORDS (RUN_SLOTS / 64)
#define SLOT_MIN  16u
#define SLOT_MAX  16384u
#define POISON    0xDB

/*
 * A run begins with this header and is aligned to its size, so that a slot's
 * address leads to it. The map of free slots lies here and not in the slots:
 * a second release is seen for certain, and no stray write can mislead it.
 */
struct run {
    struct list link; /* in the payer's list, or alone when full */
    struct cache *cache;
    struct account *payer; /* of all its slots, and of the run itself */
    uint64_t free[RUN_WORDS]; /* bit n: slot n */
};

_Static_assert(sizeof(struct run) == 64, "slots begin at a cache line");

static uint64_t bytes; /* in all runs */
static uint32_t kinds;

static uint64_t
run_bytes(const struct cache *cache)
{
    return (uint64_t)PAGE_SIZE << cache->order;
}

/* Before the first slot is taken. */
static void
plan(struct cache *cache)
{
    uint32_t alignment = cache->alignment, size;
    uint64_t slots;

    ASSERT(cache->size > 0 && alignment > 0 &&
           alignment <= sizeof(struct run));
    if (cache->kind == 0)
        cache->kind = ++kinds;
    ASSERT(cache->kind <= ACCOUNT_KINDS);
    size = (cache->size + alignment - 1) & ~(alignment - 1);
    if (size < SLOT_MIN)
        size = SLOT_MIN;
    ASSERT(size <= SLOT_MAX);
    cache->size = size;
    for (;; cache->order++) {
        slots = (run_bytes(cache) - sizeof(struct run)) / size;
        if (slots * size * 3 >= run_bytes(cache) * 2)
            break;
    }
    cache->slots = (uint32_t)slots;
    ASSERT(slots <= RUN_SLOTS && cache->order <= FRAME_ORDER_MAX);
}

static void
fill_map(struct run *run, uint32_t slots)
{
    for (uint32_t i = 0; i < RUN_WORDS; i++, slots -= slots < 64 ? slots : 64)
        run->free[i] = slots >= 64 ? UINT64_MAX : (1ULL << slots) - 1;
}

/* The runs of that account which have free slots; all zeros is empty, too. */
static struct list *
partial(const struct cache *cache, struct account *payer)
{
    struct list *runs = &payer->runs[cache->kind - 1];

    if (runs->next == NULL)
        list_init(runs);
    return runs;
}

static bool
add_run(struct cache *cache, struct account *payer)
{
    paddr_t paddr = frame_take(payer, cache->order, 0);
    struct run *run;

    if (paddr == 0)
        return false;
    run = phys_to_virt(paddr);
    run->cache = cache;
    run->payer = payer;
    fill_map(run, cache->slots);
#ifdef DEBUG
    memset(run + 1, POISON, run_bytes(cache) - sizeof(struct run));
#endif
    list_prepend(partial(cache, payer), &run->link);
    cache->runs++;
    bytes += run_bytes(cache);
    return true;
}

static bool
is_full(const struct run *run)
{
    return (run->free[0] | run->free[1] | run->free[2] | run->free[3]) == 0;
}

/* All slots are free. */
static bool
is_empty(const struct run *run)
{
    struct run empty;

    fill_map(&empty, run->cache->slots);
    return memcmp(run->free, empty.free, sizeof empty.free) == 0;
}

/* With its last run a closed account goes, too. */
static void
drop_run(struct cache *cache, struct run *run)
{
    list_remove(&run->link);
    run->cache = NULL;
    cache->runs--;
    bytes -= run_bytes(cache);
    ASSERT(frame_release(run->payer, virt_to_phys(run), cache->order) == 0);
}

#ifdef DEBUG
/* Nobody wrote to it while it was free. */
static void
check_poison(const uint8_t *slot, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        ASSERT(slot[i] == POISON);
}
#endif

static void *
take_slot(struct cache *cache, struct run *run)
{
    uint32_t word = 0, index;
    char *slot;

    while (run->free[word] == 0)
        word++;
    index = word * 64 + (uint32_t)__builtin_ctzll(run->free[word]);
    run->free[word] &= run->free[word] - 1;
    if (is_full(run))
        list_remove(&run->link);
    cache->taken++;
    slot = (char *)(run + 1) + (size_t)index * cache->size;
#ifdef DEBUG
    check_poison((const uint8_t *)slot, cache->size);
#endif
    return memset(slot, 0, cache->size);
}

void *
cache_take(struct cache *cache, struct account *payer)
{
    struct list *runs;

    if (cache->slots == 0)
        plan(cache);
    runs = partial(cache, payer);
    if (list_is_empty(runs) && !add_run(cache, payer))
        return NULL;
    return take_slot(cache, CONTAINER(runs->next, struct run, link));
}

void
cache_release(struct cache *cache, struct account *payer, void *slot)
{
    struct run *run =
        (void *)((uintptr_t)slot & ~(uintptr_t)(run_bytes(cache) - 1));
    uint32_t offset = (uint32_t)((char *)slot - (char *)(run + 1));
    uint32_t index = offset / cache->size;
    uint64_t bit = 1ULL << index % 64;

    ASSERT(run->cache == cache && run->payer == payer &&
           index < cache->slots && index * cache->size == offset);
    ASSERT((run->free[index / 64] & bit) == 0);
#ifdef DEBUG
    memset(slot, POISON, cache->size);
#endif
    if (is_full(run))
        list_prepend(partial(cache, payer), &run->link);
    run->free[index / 64] |= bit;
    cache->taken--;
    if (is_empty(run))
        drop_run(cache, run);
}

uint64_t
heap_bytes(void)
{
    return bytes;
}
