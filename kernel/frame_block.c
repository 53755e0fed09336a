#include "kernel/frame_block.h"

#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"

/*
 * A word of the map, for the frame that begins a run:
 *     bits 0-1 state, bits 2-7 order,
 *     free:  bits 16-31 previous run of the order, bits 32-47 the next one
 *     taken: bits 8-63  the owner's address, whose upper bits are copies
 * Every other word is zero. So a word tells whether its frame begins a run,
 * and nothing has to be written for the frames within.
 */
enum { NOTHING, FREE, TAKEN, MAP };

#define NO_FRAME 0xFFFFu

_Static_assert(BLOCK_FRAMES * sizeof(uint64_t) == PAGE_SIZE,
               "the map fills a frame");

static uint64_t *
map_of(const struct block *block)
{
    return phys_to_virt(block->number * BLOCK_SIZE +
                        (uint64_t)block->map * PAGE_SIZE);
}

static unsigned
state_of(uint64_t word)
{
    return word & 3;
}

static unsigned
order_of(uint64_t word)
{
    return word >> 2 & 63;
}

static uint32_t
previous_of(uint64_t word)
{
    return word >> 16 & 0xFFFF;
}

static uint32_t
next_of(uint64_t word)
{
    return word >> 32 & 0xFFFF;
}

static uint64_t
free_word(unsigned order, uint32_t previous, uint32_t next)
{
    return FREE | order << 2 | (uint64_t)previous << 16 |
           (uint64_t)next << 32;
}

static uint64_t
taken_word(unsigned order, const struct account *owner)
{
    return TAKEN | order << 2 | (uint64_t)(uintptr_t)owner << 8;
}

static void
push(struct block *block, uint64_t *map, uint32_t frame, unsigned order)
{
    uint32_t head = NO_FRAME;

    if ((block->orders >> order & 1) != 0) {
        head = block->heads[order];
        map[head] = free_word(order, frame, next_of(map[head]));
    }
    map[frame] = free_word(order, NO_FRAME, head);
    block->heads[order] = (uint16_t)frame;
    block->orders |= (uint16_t)(1u << order);
}

static void
pull(struct block *block, uint64_t *map, uint32_t frame)
{
    unsigned order = order_of(map[frame]);
    uint32_t previous = previous_of(map[frame]), next = next_of(map[frame]);

    if (next != NO_FRAME)
        map[next] = free_word(order, previous, next_of(map[next]));
    if (previous != NO_FRAME)
        map[previous] = free_word(order, previous_of(map[previous]), next);
    else if (next != NO_FRAME)
        block->heads[order] = (uint16_t)next;
    else
        block->orders &= (uint16_t)~(1u << order);
    map[frame] = NOTHING;
}

/*
 * A run becomes free, and one with its buddy as often as that is free too.
 * That ends below BLOCK_ORDER: the map's frame is never free.
 */
static void
put_run(struct block *block, uint64_t *map, uint32_t frame, unsigned order)
{
    for (;;) {
        uint32_t buddy = frame ^ 1u << order;

        if (state_of(map[buddy]) != FREE || order_of(map[buddy]) != order)
            break;
        pull(block, map, buddy);
        frame &= ~(1u << order);
        order++;
    }
    push(block, map, frame, order);
}

void
block_open(struct block *block, uint32_t number, uint32_t map)
{
    *block = (struct block){ .number = number, .given = 1,
                             .map = (uint16_t)map, .state = BLOCK_SPLIT };
    memset(map_of(block), 0, PAGE_SIZE);
    map_of(block)[map] = MAP;
}

void
block_add(struct block *block, uint32_t first, uint32_t count)
{
    uint64_t *map = map_of(block);

    block->given = (uint16_t)(block->given + count);
    block->free = (uint16_t)(block->free + count);
    while (count > 0) {
        unsigned order = 31u - (unsigned)__builtin_clz(count);

        if (first != 0 && order > (unsigned)__builtin_ctz(first))
            order = (unsigned)__builtin_ctz(first);
        put_run(block, map, first, order);
        first += 1u << order;
        count -= 1u << order;
    }
}

void
block_open_whole(struct block *block, uint32_t number)
{
    *block = (struct block){ .number = number, .given = BLOCK_FRAMES,
                             .free = BLOCK_FRAMES, .state = BLOCK_WHOLE };
}

