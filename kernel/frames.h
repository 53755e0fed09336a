/*
 * The frame allocator: all of the kernel's physical memory, in runs of 1, 2,
 * 4, ... 512 frames of 4 KiB. Each run has an owner who pays for it.
 *
 * Taking and releasing cost a step for each order at most, whatever the size
 * of memory and however much is taken. Memory that was never needed has no
 * tables: they are made for one block of 2 MiB (kernel/frame_block.h) when it
 * is touched first, so 64 GiB start with no more of them than 16 MiB.
 *
 * Out of memory is an answer, never a panic. Not for two CPUs at once.
 */
#ifndef KERNEL_FRAMES_H
#define KERNEL_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/boot.h"
#include "kernel/account.h"

#define FRAME_ORDER_MAX 9u /* 2 MiB: one large page */

/* Physical addresses from here on are not managed: 64 TiB. */
#define FRAMES_END (1ULL << 46)

enum {
    FRAME_ZEROED = 1, /* filled with zeros at once, which takes as long as */
                      /* the run is; otherwise with anything */
    FRAME_LOW = 2,    /* below 4 GiB, for devices with 32-bit DMA */
};

/*
 * What is wrong with a release: nothing was changed, and the caller's books
 * are broken, so the kernel's callers ASSERT that there is nothing.
 */
enum {
    FRAME_E_NOT_TAKEN = -1, /* free already, within a run, or none of ours */
    FRAME_E_FOREIGN = -2,   /* taken by another account */
    FRAME_E_ORDER = -3,     /* taken with another order */
    FRAME_E_SHARED = -4,    /* it has more holders */
    FRAME_E_MEMORY = -5,    /* only frame_share(): no memory to count in */
};

/*
 * Start with the usable ranges of a checked boot record, cut at limit. Until
 * all memory is mapped, take with FRAME_LOW only: the rest stays untouched.
 */
void frames_init(const struct boot_info *info, paddr_t limit);

/*
 * The ranges of another type, when their first purpose is fulfilled. Memory
 * below 1 MiB and what was given before is passed over. Returns the number
 * of frames that were added.
 */
uint64_t frames_give(const struct boot_info *info, uint32_t type);

/*
 * A run of 2^order frames, aligned to its size, charged to owner; 0 when the
 * account's limit or the memory's end is reached, or order is too large.
 * Memory above 4 GiB goes first, so that devices find some below.
 */
paddr_t frame_take(struct account *owner, unsigned order, unsigned flags);

/*
 * Some single frames at once, at most max, as many as one run has: how many.
 * Each is released by itself.
 */
uint32_t frame_take_singles(struct account *owner, paddr_t *frames,
                            uint32_t max);

/*
 * Give back a run as it was taken: same owner, same order. Returns 0 or one
 * of FRAME_E_*.
 */
int frame_release(struct account *owner, paddr_t run, unsigned order)
    __attribute__((warn_unused_result));

/*
 * Frames that were taken one by one can have several holders. Counts lie in a
 * table for each block that has such frames. All of this is constant time.
 *
 * frame_share(): one holder more; 0, FRAME_E_NOT_TAKEN or FRAME_E_MEMORY.
 * frame_unshare(): one less; true when it was the last one, and nothing was
 * changed: then the caller releases the frame.
 */
int frame_share(paddr_t frame) __attribute__((warn_unused_result));
bool frame_unshare(paddr_t frame) __attribute__((warn_unused_result));
bool frame_is_shared(paddr_t frame);

struct frames_count {
    uint64_t total;  /* all that was given: free + tables + taken */
    uint64_t free;
    uint64_t tables; /* what the allocator itself needs at the moment */
    uint64_t blocks; /* blocks of 2 MiB that were touched so far */
};

struct frames_count frames_count(void);

/* [base, end): free memory; pages that nobody uses. */
struct frame_span {
    paddr_t base;
    paddr_t end;
};

/*
 * List what is free, at most max spans, in no special order; returns how
 * many. Takes time for each touched block. Valid until the next call of
 * any other function here.
 */
uint32_t frames_list_free(struct frame_span *spans, uint32_t max);

#endif
