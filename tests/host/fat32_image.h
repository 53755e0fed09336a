/*
 * FAT32 volumes made in memory, for tests and fuzzers. The image is sparse,
 * so the largest legal volume is no problem. Nothing here is checked: that
 * wrong volumes can be made is the point.
 */
#ifndef TESTS_HOST_FAT32_IMAGE_H
#define TESTS_HOST_FAT32_IMAGE_H

#include <stdint.h>

#include "fs/fat32/fat32.h"

#define IMAGE_ROOT 2u
#define IMAGE_END 0x0FFFFFFFu

struct image_shape {
    uint32_t bytes_per_sector;
    uint32_t sectors_per_cluster;
    uint32_t reserved;
    uint32_t fats;
    uint32_t clusters;
};

struct image {
    struct image_shape shape;
    uint32_t fat_sectors;
    uint32_t data_start;
    uint32_t total_sectors;
    uint8_t *bytes;
    uint8_t *viewed;    /* a copy that dies with the next sector's view */
    uint32_t viewed_sector;
    uint32_t views;     /* made since the image was */
    uint32_t fail_from; /* this view, counted from 1, and all later ones */
    uint32_t fail_to;   /* fail, up to this one; 0: none */
};

/* A volume with an empty root directory in cluster 2. */
void image_make(struct image *image, const struct image_shape *shape);
void image_drop(struct image *image);

struct fat32_device image_device(struct image *image);

uint8_t *image_cluster(struct image *image, uint32_t cluster);

/* Write an entry of one FAT, or of all of them. */
void image_set_one(struct image *image, uint32_t fat, uint32_t cluster,
                   uint32_t value);
void image_set(struct image *image, uint32_t cluster, uint32_t value);

/* Chain count clusters that start at first and lie stride apart. */
void image_chain(struct image *image, uint32_t first, uint32_t count,
                 uint32_t stride);

/* Write one short entry; name is eleven bytes. Returns the place after. */
uint8_t *image_short(uint8_t *entry, const char *name, uint8_t attributes,
                     uint32_t cluster, uint32_t size);

/*
 * Write the long entries for a name of UTF-16 units and the short name that
 * follows. The last part ends with 0 and FFFFh where there is room.
 */
uint8_t *image_long(uint8_t *entry, const uint16_t *units, uint32_t count,
                    const char *short_name);

/* A directory that may have both: an ASCII long name, then the short one. */
uint8_t *image_file(uint8_t *entry, const char *long_name, const char *name,
                    uint8_t attributes, uint32_t cluster, uint32_t size);

#endif
