#include "stage2/partition.h"

#include "errors.h"
#include "kernel/lib/bytes.h"

#define TABLE_OFFSET     0x1BE
#define ENTRY_SIZE       16
#define ENTRY_COUNT      4
#define SIGNATURE_OFFSET 0x1FE
#define SIGNATURE        0xAA55
#define STATUS_ACTIVE    0x80
#define TYPE_FAT32_CHS   0x0B
#define TYPE_FAT32_LBA   0x0C
#define MAX_SECTORS      (1ULL << 32)

int
partition_find_active(const uint8_t sector[512], uint64_t first_free,
                      struct partition *found)
{
    const uint8_t *entry = sector + TABLE_OFFSET;
    const uint8_t *active = 0;
    int actives = 0;

    if (le16(sector + SIGNATURE_OFFSET) != SIGNATURE)
        return E_NO_TABLE;
    for (uint8_t i = 1; i <= ENTRY_COUNT; i++, entry += ENTRY_SIZE) {
        /* Any other status: this is no table, or one that was overwritten. */
        if ((entry[0] & ~STATUS_ACTIVE) != 0)
            return E_NO_TABLE;
        if (entry[0] == STATUS_ACTIVE) {
            active = entry;
            found->number = i;
            actives++;
        }
    }
    if (actives != 1)
        return actives == 0 ? E_NO_ACTIVE : E_TWO_ACTIVE;

    found->type = active[4];
    found->lba = le32(active + 8);
    found->sectors = le32(active + 12);
    if (found->type != TYPE_FAT32_CHS && found->type != TYPE_FAT32_LBA)
        return E_PARTITION_TYPE;
    if (found->lba < first_free || found->sectors == 0 ||
        found->lba + found->sectors > MAX_SECTORS)
        return E_PARTITION_RANGE;
    return 0;
}
