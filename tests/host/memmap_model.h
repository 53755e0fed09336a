/*
 * What a memory map must look like, written a second time and as plainly as
 * can be, for the unit tests and the fuzzer to compare with.
 */
#ifndef TESTS_HOST_MEMMAP_MODEL_H
#define TESTS_HOST_MEMMAP_MODEL_H

#include "stage2/memmap.h"

/* NULL, or the promise of struct boot_range that the map breaks. */
const char *model_broken_promise(const struct memmap *map);

/* The type that the page of that number must have; 0: no memory known. */
uint32_t model_type(const struct memmap_raw *raw, uint32_t count,
                    uint64_t page);

/* The type that the map gives the page; 0 when it lists none. */
uint32_t model_lookup(const struct memmap *map, uint64_t page);

/* Where memmap_take (or _high) must find room: every page is tried. */
paddr_t model_fit(const struct memmap *map, uint64_t size, uint64_t alignment,
                  paddr_t limit, int high);

#endif
