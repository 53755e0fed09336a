/*
 * The FAT32 library on volumes made in memory: whatever mkfs.fat would never
 * write. Volumes made by real tools are in test_fat32_tools.c.
 */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fat32/fat32.h"
#include "kernel/lib/bytes.h"
#include "tests/host/fat32_image.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct image_shape plain = { 512, 1, 32, 2, 200 };

struct fixture {
    struct image image;
    struct fat32_volume volume;
    uint8_t *root; /* where the next root entry goes */
};

static void
make(struct fixture *f, const struct image_shape *shape)
{
    image_make(&f->image, shape);
    f->root = image_cluster(&f->image, IMAGE_ROOT);
}

static int
mount(struct fixture *f)
{
    struct fat32_device device = image_device(&f->image);

    return fat32_mount(&f->volume, &device);
}

static void
make_and_mount(struct fixture *f, const struct image_shape *shape)
{
    make(f, shape);
    assert_int_equal(mount(f), FAT32_OK);
}

static void
drop(struct fixture *f)
{
    image_drop(&f->image);
}

static void
add(struct fixture *f, const char *name, uint32_t cluster, uint32_t size)
{
    f->root = image_short(f->root, name, FAT32_ATTR_ARCHIVE, cluster, size);
}

static int
look(struct fixture *f, const char *path, struct fat32_node *node)
{
    return fat32_lookup(&f->volume, path, node);
}

/* Walk a whole file; returns 0 or the error, and counts what came out. */
static int
walk_file(struct fixture *f, const char *path, uint32_t max_sectors,
          uint32_t *extents, uint64_t *sectors)
{
    struct fat32_node node;
    struct fat32_cursor cursor;
    struct fat32_extent extent;
    int status = look(f, path, &node);

    *extents = 0;
    *sectors = 0;
    if (status == 0)
        status = fat32_open(&f->volume, &node, &cursor);
    if (status != 0)
        return status;
    while ((status = fat32_next_extent(&f->volume, &cursor, max_sectors,
                                       &extent)) > 0) {
        assert_true(extent.count > 0);
        assert_in_range(extent.sector, f->image.data_start,
                        f->image.total_sectors - extent.count);
        ++*extents;
        *sectors += extent.count;
    }
    return status;
}

static int
walk_status(struct fixture *f, const char *path)
{
    uint32_t extents;
    uint64_t sectors;

    return walk_file(f, path, 127, &extents, &sectors);
}

/* ---- Mount ---- */

static void
mounts_what_is_right(void **state)
{
    static const struct image_shape shapes[] = {
        { 512, 1, 32, 2, 65525 }, { 512, 8, 64, 2, 66000 },
        { 4096, 1, 1, 1, 100 },   { 1024, 64, 65535, 2, 1 },
        { 2048, 32, 2, 1, 4000 }, { 512, 128, 9, 2, 127 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct fixture f;

        make_and_mount(&f, &shapes[i]);
        assert_null(f.volume.reason);
        assert_int_equal(f.volume.cluster_count, shapes[i].clusters);
        assert_int_equal(f.volume.fat_start, shapes[i].reserved);
        assert_int_equal(f.volume.data_start, f.image.data_start);
        assert_int_equal(f.volume.bytes_per_cluster,
                         shapes[i].bytes_per_sector *
                             shapes[i].sectors_per_cluster);
        assert_int_equal(f.volume.root_cluster, IMAGE_ROOT);
        assert_int_equal(f.volume.serial, 0x12345678);
        assert_int_equal(look(&f, "/none", &(struct fat32_node){ 0 }),
                         FAT32_E_NOT_FOUND);
        drop(&f);
    }
}

/* Each field, damaged alone, names itself. */
static void
names_each_bad_boot_sector_field(void **state)
{
    static const struct {
        uint16_t offset;
        uint8_t size;
        uint32_t value;
        const char *reason;
    } damage[] = {
        { 510, 2, 0x55AA, "signature 55AAh is missing" },
        { 510, 2, 0, "signature 55AAh is missing" },
        { 11, 2, 0, "bytes per sector" },
        { 11, 2, 1024, "bytes per sector" },
        { 11, 2, 513, "bytes per sector" },
        { 13, 1, 0, "sectors per cluster" },
        { 13, 1, 3, "sectors per cluster" },
        { 13, 1, 255, "sectors per cluster" },
        { 14, 2, 0, "reserved sectors" },
        { 16, 1, 0, "number of FATs" },
        { 17, 2, 512, "it is FAT12 or FAT16" },
        { 22, 2, 9, "it is FAT12 or FAT16" },
        { 42, 2, 1, "version" },
        { 42, 2, 0x100, "version" },
        { 32, 4, 0, "total sectors" },
        { 32, 4, 0xFFFFFFFF, "total sectors" },
        { 19, 2, 7, "total sectors" },
        { 36, 4, 0, "sectors per FAT" },
        { 36, 4, 0x7FFFFFFF, "sectors per FAT" },
        { 36, 4, 0x80000000, "sectors per FAT" },
        { 36, 4, 0xFFFFFFFF, "sectors per FAT" },
        { 14, 2, 0xFFFF, "sectors per FAT" },
        { 32, 4, 36, "sectors per FAT" },
        { 40, 2, 0x82, "active FAT" },
        { 40, 2, 0x8F, "active FAT" },
        { 13, 1, 128, "number of clusters" },
        { 36, 4, 1, "the FAT is too small" },
        { 44, 4, 0, "root cluster" },
        { 44, 4, 1, "root cluster" },
        { 44, 4, 202, "root cluster" },
        { 44, 4, 0xFFFFFFFF, "root cluster" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damage); i++) {
        struct fixture f;

        make(&f, &(struct image_shape){ 512, 2, 32, 2, 200 });
        if (damage[i].value == 128) /* too large a cluster for what is left */
            put_le32(f.image.bytes + 32, 32 + 2 * 2 + 127);
        if (damage[i].size == 1)
            f.image.bytes[damage[i].offset] = (uint8_t)damage[i].value;
        else if (damage[i].size == 2)
            put_le16(f.image.bytes + damage[i].offset,
                     (uint16_t)damage[i].value);
        else
            put_le32(f.image.bytes + damage[i].offset, damage[i].value);
        assert_int_equal(mount(&f), FAT32_E_BPB);
        assert_string_equal(f.volume.reason, damage[i].reason);
        drop(&f);
    }
}

static void
refuses_clusters_above_64_kib(void **state)
{
    struct fixture f;

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 4096, 16, 8, 1, 60 });
    f.image.bytes[13] = 32;
    assert_int_equal(mount(&f), FAT32_E_BPB);
    assert_string_equal(f.volume.reason, "sectors per cluster");
    drop(&f);
}

