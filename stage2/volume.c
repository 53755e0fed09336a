#include "stage2/volume.h"

#include "kernel/lib/mem.h"
#include "stage2/disk.h"
#include "stage2/loader.h"

/*
 * Two windows serve a boot: the first sectors of the partition with boot
 * sector and FAT, and the first data sectors with the directories, boot.cfg,
 * the manifest, and the beginning of the kernel.
 */
#define WINDOWS      2
#define WINDOW_BYTES (BOUNCE_SECTORS * SECTOR_SIZE)

struct window {
    uint32_t sector; /* of the partition */
    uint32_t count;
    uint32_t used;   /* when; the older one is replaced */
    uint8_t *data;
};

static struct {
    struct window windows[WINDOWS];
    uint32_t clock;
    uint64_t lba; /* of the partition */
    uint64_t sectors;
    struct fat32_volume fat;
    bool past_end;   /* a sector outside the partition was wanted */
} volume;

/* The window that holds sector, or NULL. */
static struct window *
find_window(uint32_t sector)
{
    for (int i = 0; i < WINDOWS; i++) {
        struct window *window = &volume.windows[i];

        if (sector - window->sector < window->count) {
            window->used = ++volume.clock;
            return window;
        }
    }
    return NULL;
}

static struct window *
fill_window(uint32_t sector)
{
    struct window *window = &volume.windows[0];
    uint64_t left = volume.sectors - sector;

    for (int i = 1; i < WINDOWS; i++)
        if (volume.windows[i].used < window->used)
            window = &volume.windows[i];
    if (window->data == NULL)
        window->data = loader_take_high(WINDOW_BYTES, "a disk window");
    window->sector = sector;
    window->count = disk_read(volume.lba + sector,
                              left < BOUNCE_SECTORS ? (uint32_t)left
                                                    : BOUNCE_SECTORS);
    if (window->count == 0)
        return NULL;
    window->used = ++volume.clock;
    memcpy(window->data, disk_data(), window->count * SECTOR_SIZE);
    return window;
}

static const uint8_t *
view(void *context, uint32_t sector)
{
    struct window *window;

    (void)context;
    if (sector >= volume.sectors) {
        volume.past_end = true;
        return NULL;
    }
    window = find_window(sector);
    if (window == NULL)
        window = fill_window(sector);
    if (window == NULL)
        return NULL;
    return window->data + (sector - window->sector) * SECTOR_SIZE;
}

void
volume_open(const struct partition *partition)
{
    const struct fat32_device device = {
        .view = view,
        .bytes_per_sector = SECTOR_SIZE,
        .sector_count = partition->sectors,
    };
    int error;

    volume.lba = partition->lba;
    volume.sectors = partition->sectors;
    error = fat32_mount(&volume.fat, &device);
    if (error != FAT32_OK)
        volume_fail(error, "/");
}

void
volume_close(void)
{
    for (int i = 0; i < WINDOWS; i++)
        loader_release(volume.windows[i].data, WINDOW_BYTES);
}

uint32_t
volume_serial(void)
{
    return volume.fat.serial;
}

int
volume_find(const char *path, struct fat32_node *node)
{
    return fat32_lookup(&volume.fat, path, node);
}

_Noreturn void
volume_fail(int error, const char *path)
{
    switch (error) {
    case FAT32_E_BPB:
        loader_fail(E_FAT_BPB, volume.fat.reason);
    case FAT32_E_CHAIN:
        loader_fail(E_FAT_CHAIN, volume.fat.bad_cluster);
    case FAT32_E_NOT_DIR:
    case FAT32_E_IS_DIR:
        loader_fail(E_NOT_A_FILE, path);
    case FAT32_E_IO:
        if (volume.past_end)
            loader_fail(E_FAT_BPB, "it ends past its partition");
        disk_fail();
    default:
        loader_fail(E_NOT_FOUND, path);
    }
}

/* The next bytes of a run: from a window if it has them, else from disk. */
static uint32_t
read_some(uint32_t sector, uint32_t count, const uint8_t **data)
{
    struct window *window = find_window(sector);
    uint32_t have;

    if (window == NULL) {
        *data = disk_data();
        return disk_read(volume.lba + sector,
                         count < BOUNCE_SECTORS ? count : BOUNCE_SECTORS);
    }
    have = window->sector + window->count - sector;
    *data = window->data + (sector - window->sector) * SECTOR_SIZE;
    return count < have ? count : have;
}

int
volume_read(const struct fat32_node *node, volume_piece_fn *piece,
            void *context)
{
    struct fat32_cursor cursor;
    struct fat32_extent run;
    uint32_t offset = 0;
    int result = fat32_open(&volume.fat, node, &cursor);

    if (result != FAT32_OK)
        return result;
    while ((result = fat32_next_extent(&volume.fat, &cursor, UINT32_MAX,
                                       &run)) == 1) {
        uint32_t left = (node->size - offset + SECTOR_SIZE - 1) / SECTOR_SIZE;

        if (run.count > left) /* the slack is nobody's: it may be unreadable */
            run.count = left;
        while (run.count > 0) {
            const uint8_t *data;
            uint32_t got = read_some(run.sector, run.count, &data);
            uint32_t bytes = got * SECTOR_SIZE;

            if (got == 0)
                return FAT32_E_IO;

            if (bytes > node->size - offset)
                bytes = node->size - offset;
            piece(context, offset, data, bytes);
            offset += bytes;
            run.sector += got;
            run.count -= got;
        }
    }
    return result;
}
