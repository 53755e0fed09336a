/*
 * Is usable memory memory? Every address line is tried, and a bounded sample
 * of pages, or every byte with check=memory. Works through phys_to_virt() on
 * pages that nobody uses yet.
 */
#ifndef KERNEL_START_MEMORY_CHECK_H
#define KERNEL_START_MEMORY_CHECK_H

#include <stddef.h>

#include "kernel/frames.h"

#define MEMORY_SAMPLE_MAX 256

/*
 * Choose at most MEMORY_SAMPLE_MAX different pages: first and last page of
 * each span as far as they fit, the partners of the first and the largest
 * span's first page that differ in one address line, and a grid over all.
 * Returns their number.
 */
size_t memory_sample(const struct frame_span *spans, uint32_t span_count,
                     paddr_t *pages);

/*
 * Write a different pattern into every page, then look whether all are
 * there: a page that shares its memory with another, or has none, does not
 * hold its pattern. What was there is put back. Returns 0 or the bad page.
 */
paddr_t memory_check_pages(const paddr_t *pages, size_t count);

/*
 * The same with every byte of all spans, each bit once 0 and once 1; memory
 * is zero afterwards. Returns 0 or the address of a bad word.
 */
paddr_t memory_check_all(const struct frame_span *spans, uint32_t span_count);

#endif