/* The device's own sector size is checked before a sector is looked at. */
static void
refuses_odd_devices(void **state)
{
    static const uint32_t sizes[] = { 0, 1, 256, 511, 768, 1536, 8192,
                                      0x80000000, 0xFFFFFFFF };

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct fixture f;
        struct fat32_device device;

        make(&f, &plain);
        device = image_device(&f.image);
        device.bytes_per_sector = sizes[i];
        put_le16(f.image.bytes + 11, (uint16_t)sizes[i]);
        assert_int_equal(fat32_mount(&f.volume, &device), FAT32_E_BPB);
        assert_string_equal(f.volume.reason, "bytes per sector");
        assert_int_equal(f.image.views, 0);
        drop(&f);
    }
}

static void
compares_the_size_with_the_partition(void **state)
{
    struct fixture f;
    struct fat32_device device;

    (void)state;
    make(&f, &plain);
    device = image_device(&f.image);
    device.sector_count--;
    assert_int_equal(fat32_mount(&f.volume, &device), FAT32_E_BPB);
    assert_string_equal(f.volume.reason, "total sectors");
    device.sector_count += 1000;
    assert_int_equal(fat32_mount(&f.volume, &device), FAT32_OK);
    device.sector_count = 0;
    assert_int_equal(fat32_mount(&f.volume, &device), FAT32_OK);
    /* Small volumes may have the 16-bit count, or both. */
    put_le16(f.image.bytes + 19, (uint16_t)f.image.total_sectors);
    assert_int_equal(fat32_mount(&f.volume, &device), FAT32_OK);
    put_le32(f.image.bytes + 32, 0);
    assert_int_equal(fat32_mount(&f.volume, &device), FAT32_OK);
    assert_int_equal(f.volume.cluster_count, plain.clusters);
    drop(&f);
}

/* The largest volume FAT32 can have, and one cluster more. */
static void
knows_the_largest_volume(void **state)
{
    struct fixture f;
    struct fat32_node node;
    struct fat32_cursor cursor;
    struct fat32_extent extent;
    uint32_t last = 0x0FFFFFF6;

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 512, 1, 32, 1, 0x0FFFFFF5 });
    image_set(&f.image, last - 1, last);
    image_set(&f.image, last, IMAGE_END);
    add(&f, "LAST    BIN", last - 1, 1000);
    assert_int_equal(look(&f, "/last.bin", &node), FAT32_OK);
    assert_int_equal(fat32_open(&f.volume, &node, &cursor), FAT32_OK);
    assert_int_equal(fat32_next_extent(&f.volume, &cursor, 127, &extent), 1);
    assert_int_equal(extent.sector, f.image.total_sectors - 2);
    assert_int_equal(extent.count, 2);
    drop(&f);
    make(&f, &(struct image_shape){ 512, 1, 32, 1, 0x0FFFFFF6 });
    assert_int_equal(mount(&f), FAT32_E_BPB);
    assert_string_equal(f.volume.reason, "number of clusters");
    drop(&f);
}

/* ---- Which FAT is read ---- */

static void
reads_the_active_fat(void **state)
{
    static const struct {
        uint16_t flags;
        uint32_t good;
    } cases[] = {
        { 0x00, 0 }, { 0x01, 0 }, { 0x0F, 0 }, { 0x80, 0 }, { 0x81, 1 },
        { 0xFF71, 0 }, { 0xFFF1, 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;

        make(&f, &plain);
        put_le16(f.image.bytes + 40, cases[i].flags);
        assert_int_equal(mount(&f), FAT32_OK);
        add(&f, "FILE       ", 10, 1000);
        image_chain(&f.image, 10, 2, 5);
        image_set_one(&f.image, !cases[i].good, 10, 0);
        assert_int_equal(walk_status(&f, "/file"), FAT32_OK);
        image_set_one(&f.image, cases[i].good, 10, 0);
        image_set_one(&f.image, !cases[i].good, 10, 15);
        assert_int_equal(walk_status(&f, "/file"), FAT32_E_CHAIN);
        drop(&f);
    }
}

static void
reads_a_single_fat(void **state)
{
    struct fixture f;

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 512, 4, 3, 1, 50 });
    add(&f, "FILE       ", 10, 5000);
    image_chain(&f.image, 10, 3, 2);
    assert_int_equal(walk_status(&f, "/file"), FAT32_OK);
    put_le16(f.image.bytes + 40, 0x81);
    assert_int_equal(mount(&f), FAT32_E_BPB);
    assert_string_equal(f.volume.reason, "active FAT");
    drop(&f);
}

/* ---- Extents ---- */

/* Read a file cluster by cluster the slow way and compare. */
static void
check_extents(const struct image_shape *shape, uint32_t stride,
              uint32_t clusters, uint32_t size)
{
    struct fixture f;
    struct fat32_node node;
    struct fat32_cursor cursor;
    struct fat32_extent extent;
    uint32_t done = 0, spc = shape->sectors_per_cluster;
    int status;

    make_and_mount(&f, shape);
    image_chain(&f.image, 5, clusters, stride);
    add(&f, "DATA    BIN", 5, size);
    assert_int_equal(look(&f, "/data.bin", &node), FAT32_OK);
    assert_int_equal(node.size, size);
    assert_int_equal(fat32_open(&f.volume, &node, &cursor), FAT32_OK);
    while ((status = fat32_next_extent(&f.volume, &cursor, 127, &extent)) >
           0) {
        assert_int_equal(extent.sector,
                         f.image.data_start + (3 + done * stride) * spc);
        assert_int_equal(extent.count % spc, 0);
        assert_true(extent.count <= 127 || extent.count == spc);
        if (stride != 1)
            assert_int_equal(extent.count, spc);
        done += extent.count / spc;
    }
    assert_int_equal(status, 0);
    assert_int_equal(done, (size + f.volume.bytes_per_cluster - 1) /
                               f.volume.bytes_per_cluster);
    drop(&f);
}

