/*
 * The boot partition: small structures through windows of 127 sectors, files
 * in long transfers.
 */
#ifndef STAGE2_VOLUME_H
#define STAGE2_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/fat32/fat32.h"
#include "stage2/partition.h"

/* Mount the active partition, or fail with its numbered sentence. */
void volume_open(const struct partition *partition);

/* Give the windows back once the last file is read. */
void volume_close(void);

uint32_t volume_serial(void);

/* Returns FAT32_OK, or an error that volume_fail() can tell to the user. */
int volume_find(const char *path, struct fat32_node *node);
_Noreturn void volume_fail(int error, const char *path);

/* One piece of a file, front to back; the bytes are valid during the call. */
typedef void volume_piece_fn(void *context, uint64_t offset,
                             const uint8_t *data, size_t size);

/* Read a whole file. Returns FAT32_OK or an error. */
int volume_read(const struct fat32_node *node, volume_piece_fn *piece,
                void *context);

#endif
