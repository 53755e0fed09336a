/*
 * fs/fat32 on a volume with any bytes changed.
 *
 * Input: a byte that chooses the base volume, then patches: two bytes of
 * offset, a byte of length, that many bytes. An offset counts through the
 * parts of the volume that matter, one after the other (see place()), so that
 * a small input reaches all of them. Then everything that can be done with a
 * volume is done, and the promises of fat32.h are checked.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fat32/fat32.h"
#include "kernel/lib/bytes.h"
#include "tests/host/fat32_image.h"

#define MAX_PATCHES 64
#define MAX_DEPTH 3
#define MAX_FILES 40
#define DIRECTORIES 4 /* clusters of the base volume that hold entries */

static const struct image_shape shapes[] = {
    { 512, 1, 2, 2, 120 },
    { 512, 4, 9, 1, 60 },
    { 4096, 1, 1, 2, 50 },
    { 1024, 64, 2, 1, 20 },
};

#define SHAPES (sizeof shapes / sizeof *shapes)

struct undo {
    uint8_t *at;
    uint8_t length;
    uint8_t old[255];
};

static struct image images[SHAPES];
static bool made[SHAPES];

static void
require(bool promise)
{
    if (!promise)
        abort();
}

/* A file with the longest name, where a cluster has room for it. */
static void
add_longest_name(uint8_t *entry)
{
    uint16_t units[255];

    for (unsigned i = 0; i < 255; i++)
        units[i] = 0x4E00;
    entry = image_long(entry, units, 255, "LONGEST    ");
    image_short(entry, "LONGEST    ", 0, 6, 1);
}

/* Root with long and short names, a directory of two clusters, files. */
static void
make_base(struct image *image, const struct image_shape *shape)
{
    static const uint16_t smile[] = { 0xD83D, 0xDE00, 'x', 0x4E00 };
    uint32_t bytes = shape->bytes_per_sector * shape->sectors_per_cluster;
    uint8_t *entry;

    image_make(image, shape);
    entry = image_cluster(image, IMAGE_ROOT);
    entry = image_short(entry, "VOLUME     ", FAT32_ATTR_VOLUME_ID, 0, 0);
    entry = image_file(entry, "a name in three parts, or more", "ANAMEI~1   ",
                       FAT32_ATTR_ARCHIVE, 10, 5 * bytes - 1);
    entry = image_short(entry, "BOOT       ", FAT32_ATTR_DIRECTORY, 3, 0);
    entry = image_long(entry, smile, 4, "SMILE~1    ");
    entry = image_short(entry, "SMILE~1    ", 0, 6, 1);
    image_chain(image, 3, 2, 1);
    entry = image_cluster(image, 3);
    entry = image_short(entry, ".          ", FAT32_ATTR_DIRECTORY, 3, 0);
    entry = image_short(entry, "..         ", FAT32_ATTR_DIRECTORY, 0, 0);
    while (entry < image_cluster(image, 4))
        entry = image_short(entry, "\xE5" "          ", 0, 0, 0);
    entry = image_short(entry, "KERNEL  ELF", 0, 8, 3 * bytes);
    image_short(entry, "SUB        ", FAT32_ATTR_DIRECTORY, 5, 0);
    if (bytes > 512)
        add_longest_name(image_cluster(image, 5));
    image_set(image, 5, IMAGE_END);
    image_set(image, 6, IMAGE_END);
    image_chain(image, 8, 3, 4);
    image_chain(image, 10, 5, 1);
}

/*
 * Boot sector, both FATs as far as the clusters go, then the first sectors of
 * the clusters with directories. NULL past the end.
 */
static uint8_t *
place(struct image *image, uint32_t offset, uint32_t *room)
{
    uint32_t bytes = image->shape.bytes_per_sector;
    uint32_t fat = (image->shape.clusters + 2) * 4;

    for (uint32_t part = 0; part < 1 + image->shape.fats + DIRECTORIES;
         part++) {
        uint32_t directory = part - 1 - image->shape.fats;
        uint32_t size = part == 0                    ? 512
                        : part <= image->shape.fats ? fat
                                                    : 512;
        size_t sector = part == 0 ? 0
                                  : image->shape.reserved +
                                        (part - 1) * image->fat_sectors;

        if (offset >= size) {
            offset -= size;
            continue;
        }
        *room = size - offset;
        return offset + (part <= image->shape.fats
                             ? image->bytes + sector * bytes
                             : image_cluster(image, 2 + directory));
    }
    return NULL;
}

