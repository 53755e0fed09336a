/*
 * Sectors of the boot disk, read through INT 13h. There is no way to write.
 */
#ifndef STAGE2_DISK_H
#define STAGE2_DISK_H

#include <stdint.h>

/* Take over from stage 1: drive, way of access, counts. */
void disk_init(void);

uint8_t disk_drive(void);

/*
 * Read up to count sectors (at most BOUNCE_SECTORS) from lba into the bounce
 * buffer. Returns how many arrived there: all of them unless a later one
 * cannot be read, 0 when the first one cannot.
 */
uint32_t disk_read(uint64_t lba, uint32_t count);

/* Tell the user about the last sector that could not be read: E30 or E31. */
_Noreturn void disk_fail(void);

/* The bounce buffer. */
uint8_t *disk_data(void);

#endif