static void
reads_every_cluster_size(void **state)
{
    (void)state;
    for (uint32_t bytes = 512; bytes <= 4096; bytes *= 2)
        for (uint32_t spc = 1; spc * bytes <= 65536 && spc <= 128; spc *= 2)
            for (uint32_t stride = 1; stride <= 3; stride++) {
                struct image_shape shape = { bytes, spc, 4, 2, 100 };
                uint32_t cluster = spc * bytes;

                check_extents(&shape, stride, 1, 1);
                check_extents(&shape, stride, 1, cluster);
                check_extents(&shape, stride, 2, cluster + 1);
                check_extents(&shape, stride, 9, 9 * cluster - 1);
                check_extents(&shape, stride, 9, 9 * cluster);
            }
}

static void
reads_600_fragments(void **state)
{
    struct fixture f;
    uint32_t extents;
    uint64_t sectors;

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 512, 2, 32, 2, 3000 });
    image_chain(&f.image, 4, 600, 3);
    add(&f, "FRAG       ", 4, 600 * 1024);
    assert_int_equal(walk_file(&f, "/frag", 127, &extents, &sectors), 0);
    assert_int_equal(extents, 600);
    assert_int_equal(sectors, 1200);
    drop(&f);
}

/* Backward neighbors are not joined. */
static void
keeps_descending_clusters_apart(void **state)
{
    struct fixture f;
    uint32_t extents;
    uint64_t sectors;

    (void)state;
    make_and_mount(&f, &plain);
    image_chain(&f.image, 50, 5, (uint32_t)-1);
    add(&f, "DOWN       ", 50, 5 * 512);
    assert_int_equal(walk_file(&f, "/down", 127, &extents, &sectors), 0);
    assert_int_equal(extents, 5);
    drop(&f);
}

static void
bounds_an_extent_by_max_sectors(void **state)
{
    static const struct {
        uint32_t max;
        uint32_t first;
    } cases[] = {
        { 0, 4 },  { 1, 4 },  { 3, 4 },   { 4, 4 },           { 5, 4 },
        { 7, 4 },  { 8, 8 },  { 11, 8 },  { 12, 12 },         { 79, 76 },
        { 80, 80 }, { 81, 80 }, { 127, 80 }, { 0xFFFFFFFF, 80 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct fat32_cursor cursor;
        struct fat32_extent extent;
        struct fat32_node node;

        make_and_mount(&f, &(struct image_shape){ 512, 4, 32, 2, 100 });
        image_chain(&f.image, 10, 20, 1);
        add(&f, "FILE       ", 10, 20 * 2048 - 5);
        assert_int_equal(look(&f, "/FILE", &node), 0);
        assert_int_equal(fat32_open(&f.volume, &node, &cursor), 0);
        assert_int_equal(fat32_next_extent(&f.volume, &cursor, cases[i].max,
                                           &extent),
                         1);
        assert_int_equal(extent.count, cases[i].first);
        drop(&f);
    }
}

static void
reads_empty_files(void **state)
{
    struct fixture f;
    uint32_t extents;
    uint64_t sectors;

    (void)state;
    make_and_mount(&f, &plain);
    add(&f, "EMPTY      ", 0, 0);
    add(&f, "EMPTY2     ", 77, 0);
    add(&f, "EMPTY3     ", 0x0FFFFFF7, 0);
    assert_int_equal(walk_file(&f, "/empty", 127, &extents, &sectors), 0);
    assert_int_equal(extents, 0);
    assert_int_equal(walk_file(&f, "/empty2", 127, &extents, &sectors), 0);
    assert_int_equal(walk_file(&f, "/empty3", 127, &extents, &sectors), 0);
    assert_int_equal(extents, 0);
    drop(&f);
}

/* 8 MiB in 4 KiB clusters: a FAT lookup for each cluster, and no more. */
static void
looks_at_the_fat_once_per_cluster(void **state)
{
    struct fixture f;
    struct fat32_node node;
    struct fat32_cursor cursor;
    struct fat32_extent extent;

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 512, 8, 64, 2, 3000 });
    image_chain(&f.image, 3, 2048, 1);
    add(&f, "KERNEL  ELF", 3, 8 << 20);
    add(&f, "CONFIG     ", 2900, 4096);
    assert_int_equal(look(&f, "/kernel.elf", &node), 0);
    f.image.views = 0;
    assert_int_equal(fat32_open(&f.volume, &node, &cursor), 0);
    while (fat32_next_extent(&f.volume, &cursor, 127, &extent) > 0)
        continue;
    assert_int_equal(f.image.views, 2048);
    /* A file of one cluster needs none. */
    assert_int_equal(look(&f, "/config", &node), 0);
    f.image.views = 0;
    assert_int_equal(fat32_open(&f.volume, &node, &cursor), 0);
    assert_int_equal(fat32_next_extent(&f.volume, &cursor, 127, &extent), 1);
    assert_int_equal(fat32_next_extent(&f.volume, &cursor, 127, &extent), 0);
    assert_int_equal(f.image.views, 0);
    drop(&f);
}

/* ---- Chains ---- */

