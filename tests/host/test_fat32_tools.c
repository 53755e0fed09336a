/*
 * The FAT32 library on volumes that mkfs.fat and mtools made: all that was
 * copied in comes out, byte for byte, and nothing else does.
 *
 * FAT32_VOLUMES names the folder that fat32_volumes.py filled.
 */
#include "tests/host/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/fat32/fat32.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PATH_SIZE 2000
#define SERIAL 0x1234ABCD /* of mkfs.fat --invariant */

struct tool_volume {
    const char *name;
    const char *tree;
    uint32_t bytes_per_sector;
    uint32_t sectors_per_cluster;
};

struct opened {
    uint8_t *bytes;
    size_t size;
    uint8_t *viewed;
    uint32_t bytes_per_sector;
    struct fat32_volume volume;
    unsigned files;   /* compared so far */
    unsigned extents; /* of the file compared last */
};

static const char *
folder(void)
{
    const char *name = getenv("FAT32_VOLUMES");

    assert_non_null(name);
    return name;
}

/* As in fat32_image.c: each view is a block that dies with the next one. */
static const uint8_t *
view(void *context, uint32_t sector)
{
    struct opened *opened = context;
    size_t at = (size_t)sector * opened->bytes_per_sector;

    assert_true(at + opened->bytes_per_sector <= opened->size);
    free(opened->viewed);
    opened->viewed = malloc(opened->bytes_per_sector);
    return memcpy(opened->viewed, opened->bytes + at,
                  opened->bytes_per_sector);
}

static void
open_volume(struct opened *opened, const struct tool_volume *tool)
{
    struct fat32_device device = { view, opened, tool->bytes_per_sector, 0 };
    char path[PATH_SIZE];
    struct stat status;
    int file;

    snprintf(path, sizeof path, "%s/%s.img", folder(), tool->name);
    file = open(path, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &status), 0);
    *opened = (struct opened){ .size = (size_t)status.st_size };
    opened->bytes_per_sector = tool->bytes_per_sector;
    opened->bytes = mmap(NULL, opened->size, PROT_READ, MAP_PRIVATE, file, 0);
    assert_true(opened->bytes != MAP_FAILED);
    close(file);
    device.sector_count = opened->size / tool->bytes_per_sector;
    assert_int_equal(fat32_mount(&opened->volume, &device), FAT32_OK);
}

static void
close_volume(struct opened *opened)
{
    free(opened->viewed);
    munmap(opened->bytes, opened->size);
}

/* Read size bytes through extents; they must be there, and no more. */
static void
compare_bytes(struct opened *opened, const struct fat32_node *node,
              FILE *original)
{
    struct fat32_cursor cursor;
    struct fat32_extent extent;
    size_t left = node->size;
    int status;

    opened->extents = 0;
    assert_int_equal(fat32_open(&opened->volume, node, &cursor), FAT32_OK);
    while ((status = fat32_next_extent(&opened->volume, &cursor, 127,
                                       &extent)) > 0) {
        size_t at = (size_t)extent.sector * opened->bytes_per_sector;
        size_t size = (size_t)extent.count * opened->bytes_per_sector;
        uint8_t *expected;

        assert_true(left > 0);
        assert_true(at + size <= opened->size);
        size = size < left ? size : left;
        expected = malloc(size);
        assert_non_null(expected);
        assert_int_equal(fread(expected, 1, size, original), size);
        assert_memory_equal(opened->bytes + at, expected, size);
        free(expected);
        left -= size;
        opened->extents++;
    }
    assert_int_equal(status, 0);
    assert_int_equal(left, 0);
}

static void
compare_file(struct opened *opened, const char *host, const char *path)
{
    struct fat32_node node;
    struct stat status;
    FILE *original = fopen(host, "rb");

    assert_non_null(original);
    assert_int_equal(fstat(fileno(original), &status), 0);
    if (fat32_lookup(&opened->volume, path, &node) != FAT32_OK)
        fail_msg("copied in, but not found: %s", path);
    assert_int_equal(node.attributes & FAT32_ATTR_DIRECTORY, 0);
    assert_int_equal(node.size, status.st_size);
    compare_bytes(opened, &node, original);
    fclose(original);
    opened->files++;
}

