/* What the parts of the FAT32 library share; not for its users. */
#ifndef FS_FAT32_INTERNAL_H
#define FS_FAT32_INTERNAL_H

#include "fs/fat32/fat32.h"

/* Values of a FAT entry's low 28 bits (section "FAT Data Structure"). */
#define FAT32_ENTRY_BYTES 4u
#define FAT32_ENTRY_MASK 0x0FFFFFFFu
#define FAT32_ENTRY_BAD 0x0FFFFFF7u
#define FAT32_ENTRY_END 0x0FFFFFF8u /* and all above */
#define FAT32_FIRST_CLUSTER 2u

static inline const uint8_t *
fat32_view(const struct fat32_volume *volume, uint32_t sector)
{
    return volume->device.view(volume->device.context, sector);
}

/* First sector of a cluster that exists. */
static inline uint32_t
fat32_sector_of(const struct fat32_volume *volume, uint32_t cluster)
{
    return volume->data_start +
           (cluster - FAT32_FIRST_CLUSTER) * volume->sectors_per_cluster;
}

/* Remember where a chain broke; returns FAT32_E_CHAIN. */
int fat32_broken_at(struct fat32_volume *volume, uint32_t cluster);

/* Put a cursor on the first cluster of a chain, which must exist. */
int fat32_start(struct fat32_volume *volume, uint32_t cluster, uint32_t bytes,
                struct fat32_cursor *cursor);

/*
 * Move a cursor to the next cluster of its chain: 1 when there is one, 0 at
 * the end of the chain (the cursor stays), or an error.
 */
int fat32_step(struct fat32_volume *volume, struct fat32_cursor *cursor);

#endif