/* A chain 10, 12, 14 ... of ten clusters, one entry of which is damaged. */
static void
finds_damaged_chains(void **state)
{
    static const struct {
        uint32_t at; /* index in the chain */
        uint32_t value;
    } damage[] = {
        { 3, 0 },           /* a free cluster */
        { 3, 1 },           /* reserved */
        { 3, 202 },         /* one past the last cluster */
        { 3, 0x00FFFFFF },  /* far outside */
        { 3, 0x0FFFFFF0 },  /* reserved, outside */
        { 3, 0x0FFFFFF7 },  /* marked bad */
        { 3, 0x0FFFFFF8 },  /* too short */
        { 3, 0x0FFFFFFF },  /* too short */
        { 3, 0xFFFFFFFF },  /* too short, upper bits set */
        { 8, 0x0FFFFFFF },  /* too short by one */
        { 0, 10 },          /* loops: to itself */
        { 0, 0x0FFFFFFF },
        { 3, 16 },
        { 3, 14 },
        { 3, 10 },
        { 8, 10 },          /* the last step leads back to the first */
        { 8, 26 },          /* the last step goes nowhere */
        { 8, 24 },
        { 7, 12 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damage); i++) {
        struct fixture f;

        make_and_mount(&f, &plain);
        image_chain(&f.image, 10, 10, 2);
        add(&f, "FILE       ", 10, 10 * 512);
        assert_int_equal(walk_status(&f, "/file"), FAT32_OK);
        image_set(&f.image, 10 + 2 * damage[i].at, damage[i].value);
        assert_int_equal(walk_status(&f, "/file"), FAT32_E_CHAIN);
        assert_true(f.volume.bad_cluster >= 10 &&
                    f.volume.bad_cluster <= 28);
        if (damage[i].value < 10 || damage[i].value > 28)
            assert_int_equal(f.volume.bad_cluster, 10 + 2 * damage[i].at);
        drop(&f);
    }
}

/*
 * Every length of tail and loop, with a file that ends right there or is as
 * large as FAT32 allows. The work is bounded by the loop, not by the volume.
 */
static void
finds_every_loop(void **state)
{
    (void)state;
    for (uint32_t length = 1; length <= 40; length++)
        for (uint32_t back = 0; back < length; back++) {
            struct fixture f;
            uint32_t size = length + 1;

            make_and_mount(&f, &(struct image_shape){ 512, 1, 8, 1, 70000 });
            image_chain(&f.image, 4, length, 1);
            image_set(&f.image, 4 + length - 1, 4 + back);
            add(&f, "FILE       ", 4, size * 512);
            assert_int_equal(walk_status(&f, "/file"), FAT32_E_CHAIN);
            put_le32(f.root - 4, 0xFFFFFFFF);
            f.image.views = 0;
            assert_int_equal(walk_status(&f, "/file"), FAT32_E_CHAIN);
            assert_in_range(f.image.views, length, 4 * length + 4);
            drop(&f);
        }
}

static void
refuses_bad_first_clusters(void **state)
{
    static const uint32_t firsts[] = { 0, 1, 202, 0x0FFFFFF7, 0x0FFFFFFF,
                                       0x1000000A, 0xFFFFFFFF };

    (void)state;
    for (size_t i = 0; i < COUNT(firsts); i++) {
        struct fixture f;
        struct fat32_node node;

        make_and_mount(&f, &plain);
        add(&f, "FILE       ", firsts[i], 5);
        f.root = image_short(f.root, "DIR        ", FAT32_ATTR_DIRECTORY,
                             firsts[i], 0);
        assert_int_equal(walk_status(&f, "/file"), FAT32_E_CHAIN);
        assert_int_equal(f.volume.bad_cluster, firsts[i]);
        assert_int_equal(look(&f, "/dir/file", &node), FAT32_E_CHAIN);
        drop(&f);
    }
}

static void
tolerates_a_chain_longer_than_its_file(void **state)
{
    struct fixture f;
    uint32_t extents;
    uint64_t sectors;

    (void)state;
    make_and_mount(&f, &plain);
    image_chain(&f.image, 10, 100, 1);
    add(&f, "FILE       ", 10, 3 * 512);
    add(&f, "ONE        ", 10, 512);
    assert_int_equal(walk_file(&f, "/file", 127, &extents, &sectors), 0);
    assert_int_equal(extents, 1);
    assert_int_equal(sectors, 3);
    assert_int_equal(walk_file(&f, "/one", 127, &extents, &sectors), 0);
    assert_int_equal(sectors, 1);
    drop(&f);
}

static void
ignores_the_top_bits_of_an_entry(void **state)
{
    struct fixture f;

    (void)state;
    make_and_mount(&f, &plain);
    image_set(&f.image, 10, 0xF000000B);
    image_set(&f.image, 11, 0xA000000C);
    image_set(&f.image, 12, 0x7FFFFFF8);
    add(&f, "FILE       ", 10, 3 * 512);
    assert_int_equal(walk_status(&f, "/file"), FAT32_OK);
    drop(&f);
}

/* ---- Names ---- */

struct listing {
    unsigned count;
    char names[8][FAT32_NAME_SIZE];
    struct fat32_node nodes[8];
};

static int
remember(void *context, const char *name, const struct fat32_node *node)
{
    struct listing *listing = context;

    assert_true(listing->count < COUNT(listing->names));
    assert_true(strlen(name) < FAT32_NAME_SIZE);
    strcpy(listing->names[listing->count], name);
    listing->nodes[listing->count++] = *node;
    return 0;
}

static void
list_root(struct fixture *f, struct listing *listing)
{
    struct fat32_node root;

    memset(listing, 0, sizeof *listing);
    assert_int_equal(look(f, "/", &root), FAT32_OK);
    assert_int_equal(fat32_list(&f->volume, &root, remember, listing), 0);
}

static void
expect_listed(struct fixture *f, const char *name)
{
    struct listing listing;

    list_root(f, &listing);
    assert_int_equal(listing.count, 1);
    assert_string_equal(listing.names[0], name);
}

