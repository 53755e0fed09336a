/*
 * The frames of one block: 2 MiB of physical memory, aligned.
 *
 * A block is free as a whole, taken as a whole, or split. A split block is a
 * buddy system of runs of 1 to 256 frames. Its map, a word for each frame,
 * lies in one of its own frames: it needs no memory from elsewhere, and goes
 * away when the block is whole again. Every operation takes at most one step
 * for each order, whatever the size of memory.
 *
 * Only kernel/frames.c uses this. Nothing here is called from two CPUs at
 * once. Maps are reached through phys_to_virt().
 */
#ifndef KERNEL_FRAME_BLOCK_H
#define KERNEL_FRAME_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/boot.h"
#include "kernel/account.h"

#define BLOCK_ORDER  9u /* 512 frames of 4 KiB */
#define BLOCK_FRAMES (1u << BLOCK_ORDER)
#define BLOCK_SIZE   (1ULL << 21)

enum block_state {
    BLOCK_UNKNOWN, /* zeroed memory: none of its frames was given yet */
    BLOCK_SPLIT,
    BLOCK_WHOLE, /* free */
    BLOCK_TAKEN, /* one run of 2 MiB */
};

struct block {
    struct account *owner; /* of a taken block */
    paddr_t holders;       /* table of frames with more than one; or 0 */
    uint32_t number;       /* physical address / BLOCK_SIZE */
    uint32_t next, prev;   /* list of frames.c: numbers of blocks */
    uint16_t listed;       /* and which: level + 1, 0 for none */
    uint16_t given;        /* frames that are memory of ours, map included */
    uint16_t free;         /* frames that can be taken */
    uint16_t map;          /* the map's frame, while split */
    uint16_t orders;       /* bit n: there are free runs of order n */
    uint16_t heads[BLOCK_ORDER]; /* first of them */
    uint16_t shared;             /* frames that have more than one holder */
    uint8_t state;               /* enum block_state */
    uint8_t unused[5];
};

_Static_assert(sizeof(struct block) == 64, "one cache line a block");

/* An unknown block becomes a split one with its map in that frame. */
void block_open(struct block *block, uint32_t number, uint32_t map);

/* Frames of a split block that nobody has yet become free. */
void block_add(struct block *block, uint32_t first, uint32_t count);

/* All of an unknown block becomes one free run. */
void block_open_whole(struct block *block, uint32_t number);

/* A whole block loses its first frame to a map. */
void block_split(struct block *block);

/* Whether all but the map of a split block of 512 frames is free. */
bool block_can_join(const struct block *block);

/* It becomes whole. */
void block_join(struct block *block);

/* The largest order that it can give now, or -1. */
int block_level(const struct block *block);

/*
 * Take a run; block_level() has promised it. Returns its first frame, which
 * is a multiple of the run's length.
 */
uint32_t block_take(struct block *block, unsigned order,
                    struct account *owner);

/*
 * Take single frames that follow each other: *first and so on. The smallest
 * run is used up, or the first max frames of it, which is a power of two;
 * block_level() has promised one. Returns how many.
 */
uint32_t block_take_singles(struct block *block, uint32_t max,
                            struct account *owner, uint32_t *first);

/* Give a run back. Returns 0 or one of FRAME_E_* of kernel/frames.h. */
int block_release(struct block *block, uint32_t frame, unsigned order,
                  const struct account *owner);

/* Whether that frame was taken as a run of its own. */
bool block_is_one(const struct block *block, uint32_t frame);

/*
 * How many frames from this one on are one free run: 0 when it does not begin
 * one. *skip is how many can be passed over to look for the next.
 */
uint32_t block_run_at(const struct block *block, uint32_t frame,
                      uint32_t *skip);

#endif
