/*
 * /boot/manifest: what scripts/mkimage wrote, so that the loader can tell.
 *
 * One line a file: CRC-32C as eight hexadecimal digits, a blank, the size in
 * bytes, a blank, the path to the end of the line. Lines beginning with '#'
 * and empty lines do not count.
 */
#ifndef STAGE2_MANIFEST_H
#define STAGE2_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

struct manifest_record {
    uint32_t crc32c;
    uint64_t size;
};

/* Every line must be well-formed. Returns 0 or the number of the bad line. */
uint32_t manifest_check(const char *text, size_t size);

/*
 * Find path (ASCII case does not count, as on the volume). Returns 1 and
 * fills record, or 0 when the manifest does not list it.
 */
int manifest_find(const char *text, size_t size, const char *path,
                  struct manifest_record *record);

#endif
