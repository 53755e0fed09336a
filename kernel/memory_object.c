/*
 * Memory objects: where their pages are.
 *
 * The pages of an object are a tree of frames: entries are physical addresses
 * or 0, a node is a frame of 512 entries, an object of one page has no node.
 * Pages that are never touched cost nothing but the promise, which counts the
 * nodes as well: who touches them need not be who pays, nor find him alive.
 *
 * DMA memory is one run of frames; there the tree notes which pages have been
 * zeroed, for a step cannot zero them all.
 */
#include "kernel/vm.h"

#include <stddef.h>

#include "kernel/boot.h"
#include "kernel/endpoint.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/user_frames.h"

#define NODE_BITS    9u
#define NODE_ENTRIES (1u << NODE_BITS)

/* Pages of a step. To copy or to zero one takes less than 1,200 instructions,
 * to release one 300. */
#define SUPPLY_STEP 12u
#define ZERO_STEP   12u
#define FREE_STEP   32u


static struct cache memories = CACHE(sizeof(struct memory), 8);

static uint64_t
pages_in(const struct memory *memory)
{
    return memory->size / PAGE_SIZE;
}

/* A promise of frames; the others have theirs, or frames of nobody. */
static bool
is_promise(const struct memory *memory)
{
    return memory->kind == SYS_MEMORY_ANONYMOUS ||
           memory->kind == SYS_MEMORY_PAGED;
}

/* The entry of a page; NULL when nodes are missing, or cannot be made. */
static uint64_t *
entry_of(struct memory *memory, uint64_t page, bool make)
{
    uint64_t *entry = &memory->pages, *node;

    for (unsigned level = memory->levels; level > 0; level--) {
        if (*entry == 0 && make)
            *entry = user_frame_take(true);
        if (*entry == 0)
            return NULL;
        node = phys_to_virt(*entry);
        entry = &node[page >> NODE_BITS * (level - 1) & (NODE_ENTRIES - 1)];
    }
    return entry;
}

/* --- making -------------------------------------------------------------- */

static bool
is_ram(uint32_t type)
{
    return type == BOOT_MEM_USABLE || type == BOOT_MEM_LOADER ||
           type == BOOT_MEM_KERNEL || type == BOOT_MEM_MODULE;
}

static bool
overlaps(paddr_t base, uint64_t size, paddr_t other, uint64_t other_size)
{
    return other_size != 0 && base < other + other_size &&
           other < base + size;
}

/* RAM that is ours must never be reached as a device. */
static bool
may_be_device(paddr_t base, uint64_t size)
{
    if (overlaps(base, size, boot.low_base, boot.low_length))
        return false;
    for (uint32_t i = 0; i < boot.range_count; i++)
        if (is_ram(boot.ranges[i].type) &&
            overlaps(base, size, boot.ranges[i].base, boot.ranges[i].length))
            return false;
    return true;
}

static int
check_arguments(enum sys_memory kind, uint64_t size, paddr_t base)
{
    if (size == 0 || size % PAGE_SIZE != 0 || size > MEMORY_SIZE_MAX)
        return ERR_ARGUMENT;
    if (kind == SYS_MEMORY_ANONYMOUS || kind == SYS_MEMORY_PAGED)
        return 0;
    if (kind == SYS_MEMORY_DMA)
        return size <= SYS_PAGE_LARGE ? 0 : ERR_ARGUMENT;
    if (base % PAGE_SIZE != 0 || base >= arch_physical_end() ||
        size > arch_physical_end() - base)
        return ERR_ARGUMENT;
    if (kind == SYS_MEMORY_DEVICE)
        return may_be_device(base, size) ? 0 : ERR_ARGUMENT;
    return kind == SYS_MEMORY_MODULE ? 0 : ERR_ARGUMENT;
}

