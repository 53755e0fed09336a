#include "fs/fat32/fat32.h"
#include "fs/fat32/internal.h"

#include "kernel/lib/bytes.h"

/* Offsets in the boot sector (sections "Boot Sector and BPB"). */
enum {
    BPB_BYTES_PER_SECTOR = 11,
    BPB_SECTORS_PER_CLUSTER = 13,
    BPB_RESERVED_SECTORS = 14,
    BPB_FATS = 16,
    BPB_ROOT_ENTRIES = 17,
    BPB_TOTAL_16 = 19,
    BPB_FAT_SIZE_16 = 22,
    BPB_TOTAL_32 = 32,
    BPB_FAT_SIZE_32 = 36,
    BPB_EXT_FLAGS = 40,
    BPB_VERSION = 42,
    BPB_ROOT_CLUSTER = 44,
    BS_SERIAL = 67,
    BS_SIGNATURE = 510,
};

#define EXT_FLAGS_ONE_FAT 0x80 /* no mirroring: only one FAT is valid */
#define EXT_FLAGS_ACTIVE 0x0F
#define MAX_CLUSTER_BYTES 0x10000u

static bool
power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* The fields that stand for themselves. Returns what is wrong, or NULL. */
static const char *
read_geometry(struct fat32_volume *volume, const uint8_t *bpb)
{
    uint32_t bytes = le16(bpb + BPB_BYTES_PER_SECTOR);
    uint32_t sectors = bpb[BPB_SECTORS_PER_CLUSTER];

    if (le16(bpb + BS_SIGNATURE) != 0xAA55)
        return "signature 55AAh is missing";
    if (bytes != volume->device.bytes_per_sector)
        return "bytes per sector";
    if (!power_of_two(sectors) || sectors * bytes > MAX_CLUSTER_BYTES)
        return "sectors per cluster";
    if (le16(bpb + BPB_RESERVED_SECTORS) == 0)
        return "reserved sectors";
    if (bpb[BPB_FATS] == 0)
        return "number of FATs";
    if (le16(bpb + BPB_ROOT_ENTRIES) != 0 || le16(bpb + BPB_FAT_SIZE_16) != 0)
        return "it is FAT12 or FAT16";
    if (le16(bpb + BPB_VERSION) != 0)
        return "version";
    volume->sectors_per_cluster = sectors;
    volume->bytes_per_cluster = sectors * bytes;
    volume->fat_sectors = le32(bpb + BPB_FAT_SIZE_32);
    volume->root_cluster = le32(bpb + BPB_ROOT_CLUSTER);
    volume->serial = le32(bpb + BS_SERIAL);
    return NULL;
}

/*
 * The 16-bit count serves below 65,536 sectors (mkfs.fat uses it), the 32-bit
 * one above; a volume that has both must not contradict itself.
 */
static uint32_t
total_sectors(const uint8_t *bpb)
{
    uint32_t small = le16(bpb + BPB_TOTAL_16);
    uint32_t large = le32(bpb + BPB_TOTAL_32);

    if (small != 0 && large != 0 && small != large)
        return 0;
    return small != 0 ? small : large;
}

/* Where FAT and clusters lie: needs what read_geometry() found. */
static const char *
read_layout(struct fat32_volume *volume, const uint8_t *bpb)
{
    uint32_t fats = bpb[BPB_FATS], active = 0;
    uint32_t flags = le16(bpb + BPB_EXT_FLAGS);
    uint32_t reserved = le16(bpb + BPB_RESERVED_SECTORS);
    uint64_t fat_entries = (uint64_t)volume->fat_sectors *
                           volume->device.bytes_per_sector /
                           FAT32_ENTRY_BYTES;
    uint64_t data = reserved + (uint64_t)fats * volume->fat_sectors;
    uint64_t end = volume->device.sector_count;
    uint32_t total = total_sectors(bpb);

    if (total == 0 || (end != 0 && total > end))
        return "total sectors";
    if (volume->fat_sectors == 0 || data >= total)
        return "sectors per FAT";
    if (flags & EXT_FLAGS_ONE_FAT)
        active = flags & EXT_FLAGS_ACTIVE;
    if (active >= fats)
        return "active FAT";
    volume->fat_start = reserved + active * volume->fat_sectors;
    volume->data_start = (uint32_t)data;
    volume->cluster_count = (total - volume->data_start) >>
                            __builtin_ctz(volume->sectors_per_cluster);
    /* The highest cluster number must stay below the mark of a bad one. */
    if (volume->cluster_count - 1 >= FAT32_ENTRY_BAD - FAT32_FIRST_CLUSTER)
        return "number of clusters";
    if (fat_entries < volume->cluster_count + FAT32_FIRST_CLUSTER)
        return "the FAT is too small";
    if (volume->root_cluster - FAT32_FIRST_CLUSTER >= volume->cluster_count)
        return "root cluster";
    return NULL;
}

int
fat32_mount(struct fat32_volume *volume, const struct fat32_device *device)
{
    const uint8_t *bpb;

    *volume = (struct fat32_volume){ .device = *device };
    volume->reason = "bytes per sector";
    if (!power_of_two(device->bytes_per_sector) ||
        device->bytes_per_sector - 512 > 4096 - 512)
        return FAT32_E_BPB;
    bpb = fat32_view(volume, 0);
    if (bpb == NULL)
        return FAT32_E_IO;
    volume->reason = read_geometry(volume, bpb);
    if (volume->reason == NULL)
        volume->reason = read_layout(volume, bpb);
    return volume->reason == NULL ? FAT32_OK : FAT32_E_BPB;
}
