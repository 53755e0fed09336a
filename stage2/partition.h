/*
 * The partition table of LBA 0 (the classic MBR layout).
 */
#ifndef STAGE2_PARTITION_H
#define STAGE2_PARTITION_H

#include <stdint.h>

struct partition {
    uint8_t number; /* 1 to 4 */
    uint8_t type;
    uint64_t lba;
    uint64_t sectors;
};

/*
 * Find the one active partition in the 512 bytes of LBA 0. It must be of type
 * 0Bh or 0Ch, begin at or after first_free (the end of stage 2), and end
 * within 2^32 sectors. Returns 0 or an E_* number of errors.h (E_NO_TABLE,
 * E_NO_ACTIVE, E_TWO_ACTIVE, E_PARTITION_TYPE, E_PARTITION_RANGE); for
 * E_PARTITION_TYPE found->type is set.
 */
int partition_find_active(const uint8_t sector[512], uint64_t first_free,
                          struct partition *found);

#endif