/* Pages, unless they are there at once, and nodes of the tree. */
static uint64_t
promised(const struct memory *memory)
{
    uint64_t count = pages_in(memory), frames = is_promise(memory) ? count : 0;

    if (!is_promise(memory) && memory->kind != SYS_MEMORY_DMA)
        return 0;
    for (unsigned level = 0; level < memory->levels; level++) {
        count = (count + NODE_ENTRIES - 1) / NODE_ENTRIES;
        frames += count;
    }
    return frames;
}

/* What it costs at once: frames, and the promise of them. */
static bool
take_backing(struct memory *memory, paddr_t base)
{
    struct account *payer = memory->object.payer;

    memory->base = base;
    if (!account_charge(payer, promised(memory)))
        return false;
    if (memory->kind != SYS_MEMORY_DMA)
        return true;
    while (PAGE_SIZE << memory->order < memory->size)
        memory->order++;
    memory->base = frame_take(payer, memory->order, FRAME_LOW);
    if (memory->base == 0) {
        user_frames_drain();
        memory->base = frame_take(payer, memory->order, FRAME_LOW);
    }
    if (memory->base == 0)
        account_release(payer, promised(memory));
    return memory->base != 0;
}

int
memory_create(struct account *payer, enum sys_memory kind, uint64_t size,
              paddr_t base, struct session *pager, struct memory **memory)
{
    int error = check_arguments(kind, size, base);
    struct memory *new;

    if (error != 0 || (pager != NULL) != (kind == SYS_MEMORY_PAGED))
        return ERR_ARGUMENT;
    new = cache_take(&memories, payer);
    if (new == NULL)
        return ERR_MEMORY;
    object_init(&new->object, SYS_OBJECT_MEMORY, payer);
    new->kind = (uint8_t)kind;
    new->size = size;
    while (1ULL << NODE_BITS * new->levels < pages_in(new))
        new->levels++;
    if (!take_backing(new, base)) {
        cache_release(&memories, payer, new);
        return ERR_MEMORY;
    }
    new->pager = pager;
    if (pager != NULL)
        object_open(&pager->object);
    *memory = new;
    return 0;
}

/* --- its pages ----------------------------------------------------------- */

/* An absent page of DMA memory becomes present: zeroed. */
static int
prepare_page(struct memory *memory, uint64_t page)
{
    uint64_t *entry = entry_of(memory, page, true);

    if (entry == NULL)
        return ERR_MEMORY;
    if (*entry == 0) {
        *entry = memory->base + page * PAGE_SIZE;
        memset(phys_to_virt(*entry), 0, PAGE_SIZE);
    }
    return 0;
}

int
memory_page(struct memory *memory, uint64_t offset, bool make, paddr_t *frame)
{
    uint64_t *entry;

    *frame = memory->base + offset;
    if (memory->kind == SYS_MEMORY_DMA)
        return prepare_page(memory, offset / PAGE_SIZE);
    if (!is_promise(memory))
        return 0;
    make = make && memory->kind == SYS_MEMORY_ANONYMOUS;
    entry = entry_of(memory, offset / PAGE_SIZE, make);
    if (entry == NULL && make)
        return ERR_MEMORY;
    if (make && *entry == 0)
        *entry = user_frame_take(true);
    *frame = entry == NULL ? 0 : *entry;
    if (*frame == 0 && make)
        return ERR_MEMORY;
    return *frame == 0 && memory->kind == SYS_MEMORY_PAGED ? ERR_AGAIN : 0;
}

int
memory_physical(struct memory *memory, uint64_t offset, paddr_t *paddr)
{
    uint64_t end = memory->cursor + ZERO_STEP;

    if (memory->kind != SYS_MEMORY_DMA && memory->kind != SYS_MEMORY_DEVICE)
        return ERR_STATE;
    if (offset >= memory->size)
        return ERR_ARGUMENT;
    *paddr = memory->base + offset;
    if (memory->kind == SYS_MEMORY_DEVICE)
        return 0;
    for (; memory->cursor < pages_in(memory); memory->cursor++) {
        if (memory->cursor == end)
            return ERR_AGAIN;
        if (prepare_page(memory, memory->cursor) != 0)
            return ERR_MEMORY;
    }
    return 0;
}

