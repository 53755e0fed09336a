/*
 * Asking the BIOS for the memory map: E820, then E801, then 88h.
 */
#ifndef STAGE2_MEMORY_H
#define STAGE2_MEMORY_H

#include <stdint.h>

#include "stage2/memmap.h"

#define MEMORY_MAX_RAW 512

/*
 * Fill map and set *source (enum boot_map_source). Quirks that were seen go
 * into the ledger. Returns 0, or -1 when no memory above 1 MiB was reported.
 */
int memory_detect(struct memmap *map, uint32_t *source);

#endif
