/*
 * FAT32 volumes, read side.
 *
 * Pure C over a block interface: no globals, no allocation, the same code in
 * the loader, the file-system server, the host tests and the fuzzers. Every
 * byte of the volume is hostile until checked: a damaged volume gives an
 * error, never a loop, a wild access or a division by zero.
 *
 * Source: Microsoft Extensible Firmware Initiative FAT32 File System
 * Specification, version 1.03 (2000); section numbers in comments are its.
 */
#ifndef FS_FAT32_FAT32_H
#define FS_FAT32_FAT32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fat32_error {
    FAT32_OK = 0,
    FAT32_E_IO = -1,        /* the device could not read a sector */
    FAT32_E_BPB = -2,       /* not a FAT32 volume; volume->reason says why */
    FAT32_E_CHAIN = -3,     /* volume->bad_cluster is where it broke */
    FAT32_E_NOT_FOUND = -4,
    FAT32_E_NOT_DIR = -5,   /* a component of the path is a file */
    FAT32_E_IS_DIR = -6,
    FAT32_E_NAME = -7,      /* a component is empty or too long */
};

/*
 * A device gives sectors as the volume counts them: bytes_per_sector is
 * 512, 1024, 2048 or 4096, sector 0 is the boot sector of the volume. The
 * bytes stay valid until the next call. NULL means the sector cannot be read.
 */
struct fat32_device {
    const uint8_t *(*view)(void *context, uint32_t sector);
    void *context;
    uint32_t bytes_per_sector; /* the device's own; the BPB must agree */
    uint64_t sector_count;     /* size of the partition; 0 when unknown */
};

struct fat32_volume {
    struct fat32_device device;
    uint32_t sectors_per_cluster;
    uint32_t bytes_per_cluster;
    uint32_t fat_start;     /* first sector of the active FAT */
    uint32_t fat_sectors;
    uint32_t data_start;    /* sector of cluster 2 */
    uint32_t cluster_count; /* clusters 2 to cluster_count + 1 exist */
    uint32_t root_cluster;
    uint32_t serial;
    const char *reason;     /* after FAT32_E_BPB: which field, in words */
    uint32_t bad_cluster;   /* after FAT32_E_CHAIN */
};

/* A name as the user sees it: UTF-8, at most 255 UTF-16 units of 3 bytes. */
#define FAT32_NAME_SIZE (255 * 3 + 1)

enum {
    FAT32_ATTR_READ_ONLY = 0x01,
    FAT32_ATTR_HIDDEN = 0x02,
    FAT32_ATTR_SYSTEM = 0x04,
    FAT32_ATTR_VOLUME_ID = 0x08,
    FAT32_ATTR_DIRECTORY = 0x10,
    FAT32_ATTR_ARCHIVE = 0x20,
};

struct fat32_node {
    uint32_t first_cluster; /* 0 for an empty file */
    uint32_t size;          /* bytes; 0 for a directory */
    uint8_t attributes;
};

/* A run of neighboring sectors that belong to one file. */
struct fat32_extent {
    uint32_t sector; /* of the volume */
    uint32_t count;  /* sectors; the last may hold bytes past the end */
};

/* Walks a file's chain; all fields belong to the library. */
struct fat32_cursor {
    uint32_t cluster;    /* next cluster to hand out, 0 at the end */
    uint32_t bytes_left; /* of the file, from that cluster on */
    uint32_t steps;      /* taken so far; bounded by the cluster count */
    uint32_t landmark;   /* a cluster that must not come again */
};

/*
 * Read and check the boot sector. Every BPB field is range-checked: sector
 * size, power-of-two cluster of at most 128 sectors (and 64 KiB), reserved
 * sectors, at least one FAT, root cluster, sizes that fit the partition, FAT
 * large enough for the clusters, FAT32 cluster count (at least 65,525; fewer
 * is accepted when the BPB has FAT32's own fields, as mkfs.fat -F 32 writes
 * small volumes), mirroring flags (section "BPB_ExtFlags") and version 0.0.
 */
int fat32_mount(struct fat32_volume *volume, const struct fat32_device *device);

/*
 * Find path ("/boot/kernel.elf"; "/" is the root). Long and short names
 * match without regard to ASCII case; slashes may repeat. "." and ".." are
 * not found. After an error *node holds nothing of use.
 */
int fat32_lookup(struct fat32_volume *volume, const char *path,
                 struct fat32_node *node);

/* Start reading a file from its first byte. */
int fat32_open(struct fat32_volume *volume, const struct fat32_node *node,
               struct fat32_cursor *cursor);

/*
 * The next run of contiguous clusters, as long as it goes but at most
 * max_sectors (rounded down to whole clusters, at least one cluster).
 * Returns 1 with a run, 0 at the end of the file, or an error, which leaves
 * the cursor where it was: a chain that ends before the file does, loops, or
 * leaves the volume is FAT32_E_CHAIN. A chain may be longer than its file;
 * of a file of one cluster the FAT is not even looked at.
 */
int fat32_next_extent(struct fat32_volume *volume, struct fat32_cursor *cursor,
                      uint32_t max_sectors, struct fat32_extent *extent);

/*
 * Called for each entry of a directory except "." and ".."; a non-zero result
 * ends the walk. The name is valid UTF-8 without control characters and
 * slashes, whatever the volume holds. The callback may use the volume.
 */
typedef int fat32_entry_fn(void *context, const char *name,
                           const struct fat32_node *node);

/* Walk a directory; returns what the callback returned, 0, or an error. */
int fat32_list(struct fat32_volume *volume, const struct fat32_node *directory,
               fat32_entry_fn *entry, void *context);

#endif