/* One page, unless it is there. */
static int
supply_page(struct memory *to, uint64_t to_page, struct memory *from,
            uint64_t from_page)
{
    uint64_t *entry = entry_of(to, to_page, true);
    const uint64_t *source = entry_of(from, from_page, false);
    paddr_t frame;

    if (entry == NULL)
        return ERR_MEMORY;
    if (*entry != 0)
        return 0;
    if (source == NULL || *source == 0) {
        frame = user_frame_take(true);
    } else {
        frame = user_frame_take(false);
        if (frame != 0)
            memcpy(phys_to_virt(frame), phys_to_virt(*source), PAGE_SIZE);
    }
    *entry = frame;
    return frame == 0 ? ERR_MEMORY : 0;
}

static bool
is_within(const struct memory *memory, uint64_t offset, uint64_t length)
{
    return offset % PAGE_SIZE == 0 && offset <= memory->size &&
           length <= memory->size - offset;
}

int
memory_supply(struct memory *to, uint64_t to_offset, uint64_t length,
              struct memory *from, uint64_t from_offset, uint64_t *done)
{
    *done = 0;
    if (to->kind != SYS_MEMORY_PAGED || from->kind != SYS_MEMORY_ANONYMOUS)
        return ERR_STATE;
    if (length % PAGE_SIZE != 0 || !is_within(to, to_offset, length) ||
        !is_within(from, from_offset, length))
        return ERR_ARGUMENT;
    while (*done < length && *done < SUPPLY_STEP * PAGE_SIZE) {
        int error = supply_page(to, (to_offset + *done) / PAGE_SIZE, from,
                                (from_offset + *done) / PAGE_SIZE);

        if (error != 0)
            return error;
        *done += PAGE_SIZE;
    }
    return 0;
}

/* --- the end ------------------------------------------------------------- */

static void
release_page(const struct memory *memory, paddr_t frame)
{
    if (memory->kind != SYS_MEMORY_DMA)
        user_frame_release(frame);
}

/*
 * Release what an entry leads to, from the page number cursor on, which says
 * how far it came. False: the budget is spent.
 */
static bool
empty(struct memory *memory, uint64_t *entry, unsigned level,
      unsigned *budget)
{
    unsigned shift = NODE_BITS * (level - 1);
    uint64_t *node;

    if (level == 0) {
        release_page(memory, *entry);
        *entry = 0;
        return true;
    }
    node = phys_to_virt(*entry);
    for (;;) {
        uint64_t slot = memory->cursor >> shift & (NODE_ENTRIES - 1);

        if (*budget == 0)
            return false;
        --*budget;
        if (node[slot] != 0 && !empty(memory, &node[slot], level - 1, budget))
            return false;
        if (slot == NODE_ENTRIES - 1)
            break;
        memory->cursor = ((memory->cursor >> shift) + 1) << shift;
    }
    user_frame_release(*entry);
    *entry = 0;
    return true;
}

static void
end(struct memory *memory)
{
    struct account *payer = memory->object.payer;

    account_release(payer, promised(memory));
    if (memory->kind == SYS_MEMORY_DMA)
        ASSERT(frame_release(payer, memory->base, memory->order) == 0);
    if (memory->pager != NULL)
        object_close(&memory->pager->object);
    cache_release(&memories, payer, memory);
}

static bool
free_step(struct work *work)
{
    struct memory *memory = CONTAINER(work, struct memory, freeing);
    unsigned budget = FREE_STEP;

    if (memory->pages != 0 &&
        !empty(memory, &memory->pages, memory->levels, &budget))
        return true;
    end(memory);
    return false;
}

void
memory_free(struct memory *memory)
{
    memory->cursor = 0;
    memory->freeing = (struct work){ .step = free_step };
    if (memory->levels == 0 || memory->pages == 0)
        free_step(&memory->freeing); /* one step will do */
    else
        sched_add_work(&memory->freeing);
}
