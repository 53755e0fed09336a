/*
 * The kernel's heap: small objects of a few kinds, each kind in a cache that
 * cuts runs of frames into slots. Taking and releasing are constant time;
 * runs that are empty again go back to the frame allocator.
 *
 * A run is one account's, which pays for its frames: what an account makes
 * the heap hold is all charged to it, however few slots of a run are taken,
 * and no other account's objects can keep a run that it gave up. The price is
 * a run for each kind of object that an account has.
 *
 * A slot comes zeroed. Out of memory is an answer, never a panic. Only under
 * the kernel lock.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/account.h"

/*
 * Objects of size bytes, 1 to 16384; alignment is a power of two up to 64.
 * Runs are as large as it takes to waste at most a third: how large, is found
 * out when the first slot is taken. A cache is static, and there are at most
 * ACCOUNT_KINDS.
 */
struct cache {
    uint32_t size;   /* of an object; then of a slot, with alignment */
    uint32_t alignment;
    uint32_t order;  /* of a run of frames */
    uint32_t slots;  /* in a run; 0: nothing was taken yet */
    uint32_t kind;   /* from 1 on: which of an account's lists */
    uint64_t taken;  /* slots */
    uint64_t runs;
};

/* A cache as it begins. */
#define CACHE(bytes, align) { .size = (bytes), .alignment = (align) }

/* NULL when the account or memory is at its end. */
void *cache_take(struct cache *cache, struct account *payer);
/* By the payer of cache_take(); if it is closed, it may be gone now. */
void cache_release(struct cache *cache, struct account *payer, void *slot);

/* Bytes in all runs of all caches, used or not. */
uint64_t heap_bytes(void);

#endif
