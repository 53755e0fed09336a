#include "fs/fat32/fat32.h"
#include "fs/fat32/internal.h"

#include "kernel/lib/bytes.h"

int
fat32_broken_at(struct fat32_volume *volume, uint32_t cluster)
{
    volume->bad_cluster = cluster;
    return FAT32_E_CHAIN;
}

static bool
cluster_exists(const struct fat32_volume *volume, uint32_t cluster)
{
    return cluster - FAT32_FIRST_CLUSTER < volume->cluster_count;
}

int
fat32_start(struct fat32_volume *volume, uint32_t cluster, uint32_t bytes,
            struct fat32_cursor *cursor)
{
    if (!cluster_exists(volume, cluster))
        return fat32_broken_at(volume, cluster);
    *cursor = (struct fat32_cursor){ cluster, bytes, 0, cluster };
    return FAT32_OK;
}

/*
 * A loop is found as Brent does it: remember a cluster, compare each further
 * one with it, and remember another whenever the number of steps has doubled.
 * A chain without a loop cannot have more steps than there are clusters.
 */
int
fat32_step(struct fat32_volume *volume, struct fat32_cursor *cursor)
{
    uint32_t bytes = volume->device.bytes_per_sector;
    uint32_t cluster = cursor->cluster, next;
    uint64_t at = (uint64_t)cluster * FAT32_ENTRY_BYTES;
    const uint8_t *fat;

    fat = fat32_view(volume, volume->fat_start +
                                 (uint32_t)(at >> __builtin_ctz(bytes)));
    if (fat == NULL)
        return FAT32_E_IO;
    next = le32(fat + (at & (bytes - 1))) & FAT32_ENTRY_MASK;
    if (next >= FAT32_ENTRY_END)
        return 0;
    if (!cluster_exists(volume, next) || next == cursor->landmark ||
        ++cursor->steps >= volume->cluster_count)
        return fat32_broken_at(volume, cluster);
    if ((cursor->steps & (cursor->steps - 1)) == 0)
        cursor->landmark = next;
    cursor->cluster = next;
    return 1;
}

int
fat32_open(struct fat32_volume *volume, const struct fat32_node *node,
           struct fat32_cursor *cursor)
{
    *cursor = (struct fat32_cursor){ 0 };
    if (node->attributes & FAT32_ATTR_DIRECTORY)
        return FAT32_E_IS_DIR;
    if (node->size == 0)
        return FAT32_OK;
    return fat32_start(volume, node->first_cluster, node->size, cursor);
}

/*
 * A chain that goes on past the end of its file is walked to its own end: if
 * it loops, clusters of the file may have been handed out twice. A file of
 * one cluster cannot repeat itself, and so needs no look at the FAT at all.
 */
static int
check_rest(struct fat32_volume *volume, struct fat32_cursor *cursor)
{
    int status = cursor->steps > 0;

    while (status > 0)
        status = fat32_step(volume, cursor);
    cursor->cluster = 0;
    return status;
}

int
fat32_next_extent(struct fat32_volume *volume, struct fat32_cursor *cursor,
                  uint32_t max_sectors, struct fat32_extent *extent)
{
    /* On a copy: after an error the caller's cursor is where it was. */
    struct fat32_cursor at = *cursor;
    uint32_t sectors = 0, last;
    int status;

    if (at.cluster == 0)
        return 0;
    do {
        last = at.cluster;
        sectors += volume->sectors_per_cluster;
        if (at.bytes_left <= volume->bytes_per_cluster) {
            status = check_rest(volume, &at);
            if (status < 0)
                return status;
            break;
        }
        status = fat32_step(volume, &at);
        if (status <= 0)
            return status < 0 ? status : fat32_broken_at(volume, last);
        at.bytes_left -= volume->bytes_per_cluster;
    } while (at.cluster == last + 1 &&
             max_sectors > sectors &&
             max_sectors - sectors >= volume->sectors_per_cluster);
    extent->sector = fat32_sector_of(volume, cursor->cluster);
    extent->count = sectors;
    *cursor = at;
    return 1;
}