static void
shows_short_names(void **state)
{
    static const struct {
        const char *raw;
        uint8_t flags;
        const char *shown;
    } cases[] = {
        { "KERNEL  ELF", 0x00, "KERNEL.ELF" },
        { "KERNEL  ELF", 0x08, "kernel.ELF" },
        { "KERNEL  ELF", 0x10, "KERNEL.elf" },
        { "KERNEL  ELF", 0x18, "kernel.elf" },
        { "KERNEL  ELF", 0xE7, "KERNEL.ELF" },
        { "A          ", 0x00, "A" },
        { "AZ@[     AZ", 0x18, "az@[. az" },
        { "ABCDEFGHIJK", 0x00, "ABCDEFGH.IJK" },
        { "ABCDEFGH   ", 0x18, "abcdefgh" },
        { "A       B  ", 0x00, "A.B" },
        { "A B     C D", 0x00, "A B.C D" },
        { "1{~-}_@^   ", 0x18, "1{~-}_@^" },
        { "\x05X      Y  ", 0x00, "\xEF\xBF\xBDX.Y" },
        { "CAF\x82    \xFF  ", 0x18, "caf\xEF\xBF\xBD.\xEF\xBF\xBD" },
        { "A/B     \x1B\x7F ", 0x00,
          "A\xEF\xBF\xBD" "B.\xEF\xBF\xBD\xEF\xBF\xBD" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct fat32_node node;

        make_and_mount(&f, &plain);
        add(&f, cases[i].raw, 5, 5);
        f.root[-32 + 12] = cases[i].flags;
        expect_listed(&f, cases[i].shown);
        assert_int_equal(look(&f, cases[i].shown, &node), FAT32_OK);
        assert_int_equal(node.first_cluster, 5);
        drop(&f);
    }
}

static void
hides_what_is_no_file(void **state)
{
    struct fixture f;
    struct fat32_node node;

    (void)state;
    make_and_mount(&f, &plain);
    f.root = image_short(f.root, "KINDLING   ", FAT32_ATTR_VOLUME_ID, 0, 0);
    f.root = image_short(f.root, ".          ", FAT32_ATTR_DIRECTORY, 2, 0);
    f.root = image_short(f.root, "..         ", FAT32_ATTR_DIRECTORY, 0, 0);
    f.root = image_short(f.root, "\xE5" "ELETED    ", 0, 9, 9);
    f.root = image_short(f.root, "           ", 0, 9, 9);
    add(&f, "SHOWN      ", 7, 7);
    f.root += 32;
    add(&f, "AFTER   END", 8, 8);
    expect_listed(&f, "SHOWN");
    assert_int_equal(look(&f, "/kindling", &node), FAT32_E_NOT_FOUND);
    assert_int_equal(look(&f, "/.", &node), FAT32_E_NOT_FOUND);
    assert_int_equal(look(&f, "/..", &node), FAT32_E_NOT_FOUND);
    assert_int_equal(look(&f, "/after.end", &node), FAT32_E_NOT_FOUND);
    assert_int_equal(look(&f, "/\xE5" "eleted", &node), FAT32_E_NOT_FOUND);
    drop(&f);
}

static void
reads_the_entry_s_fields(void **state)
{
    struct fixture f;
    struct listing listing;

    (void)state;
    make_and_mount(&f, &plain);
    f.root = image_short(f.root, "FILE       ", 0x27, 0x0ABCDEF1, 0xFEDCBA98);
    f.root = image_short(f.root, "DIR        ", 0x10, 0x00012345, 0xFEDCBA98);
    list_root(&f, &listing);
    assert_int_equal(listing.count, 2);
    assert_int_equal(listing.nodes[0].first_cluster, 0x0ABCDEF1);
    assert_int_equal(listing.nodes[0].size, 0xFEDCBA98);
    assert_int_equal(listing.nodes[0].attributes, 0x27);
    assert_int_equal(listing.nodes[1].first_cluster, 0x12345);
    assert_int_equal(listing.nodes[1].size, 0);
    drop(&f);
}

/* Each length, and so each number of parts and each end within a part. */
static void
reads_long_names_of_every_length(void **state)
{
    (void)state;
    for (unsigned length = 1; length <= 260; length++) {
        struct fixture f;
        struct fat32_node node;
        char name[261];

        make_and_mount(&f, &(struct image_shape){ 512, 2, 32, 2, 20 });
        for (unsigned i = 0; i < length; i++)
            name[i] = (char)('a' + i % 26);
        name[length] = '\0';
        f.root = image_file(f.root, name, "ABCDEF~1   ", 0, 9, length);
        if (length > 255) { /* no name at all: the short one stands */
            expect_listed(&f, "ABCDEF~1");
            assert_int_equal(look(&f, name, &node), FAT32_E_NAME);
        } else {
            expect_listed(&f, name);
            assert_int_equal(look(&f, name, &node), FAT32_OK);
        }
        assert_int_equal(look(&f, "/abcdef~1", &node), FAT32_OK);
        assert_int_equal(node.size, length);
        drop(&f);
    }
}

static void
turns_utf16_into_utf8(void **state)
{
    static const struct {
        uint16_t units[8];
        const char *shown;
    } cases[] = {
        { { 'a', 0xE9 }, "a\xC3\xA9" },
        { { 0x7E, 0xA0, 0x7FF }, "~\xC2\xA0\xDF\xBF" },
        { { 0x800, 0xFFFD }, "\xE0\xA0\x80\xEF\xBF\xBD" },
        { { 0xD7FF, 0xE000, 0xFFFF, 'x' },
          "\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBFx" },
        { { 0xD83D, 0xDE00 }, "\xF0\x9F\x98\x80" },
        { { 0xD800, 0xDC00, 0xDBFF, 0xDFFF },
          "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF" },
        /* Halves of a pair alone, in the wrong order, at the end. */
        { { 0xD83D, 'x' }, "\xEF\xBF\xBDx" },
        { { 0xDE00, 0xD83D }, "\xEF\xBF\xBD\xEF\xBF\xBD" },
        { { 0xD83D, 0xD83D, 0xDE00 }, "\xEF\xBF\xBD\xF0\x9F\x98\x80" },
        /* Nothing for a terminal or a path to stumble over. */
        { { 'a', '/', 'b' }, "a\xEF\xBF\xBD" "b" },
        { { 0x1B, '[', 'm', 0x7F }, "\xEF\xBF\xBD[m\xEF\xBF\xBD" },
        { { 0x80, 0x9B, 0x9F, 1 },
          "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct fat32_node node;
        uint32_t count = 0;

        make_and_mount(&f, &plain);
        while (cases[i].units[count] != 0)
            count++;
        f.root = image_long(f.root, cases[i].units, count, "ABCDEF~1   ");
        add(&f, "ABCDEF~1   ", 9, 9);
        expect_listed(&f, cases[i].shown);
        assert_int_equal(look(&f, cases[i].shown, &node), FAT32_OK);
        drop(&f);
    }
}

/* The longest names in bytes, and one that would not fit. */
static void
fits_the_longest_names(void **state)
{
    static const struct {
        uint32_t count;
        uint16_t last[2];
        bool fits;
    } cases[] = {
        { 255, { 0x4E00, 0x4E00 }, true },
        { 255, { 0xD83D, 0xDE00 }, true },
        { 256, { 0xD83D, 0xDE00 }, false },
        { 256, { 0x4E00, 0x4E00 }, false },
        { 260, { 0xD83D, 0xDE00 }, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct listing listing;
        uint16_t units[260];

        make_and_mount(&f, &(struct image_shape){ 512, 2, 32, 2, 20 });
        for (uint32_t at = 0; at < cases[i].count; at++)
            units[at] = 0x4E00;
        memcpy(units + cases[i].count - 2, cases[i].last, 4);
        f.root = image_long(f.root, units, cases[i].count, "ABCDEF~1   ");
        add(&f, "ABCDEF~1   ", 9, 9);
        list_root(&f, &listing);
        assert_int_equal(listing.count, 1);
        if (cases[i].fits)
            assert_in_range(strlen(listing.names[0]), 763, 765);
        else
            assert_string_equal(listing.names[0], "ABCDEF~1");
        drop(&f);
    }
}

/* Two long entries and a short one, damaged in all ways that orphan them. */
static void
ignores_orphaned_long_entries(void **state)
{
    enum { PARTS = 2 };
    static const struct {
        uint8_t entry, offset, value;
    } damage[] = {
        { 0, 0, 0xE5 },     /* first part deleted */
        { 1, 0, 0xE5 },
        { 0, 0, 0x02 },     /* no mark of a beginning */
        { 0, 0, 0x43 },     /* a part is missing */
        { 0, 0, 0x41 },     /* part 1 twice */
        { 0, 0, 0x40 },     /* part 0 */
        { 0, 0, 0x55 },     /* 21 parts */
        { 0, 0, 0x7F },
        { 1, 0, 0x02 },     /* out of order */
        { 1, 0, 0x00 + 3 },
        { 1, 0, 0x80 },
        { 1, 0, 0x3F },     /* far past the last place */
        { 0, 13, 0x00 },    /* wrong checksum */
        { 1, 13, 0x00 },
        { 2, 0, 'X' },      /* another short name */
        { 2, 10, 'X' },
        { 0, 11, 0x08 },    /* a volume label in between */
        { 1, 11, 0x08 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damage); i++) {
        struct fixture f;
        struct fat32_node node;
        uint8_t *start;

        make_and_mount(&f, &plain);
        start = f.root;
        f.root = image_file(f.root, "a name in two parts", "ANAMEI~1   ", 0,
                            9, 9);
        assert_ptr_equal(f.root, start + (PARTS + 1) * 32);
        expect_listed(&f, "a name in two parts");
        start[damage[i].entry * 32 + damage[i].offset] = damage[i].value;
        if (damage[i].entry == 2)
            assert_int_equal(look(&f, "/ANAMEI~1", &node), FAT32_E_NOT_FOUND);
        else
            expect_listed(&f, "ANAMEI~1");
        assert_int_equal(look(&f, "/a name in two parts", &node),
                         FAT32_E_NOT_FOUND);
        drop(&f);
    }
}

/* Leftovers of one name must not stick to the file after it. */
static void
starts_each_name_afresh(void **state)
{
    struct fixture f;
    struct listing listing;
    uint16_t empty[1] = { 0 };

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 512, 2, 32, 2, 20 });
    f.root = image_file(f.root, "first long name", "SAME       ", 0, 9, 1);
    add(&f, "SAME       ", 9, 2);
    f.root = image_long(f.root, (const uint16_t *)u"lost", 4, "SAME       ");
    f.root = image_short(f.root, "\xE5" "AME       ", 0, 9, 3);
    add(&f, "SAME       ", 9, 4);
    /* Part 1 of 2 is not there. */
    image_file(f.root, "not all of a name", "SAME       ", 0, 9, 6);
    f.root += 32;
    add(&f, "SAME       ", 9, 6);
    f.root = image_long(f.root, empty, 1, "BLANK      ");
    add(&f, "BLANK      ", 9, 5);
    /* Thirteen units have no end mark: the name before was longer. */
    f.root = image_file(f.root, "thirteen more", "THIRTE~1   ", 0, 9, 7);
    list_root(&f, &listing);
    assert_int_equal(listing.count, 6);
    assert_string_equal(listing.names[0], "first long name");
    assert_string_equal(listing.names[1], "SAME");
    assert_string_equal(listing.names[2], "SAME");
    assert_string_equal(listing.names[3], "SAME");
    assert_string_equal(listing.names[4], "BLANK");
    assert_string_equal(listing.names[5], "thirteen more");
    drop(&f);
}

/* ---- Paths ---- */

static void
make_tree(struct fixture *f)
{
    uint8_t *entry;

    make_and_mount(f, &plain);
    f->root = image_file(f->root, "Boot Files", "BOOTFI~1   ", 0x10, 20, 0);
    add(f, "README  TXT", 30, 10);
    add(f, "ZOO        ", 40, 10);
    entry = image_cluster(&f->image, 20);
    entry = image_short(entry, "SUB        ", 0x10, 21, 0);
    image_short(entry, "KERNEL  ELF", 0x20, 31, 11);
    image_file(image_cluster(&f->image, 21), "\xE9t\xE9.Cfg", "TCFG~1     ",
               0x20, 32, 12);
    for (uint32_t cluster = 20; cluster < 33; cluster++)
        image_set(&f->image, cluster, IMAGE_END);
}

static void
follows_paths(void **state)
{
    static const struct {
        const char *path;
        int status;
        uint32_t cluster;
    } cases[] = {
        { "/", 0, 2 },
        { "///", 0, 2 },
        { "/Boot Files", 0, 20 },
        { "/Boot Files/", 0, 20 },
        { "boot files//SUB//", 0, 21 },
        { "/bootfi~1/kernel.elf", 0, 31 },
        { "//BOOT FILES///Kernel.Elf", 0, 31 },
        { "/Boot Files/sub/\xC3\xA9t\xC3\xA9.cFG", 0, 32 },
        { "/Boot Files/sub/tcfg~1", 0, 32 },
        { "/readme.txt", 0, 30 },
        { "/zoo", 0, 40 },
        { "", FAT32_E_NAME, 0 },
        { "/readme.txt/", FAT32_E_NOT_DIR, 0 },
        { "/readme.txt/more", FAT32_E_NOT_DIR, 0 },
        { "/Boot Files/kernel.elf//x", FAT32_E_NOT_DIR, 0 },
        { "/readme", FAT32_E_NOT_FOUND, 0 },
        { "/readme.txt2", FAT32_E_NOT_FOUND, 0 },
        { "/Boot File", FAT32_E_NOT_FOUND, 0 },
        { "/Boot Files2/x", FAT32_E_NOT_FOUND, 0 },
        { "/Boot Files/sub/\xC3\x89t\xC3\xA9.cfg", FAT32_E_NOT_FOUND, 0 },
        { "/Boot Files/kernel.elf ", FAT32_E_NOT_FOUND, 0 },
    };
    struct fixture f;

    (void)state;
    make_tree(&f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fat32_node node;

        assert_int_equal(look(&f, cases[i].path, &node), cases[i].status);
        if (cases[i].status == 0)
            assert_int_equal(node.first_cluster, cases[i].cluster);
    }
    drop(&f);
}

static void
measures_components_in_utf16_units(void **state)
{
    static const struct {
        const char *text;
        unsigned fit;
    } cases[] = {
        { "a", 255 }, { "\xC3\xA9", 255 }, { "\xE4\xB8\x80", 255 },
        { "\xF0\x9F\x98\x80", 127 },
    };
    struct fixture f;

    (void)state;
    make_tree(&f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fat32_node node;
        char path[1 + 4 * 256] = "/";

        for (unsigned n = 0; n < cases[i].fit; n++)
            strcat(path, cases[i].text);
        assert_int_equal(look(&f, path, &node), FAT32_E_NOT_FOUND);
        strcat(path, cases[i].text);
        assert_int_equal(look(&f, path, &node), FAT32_E_NAME);
    }
    drop(&f);
}

static void
tells_files_from_directories(void **state)
{
    struct fixture f;
    struct fat32_node file, directory;
    struct fat32_cursor cursor;
    struct listing listing = { 0 };

    (void)state;
    make_tree(&f);
    assert_int_equal(look(&f, "/readme.txt", &file), 0);
    assert_int_equal(look(&f, "/boot files", &directory), 0);
    assert_int_equal(fat32_open(&f.volume, &directory, &cursor),
                     FAT32_E_IS_DIR);
    assert_int_equal(fat32_list(&f.volume, &file, remember, &listing),
                     FAT32_E_NOT_DIR);
    assert_int_equal(listing.count, 0);
    assert_int_equal(fat32_list(&f.volume, &directory, remember, &listing), 0);
    assert_int_equal(listing.count, 2);
    drop(&f);
}

/* ---- Directories ---- */

struct counter {
    struct fixture *fixture;
    unsigned seen;
    unsigned stop_after;
    int result;
};

/* Uses the volume itself: the walk must not stumble over that. */
static int
count_entries(void *context, const char *name, const struct fat32_node *node)
{
    struct counter *counter = context;
    struct fat32_node found;

    assert_int_equal(look(counter->fixture, name, &found), FAT32_OK);
    assert_int_equal(found.size, node->size);
    return ++counter->seen == counter->stop_after ? counter->result : 0;
}

static void
lets_the_callback_use_the_volume_and_stop(void **state)
{
    struct fixture f;
    struct fat32_node root;
    struct counter counter = { .fixture = &f };

    (void)state;
    make_and_mount(&f, &plain);
    for (uint32_t i = 0; i < 5; i++) {
        char name[12] = "FILE0      ";

        name[4] = (char)('0' + i);
        add(&f, name, 9, i);
    }
    assert_int_equal(look(&f, "/", &root), 0);
    assert_int_equal(fat32_list(&f.volume, &root, count_entries, &counter), 0);
    assert_int_equal(counter.seen, 5);
    counter = (struct counter){ &f, 0, 3, 77 };
    assert_int_equal(fat32_list(&f.volume, &root, count_entries, &counter),
                     77);
    assert_int_equal(counter.seen, 3);
    counter = (struct counter){ &f, 0, 1, -77 };
    assert_int_equal(fat32_list(&f.volume, &root, count_entries, &counter),
                     -77);
    drop(&f);
}

/* A long name whose entries lie in three clusters, 1 KiB apart. */
static void
joins_names_across_clusters(void **state)
{
    for (unsigned before = 0; before < 40; before++) {
        struct fixture f;
        struct fat32_node node;
        uint8_t entries[64 * 32], *entry = entries;
        char name[256];

        (void)state;
        make_and_mount(&f, &plain);
        image_chain(&f.image, 2, 4, 7);
        for (unsigned i = 0; i < before; i++)
            entry = image_short(entry, "\xE5" "ILLER     ", 0, 0, 0);
        memset(name, 'n', 255);
        name[255] = '\0';
        entry = image_file(entry, name, "NNNNNN~1   ", 0, 9, before);
        memset(entry, 0, (size_t)(entries + sizeof entries - entry));
        for (unsigned i = 0; i < 4; i++)
            memcpy(image_cluster(&f.image, 2 + 7 * i), entries + i * 512, 512);
        expect_listed(&f, name);
        assert_int_equal(look(&f, name, &node), 0);
        assert_int_equal(node.size, before);
        drop(&f);
    }
}

static int
count_only(void *context, const char *name, const struct fat32_node *node)
{
    (void)name;
    (void)node;
    ++*(unsigned *)context;
    return 0;
}

/* 65,536 entries without an end mark are legal, one cluster more is not. */
static void
bounds_the_size_of_a_directory(void **state)
{
    struct fixture f;
    struct fat32_node root, node;
    unsigned count = 0;

    (void)state;
    make_and_mount(&f, &(struct image_shape){ 512, 1, 32, 1, 5000 });
    image_chain(&f.image, 2, 4096, 1);
    for (unsigned i = 0; i < 65536; i++) {
        char name[12];

        snprintf(name, sizeof name, "%08uTXT", i);
        add(&f, name, 9, i);
    }
    assert_int_equal(look(&f, "/", &root), 0);
    assert_int_equal(fat32_list(&f.volume, &root, count_only, &count), 0);
    assert_int_equal(count, 65536);
    assert_int_equal(look(&f, "/none", &node), FAT32_E_NOT_FOUND);
    image_chain(&f.image, 2, 4097, 1);
    assert_int_equal(fat32_list(&f.volume, &root, count_only, &count),
                     FAT32_E_CHAIN);
    drop(&f);
}

static void
finds_damaged_directory_chains(void **state)
{
    static const uint32_t values[] = { 0, 1, 2, 40, 43, 202, 0x0FFFFFF7 };

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct fixture f;
        struct fat32_node node;

        make_and_mount(&f, &plain);
        image_set(&f.image, 2, 40);
        image_chain(&f.image, 40, 4, 1);
        for (unsigned n = 0; n < 16; n++)
            add(&f, "FILLER     ", 9, 9);
        for (uint32_t c = 40; c < 44; c++)
            memcpy(image_cluster(&f.image, c), f.root - 512, 512);
        assert_int_equal(look(&f, "/none", &node), FAT32_E_NOT_FOUND);
        image_set(&f.image, 43, values[i]);
        assert_int_equal(look(&f, "/none", &node), FAT32_E_CHAIN);
        drop(&f);
    }
}