static unsigned
apply(struct image *image, const uint8_t *data, size_t size,
      struct undo *undone)
{
    unsigned count = 0;

    while (size > 3 && count < MAX_PATCHES) {
        uint32_t length = data[2], room = 0;
        uint8_t *at = place(image, le16(data), &room);

        data += 3;
        size -= 3;
        if (length > size)
            length = (uint32_t)size;
        if (at != NULL && length > 0) {
            uint32_t fits = length < room ? length : room;

            undone[count].at = at;
            undone[count].length = (uint8_t)fits;
            memcpy(undone[count].old, at, fits);
            memcpy(at, data, fits);
            count++;
        }
        data += length;
        size -= length;
    }
    return count;
}

/* ---- What is promised ---- */

struct visit {
    struct fat32_volume *volume;
    unsigned depth;
    unsigned *files;
};

static void
check_name(const char *name)
{
    size_t length = 0;

    require(name[0] != '\0');
    while (name[length] != '\0') {
        uint8_t c = (uint8_t)name[length];
        unsigned more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;

        require(c >= 0x20 && c != '/' && c != 0x7F && c < 0xF5);
        require(c < 0x80 || c >= 0xC2);
        for (length++; more > 0; more--, length++)
            require(((uint8_t)name[length] & 0xC0) == 0x80);
    }
    require(length < FAT32_NAME_SIZE);
}

static void
read_file(struct fat32_volume *volume, const struct fat32_node *node)
{
    struct fat32_cursor cursor;
    struct fat32_extent extent;
    uint64_t bytes = 0;
    uint32_t end = volume->data_start +
                   volume->cluster_count * volume->sectors_per_cluster;
    int status = fat32_open(volume, node, &cursor);

    require(status == 0 || status == FAT32_E_CHAIN);
    if (status != 0)
        return;
    while ((status = fat32_next_extent(volume, &cursor, 127, &extent)) > 0) {
        require(extent.sector >= volume->data_start);
        require(extent.count > 0 && extent.sector < end);
        require(extent.count <= end - extent.sector);
        bytes += (uint64_t)extent.count * volume->device.bytes_per_sector;
        require(bytes - volume->bytes_per_cluster < node->size ||
                extent.count > volume->sectors_per_cluster);
    }
    require(status == 0 || status == FAT32_E_CHAIN ||
            status == FAT32_E_IO);
    if (status == 0)
        require(bytes >= node->size);
}

static int
visit_entry(void *context, const char *name, const struct fat32_node *node)
{
    struct visit *visit = context;
    struct visit below = { visit->volume, visit->depth + 1, visit->files };

    check_name(name);
    if (++*visit->files > MAX_FILES)
        return 1;
    if (!(node->attributes & FAT32_ATTR_DIRECTORY))
        read_file(visit->volume, node);
    else if (below.depth < MAX_DEPTH)
        fat32_list(visit->volume, node, visit_entry, &below);
    return 0;
}

static void
use_volume(struct image *image)
{
    static const char *const paths[] = {
        "/", "/boot/kernel.elf", "/BOOT/sub/x", "/smile~1",
        "/\xF0\x9F\x98\x80x\xE4\xB8\x80", "/a name in three parts, or more",
    };
    struct fat32_device device = image_device(image);
    struct fat32_volume volume;
    unsigned files = 0;
    struct visit visit = { &volume, 0, &files };
    int status = fat32_mount(&volume, &device);

    require((status == FAT32_E_BPB) == (volume.reason != NULL));
    if (status != 0)
        return;
    require(volume.sectors_per_cluster - 1 < 128);
    require((uint64_t)volume.data_start + (uint64_t)volume.cluster_count *
            volume.sectors_per_cluster <= image->total_sectors);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct fat32_node node;

        if (fat32_lookup(&volume, paths[i], &node) != 0)
            continue;
        if (node.attributes & FAT32_ATTR_DIRECTORY)
            fat32_list(&volume, &node, visit_entry, &visit);
        else
            read_file(&volume, &node);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct undo undone[MAX_PATCHES];
    struct image *image;
    unsigned shape, count;

    if (size < 1)
        return 0;
    shape = data[0] % SHAPES;
    image = &images[shape];
    if (!made[shape])
        make_base(image, &shapes[shape]);
    made[shape] = true;
    count = apply(image, data + 1, size - 1, undone);
    use_volume(image);
    while (count-- > 0)
        memcpy(undone[count].at, undone[count].old, undone[count].length);
    return 0;
}