void
block_split(struct block *block)
{
    uint32_t next = block->next, prev = block->prev;
    uint16_t listed = block->listed;

    block_open(block, block->number, 0);
    block_add(block, 1, BLOCK_FRAMES - 1);
    block->next = next;
    block->prev = prev;
    block->listed = listed;
}

bool
block_can_join(const struct block *block)
{
    return block->state == BLOCK_SPLIT && block->given == BLOCK_FRAMES &&
           block->free == BLOCK_FRAMES - 1;
}

void
block_join(struct block *block)
{
    block->orders = 0;
    block->free = BLOCK_FRAMES;
    block->state = BLOCK_WHOLE;
}

int
block_level(const struct block *block)
{
    if (block->state == BLOCK_WHOLE)
        return BLOCK_ORDER;
    if (block->state != BLOCK_SPLIT || block->orders == 0)
        return -1;
    return 31 - __builtin_clz(block->orders);
}

uint32_t
block_take(struct block *block, unsigned order, struct account *owner)
{
    uint64_t *map;
    unsigned found;
    uint32_t frame;

    block->free = (uint16_t)(block->free - (1u << order));
    if (order == BLOCK_ORDER) {
        block->state = BLOCK_TAKEN;
        block->owner = owner;
        return 0;
    }
    map = map_of(block);
    found = order + (unsigned)__builtin_ctz(block->orders >> order);
    frame = block->heads[found];
    pull(block, map, frame);
    while (found > order) {
        found--;
        push(block, map, frame + (1u << found), found);
    }
    map[frame] = taken_word(order, owner);
    return frame;
}

uint32_t
block_take_singles(struct block *block, uint32_t max, struct account *owner,
                   uint32_t *first)
{
    unsigned smallest = (unsigned)__builtin_ctz(block->orders);
    unsigned order = 31u - (unsigned)__builtin_clz(max);
    uint64_t *map = map_of(block), word = taken_word(0, owner);
    uint32_t count;

    if (order > smallest)
        order = smallest;
    count = 1u << order;
    *first = block_take(block, order, owner);
    for (uint32_t i = 0; i < count; i++)
        map[*first + i] = word;
    return count;
}

static int
release_whole(struct block *block, uint32_t frame, unsigned order,
              const struct account *owner)
{
    if (frame != 0)
        return FRAME_E_NOT_TAKEN;
    if (block->owner != owner)
        return FRAME_E_FOREIGN;
    if (order != BLOCK_ORDER)
        return FRAME_E_ORDER;
    block_open_whole(block, block->number);
    return 0;
}

int
block_release(struct block *block, uint32_t frame, unsigned order,
              const struct account *owner)
{
    uint64_t *map;

    if (block->state == BLOCK_TAKEN)
        return release_whole(block, frame, order, owner);
    if (block->state != BLOCK_SPLIT)
        return FRAME_E_NOT_TAKEN;
    map = map_of(block);
    if (state_of(map[frame]) != TAKEN)
        return FRAME_E_NOT_TAKEN;
    if (map[frame] >> 8 != taken_word(0, owner) >> 8)
        return FRAME_E_FOREIGN;
    if (order_of(map[frame]) != order)
        return FRAME_E_ORDER;
    map[frame] = NOTHING;
    block->free = (uint16_t)(block->free + (1u << order));
    put_run(block, map, frame, order);
    return 0;
}

bool
block_is_one(const struct block *block, uint32_t frame)
{
    uint64_t word;

    if (block->state != BLOCK_SPLIT)
        return false;
    word = map_of(block)[frame];
    return state_of(word) == TAKEN && order_of(word) == 0;
}

uint32_t
block_run_at(const struct block *block, uint32_t frame, uint32_t *skip)
{
    uint64_t word;

    *skip = BLOCK_FRAMES - frame;
    if (block->state != BLOCK_SPLIT)
        return block->state == BLOCK_WHOLE ? *skip : 0;
    word = map_of(block)[frame];
    *skip = state_of(word) == FREE || state_of(word) == TAKEN
                ? 1u << order_of(word)
                : 1;
    return state_of(word) == FREE ? *skip : 0;
}