/* ---- A device that fails ---- */

/* Everything a loader does with a volume; stops at the first error. */
static int
boot_from(struct fixture *f)
{
    uint32_t extents;
    uint64_t sectors;
    unsigned count = 0;
    struct fat32_node root;
    int status = mount(f);

    if (status == 0)
        status = look(f, "/", &root);
    if (status == 0)
        status = fat32_list(&f->volume, &root, count_only, &count);
    if (status == 0)
        status = walk_file(f, "/boot files/kernel.elf", 8, &extents, &sectors);
    return status;
}

static void
reports_each_failing_read(void **state)
{
    uint32_t total;
    struct fixture f;

    (void)state;
    make_tree(&f);
    image_chain(&f.image, 31, 9, 3);
    put_le32(image_cluster(&f.image, 20) + 32 + 28, 9 * 512);
    f.image.views = 0;
    assert_int_equal(boot_from(&f), FAT32_OK);
    total = f.image.views;
    assert_true(total > 15);
    for (uint32_t n = 1; n <= total; n++) {
        f.image.views = 0;
        f.image.fail_from = n;
        f.image.fail_to = n;
        assert_int_equal(boot_from(&f), FAT32_E_IO);
        assert_int_equal(f.image.views, n);
    }
    f.image.fail_from = 0;
    f.image.fail_to = 0;
    assert_int_equal(boot_from(&f), FAT32_OK);
    drop(&f);
}

