/*
 * The early page allocator: hands out usable pages, lowest first, and never
 * takes one back. Enough for the page tables; the frame allocator of the
 * memory manager takes over what is left.
 */
#ifndef KERNEL_FRAMES_H
#define KERNEL_FRAMES_H

#include "kernel/abi/boot.h"

struct frame_span {
    paddr_t base; /* first page not handed out yet */
    paddr_t end;
};

/* Start from the usable ranges of a checked boot record, cut at limit. */
void frames_init(const struct boot_info *info, paddr_t limit);

/* One zeroed page that lies below limit, or 0 when there is none. */
paddr_t frame_take(paddr_t limit);

/* What is still free: an array of *count spans, some of them empty. */
const struct frame_span *frames_left(uint32_t *count);

uint64_t frames_left_count(void);

#endif
