/*
 * stage2/partition: any LBA 0.
 *
 * Input: the end of the loader in two bytes, then the last 66 bytes of the
 * sector: table and signature.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "kernel/lib/bytes.h"
#include "stage2/partition.h"

/* What the table says, in the order in which the loader complains. */
static int
expected(const uint8_t *table, uint64_t first_free)
{
    const uint8_t *active = NULL;
    uint64_t lba, sectors;
    unsigned actives = 0;

    if (table[64] != 0x55 || table[65] != 0xAA)
        return E_NO_TABLE;
    for (unsigned i = 0; i < 64; i += 16) {
        if (table[i] != 0 && table[i] != 0x80)
            return E_NO_TABLE;
        if (table[i] == 0x80) {
            active = table + i;
            actives++;
        }
    }
    if (active == NULL)
        return E_NO_ACTIVE;
    if (actives > 1)
        return E_TWO_ACTIVE;
    if (active[4] != 0x0B && active[4] != 0x0C)
        return E_PARTITION_TYPE;
    lba = le32(active + 8);
    sectors = le32(active + 12);
    return lba >= first_free && sectors > 0 && lba + sectors <= 1ULL << 32
               ? 0 : E_PARTITION_RANGE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct partition found;
    uint64_t first_free;
    uint8_t *sector;
    int result;

    if (size < 68)
        return 0;
    first_free = le16(data);
    sector = calloc(1, 512);
    memcpy(sector + 0x1BE, data + 2, 66);
    result = partition_find_active(sector, first_free, &found);
    if (result != expected(data + 2, first_free))
        abort();
    if (result == 0 || result == E_PARTITION_TYPE) {
        const uint8_t *entry = sector + 0x1BE + 16 * (found.number - 1);

        if (found.number < 1 || found.number > 4 || entry[0] != 0x80 ||
            found.type != entry[4] || found.lba != le32(entry + 8) ||
            found.sectors != le32(entry + 12))
            abort();
    }
    free(sector);
    return 0;
}
