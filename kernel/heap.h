/*
 * The kernel's heap: small objects of a few kinds, each kind in a cache that
 * cuts runs of frames into slots. Taking and releasing are constant time;
 * runs that are empty again go back to the frame allocator.
 *
 * A slot is charged to an account by its size, and comes zeroed. Out of
 * memory is an answer, never a panic. Only under the kernel lock.
 *
 * A run goes back with its last slot, so more is held than is charged. Free
 * slots are used before a new run is made: a cache never has more runs than
 * its slots filled when the most of them were taken at one time, and all
 * caches together hold, for each cache, 8/7 of the limits of those who filled
 * it, and a run, at most.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/account.h"
#include "kernel/lib/list.h"

/*
 * Objects of size bytes, 1 to 16384; alignment is a power of two up to 64.
 * Runs are as large as it takes to waste at most an eighth: how large, is
 * found out when the first slot is taken.
 */
struct cache {
    uint32_t size;   /* of an object; then of a slot, with alignment */
    uint32_t alignment;
    uint32_t order;  /* of a run of frames */
    uint32_t slots;  /* in a run; 0: nothing was taken yet */
    struct list partial; /* runs that have free slots */
    uint64_t taken;  /* slots */
    uint64_t runs;
};

/* A cache as it begins. */
#define CACHE(bytes, align) { .size = (bytes), .alignment = (align) }

/*
 * NULL when the account or memory is at its end. payer may be NULL, at both
 * ends of a slot's life: then somebody else does the books.
 */
void *cache_take(struct cache *cache, struct account *payer);
void cache_release(struct cache *cache, struct account *payer, void *slot);

/* Bytes in all runs of all caches, used or not. */
uint64_t heap_bytes(void);

#endif
