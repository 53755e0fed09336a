#include "tests/host/fat32_image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/lib/bytes.h"

static size_t
image_size(const struct image *image)
{
    return (size_t)image->total_sectors * image->shape.bytes_per_sector;
}

static void
write_boot_sector(struct image *image)
{
    const struct image_shape *shape = &image->shape;
    uint8_t *boot = image->bytes;

    memcpy(boot, "\xEB\x58\x90KINDLING", 11);
    put_le16(boot + 11, (uint16_t)shape->bytes_per_sector);
    boot[13] = (uint8_t)shape->sectors_per_cluster;
    put_le16(boot + 14, (uint16_t)shape->reserved);
    boot[16] = (uint8_t)shape->fats;
    boot[21] = 0xF8;
    put_le32(boot + 32, image->total_sectors);
    put_le32(boot + 36, image->fat_sectors);
    put_le32(boot + 44, IMAGE_ROOT);
    put_le16(boot + 48, 1);
    boot[66] = 0x29;
    put_le32(boot + 67, 0x12345678);
    memcpy(boot + 71, "NO NAME    FAT32   ", 19);
    put_le16(boot + 510, 0xAA55);
}

void
image_make(struct image *image, const struct image_shape *shape)
{
    uint64_t entries = (uint64_t)shape->clusters + 2;

    memset(image, 0, sizeof *image);
    image->shape = *shape;
    image->fat_sectors = (uint32_t)((entries * 4 + shape->bytes_per_sector -
                                     1) / shape->bytes_per_sector);
    image->data_start = shape->reserved + shape->fats * image->fat_sectors;
    image->total_sectors = image->data_start +
                           shape->clusters * shape->sectors_per_cluster;
    image->bytes = mmap(NULL, image_size(image), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (image->bytes == MAP_FAILED)
        abort();
    write_boot_sector(image);
    image_set(image, 0, 0x0FFFFFF8);
    image_set(image, 1, IMAGE_END);
    image_set(image, IMAGE_ROOT, IMAGE_END);
}

void
image_drop(struct image *image)
{
    free(image->viewed);
    munmap(image->bytes, image_size(image));
}

/*
 * A view is a block of exactly one sector, freed when another sector is
 * viewed: the sanitizer sees a byte read past the end, or too late.
 */
static const uint8_t *
view(void *context, uint32_t sector)
{
    struct image *image = context;
    size_t bytes = image->shape.bytes_per_sector;

    image->views++;
    if (image->viewed == NULL || sector != image->viewed_sector) {
        free(image->viewed);
        image->viewed = malloc(bytes);
        image->viewed_sector = sector;
    }
    if (image->views >= image->fail_from && image->views <= image->fail_to)
        return NULL;
    if (sector >= image->total_sectors || image->viewed == NULL)
        abort();
    return memcpy(image->viewed, image->bytes + sector * bytes, bytes);
}

struct fat32_device
image_device(struct image *image)
{
    return (struct fat32_device){
        .view = view,
        .context = image,
        .bytes_per_sector = image->shape.bytes_per_sector,
        .sector_count = image->total_sectors,
    };
}

uint8_t *
image_cluster(struct image *image, uint32_t cluster)
{
    size_t sector = image->data_start +
                    (size_t)(cluster - 2) * image->shape.sectors_per_cluster;

    return image->bytes + sector * image->shape.bytes_per_sector;
}

void
image_set_one(struct image *image, uint32_t fat, uint32_t cluster,
              uint32_t value)
{
    size_t sector = image->shape.reserved + (size_t)fat * image->fat_sectors;

    put_le32(image->bytes + sector * image->shape.bytes_per_sector +
                 (size_t)cluster * 4,
             value);
}

void
image_set(struct image *image, uint32_t cluster, uint32_t value)
{
    for (uint32_t fat = 0; fat < image->shape.fats; fat++)
        image_set_one(image, fat, cluster, value);
}

void
image_chain(struct image *image, uint32_t first, uint32_t count,
            uint32_t stride)
{
    for (; count > 1; count--, first += stride)
        image_set(image, first, first + stride);
    image_set(image, first, IMAGE_END);
}

uint8_t *
image_short(uint8_t *entry, const char *name, uint8_t attributes,
            uint32_t cluster, uint32_t size)
{
    memset(entry, 0, 32);
    memcpy(entry, name, 11);
    entry[11] = attributes;
    put_le16(entry + 20, (uint16_t)(cluster >> 16));
    put_le16(entry + 26, (uint16_t)cluster);
    put_le32(entry + 28, size);
    return entry + 32;
}

/* As the specification's ChkSum(): rotate right, add. */
static uint8_t
checksum(const char *name)
{
    unsigned sum = 0;

    for (int i = 0; i < 11; i++)
        sum = (((sum & 1) ? 0x80 : 0) + (sum >> 1) + (uint8_t)name[i]) & 0xFF;
    return (uint8_t)sum;
}

uint8_t *
image_long(uint8_t *entry, const uint16_t *units, uint32_t count,
           const char *short_name)
{
    static const uint8_t places[13] = { 1,  3,  5,  7,  9,  14, 16,
                                        18, 20, 22, 24, 28, 30 };
    uint32_t parts = (count + 12) / 13;

    for (uint32_t part = parts; part > 0; part--, entry += 32) {
        memset(entry, 0, 32);
        entry[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
        entry[11] = 0x0F;
        entry[13] = checksum(short_name);
        for (uint32_t i = 0; i < 13; i++) {
            uint32_t at = (part - 1) * 13 + i;

            put_le16(entry + places[i], at < count    ? units[at]
                                        : at == count ? 0
                                                      : 0xFFFF);
        }
    }
    return entry;
}

uint8_t *
image_file(uint8_t *entry, const char *long_name, const char *name,
           uint8_t attributes, uint32_t cluster, uint32_t size)
{
    uint16_t units[260];
    uint32_t count = 0;

    for (; long_name[count] != '\0' && count < 260; count++)
        units[count] = (uint8_t)long_name[count];
    entry = image_long(entry, units, count, name);
    return image_short(entry, name, attributes, cluster, size);
}