struct listed {
    const char *host;
    unsigned count;
};

/* What the volume lists must exist on the host under the same name. */
static int
check_listed(void *context, const char *name, const struct fat32_node *node)
{
    struct listed *listed = context;
    char path[PATH_SIZE];
    struct stat status;

    snprintf(path, sizeof path, "%s/%s", listed->host, name);
    if (stat(path, &status) != 0)
        fail_msg("listed, but not copied in: %s", path);
    assert_int_equal(S_ISDIR(status.st_mode),
                     (node->attributes & FAT32_ATTR_DIRECTORY) != 0);
    listed->count++;
    return 0;
}

static void
compare_tree(struct opened *opened, const char *host, const char *path)
{
    struct listed listed = { host, 0 };
    struct fat32_node node;
    struct dirent *entry;
    unsigned count = 0;
    DIR *directory = opendir(host);

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        char next_host[PATH_SIZE], next_path[PATH_SIZE];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        assert_in_range(snprintf(next_host, PATH_SIZE, "%s/%s", host,
                                 entry->d_name),
                        1, PATH_SIZE - 1);
        assert_in_range(snprintf(next_path, PATH_SIZE, "%s/%s", path,
                                 entry->d_name),
                        1, PATH_SIZE - 1);
        if (entry->d_type == DT_DIR)
            compare_tree(opened, next_host, next_path);
        else
            compare_file(opened, next_host, next_path);
        count++;
    }
    closedir(directory);
    assert_int_equal(
        fat32_lookup(&opened->volume, *path ? path : "/", &node), FAT32_OK);
    assert_int_equal(
        fat32_list(&opened->volume, &node, check_listed, &listed), 0);
    assert_int_equal(listed.count, count);
}

static void
reads_what_mtools_wrote(void **state)
{
    const struct tool_volume *tool = *state;
    struct opened opened;
    char tree[PATH_SIZE];

    open_volume(&opened, tool);
    assert_int_equal(opened.volume.sectors_per_cluster,
                     tool->sectors_per_cluster);
    assert_int_equal(opened.volume.serial, SERIAL);
    snprintf(tree, sizeof tree, "%s/%s", folder(), tool->tree);
    compare_tree(&opened, tree, "");
    assert_true(opened.files > 200);
    close_volume(&opened);
}

static void
reads_a_file_in_640_fragments(void **state)
{
    static const struct tool_volume tool = { "fragmented", "", 512, 1 };
    struct opened opened;
    char host[PATH_SIZE];

    (void)state;
    open_volume(&opened, &tool);
    snprintf(host, sizeof host, "%s/fragmented.tree/large.bin", folder());
    compare_file(&opened, host, "/LARGE.bin");
    assert_true(opened.extents >= 600);
    close_volume(&opened);
}

#define TOOL_TEST(name, tree, sector, cluster)                               \
    { name, reads_what_mtools_wrote, NULL, NULL,                             \
      &(struct tool_volume){ name, tree, sector, cluster } }

int
main(void)
{
    /* The table of fat32_volumes.py. */
    const struct CMUnitTest tests[] = {
        TOOL_TEST("s512c1", "all.tree", 512, 1),
        TOOL_TEST("s512c2", "all.tree", 512, 2),
        TOOL_TEST("s512c4", "all.tree", 512, 4),
        TOOL_TEST("s512c8", "all.tree", 512, 8),
        TOOL_TEST("s512c16", "all.tree", 512, 16),
        TOOL_TEST("s512c32", "all.tree", 512, 32),
        TOOL_TEST("s512c64", "all.tree", 512, 64),
        TOOL_TEST("s512c128", "all.tree", 512, 128),
        TOOL_TEST("s1024c4", "all.tree", 1024, 4),
        TOOL_TEST("s2048c1", "all.tree", 2048, 1),
        TOOL_TEST("s4096c1", "all.tree", 4096, 1),
        TOOL_TEST("s4096c16", "all.tree", 4096, 16),
        TOOL_TEST("fragmented", "fragmented.tree", 512, 1),
        cmocka_unit_test(reads_a_file_in_640_fragments),
    };

    return cmocka_run_group_tests_name("fs/fat32, tools", tests, NULL, NULL);
}