/* A read that failed can be tried again; nothing is lost or given twice. */
static void
goes_on_after_a_failed_read(void **state)
{
    struct fixture f;
    struct fat32_node node;
    struct fat32_cursor cursor;
    struct fat32_extent extent;
    uint32_t next;
    int status;

    (void)state;
    make_and_mount(&f, &plain);
    image_chain(&f.image, 2, 100, 1);
    f.root = image_cluster(&f.image, 2);
    add(&f, "ITSELF     ", 2, 100 * 512);
    assert_int_equal(look(&f, "/itself", &node), 0);
    assert_int_equal(fat32_open(&f.volume, &node, &cursor), 0);
    next = f.image.data_start;
    for (;;) {
        f.image.views = 0;
        f.image.fail_from = f.image.fail_to = 3;
        status = fat32_next_extent(&f.volume, &cursor, 7, &extent);
        if (status == FAT32_E_IO) {
            f.image.fail_to = 0;
            status = fat32_next_extent(&f.volume, &cursor, 7, &extent);
        }
        if (status == 0)
            break;
        assert_int_equal(status, 1);
        assert_int_equal(extent.sector, next);
        next += extent.count;
    }
    assert_int_equal(next, f.image.data_start + 100);
    drop(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mounts_what_is_right),
        cmocka_unit_test(names_each_bad_boot_sector_field),
        cmocka_unit_test(refuses_clusters_above_64_kib),
        cmocka_unit_test(refuses_odd_devices),
        cmocka_unit_test(compares_the_size_with_the_partition),
        cmocka_unit_test(knows_the_largest_volume),
        cmocka_unit_test(reads_the_active_fat),
        cmocka_unit_test(reads_a_single_fat),
        cmocka_unit_test(reads_every_cluster_size),
        cmocka_unit_test(reads_600_fragments),
        cmocka_unit_test(keeps_descending_clusters_apart),
        cmocka_unit_test(bounds_an_extent_by_max_sectors),
        cmocka_unit_test(reads_empty_files),
        cmocka_unit_test(looks_at_the_fat_once_per_cluster),
        cmocka_unit_test(finds_damaged_chains),
        cmocka_unit_test(finds_every_loop),
        cmocka_unit_test(refuses_bad_first_clusters),
        cmocka_unit_test(tolerates_a_chain_longer_than_its_file),
        cmocka_unit_test(ignores_the_top_bits_of_an_entry),
        cmocka_unit_test(shows_short_names),
        cmocka_unit_test(hides_what_is_no_file),
        cmocka_unit_test(reads_the_entry_s_fields),
        cmocka_unit_test(reads_long_names_of_every_length),
        cmocka_unit_test(turns_utf16_into_utf8),
        cmocka_unit_test(fits_the_longest_names),
        cmocka_unit_test(ignores_orphaned_long_entries),
        cmocka_unit_test(starts_each_name_afresh),
        cmocka_unit_test(follows_paths),
        cmocka_unit_test(measures_components_in_utf16_units),
        cmocka_unit_test(tells_files_from_directories),
        cmocka_unit_test(lets_the_callback_use_the_volume_and_stop),
        cmocka_unit_test(joins_names_across_clusters),
        cmocka_unit_test(bounds_the_size_of_a_directory),
        cmocka_unit_test(finds_damaged_directory_chains),
        cmocka_unit_test(reports_each_failing_read),
        cmocka_unit_test(goes_on_after_a_failed_read),
    };

    return cmocka_run_group_tests_name("fs/fat32", tests, NULL, NULL);
}
