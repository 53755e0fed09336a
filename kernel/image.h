/*
 * The kernel's own image in memory: marks set by kernel/kernel.ld. Only their
 * addresses mean something; text_end, rodata_end need not be page-aligned.
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include <stdint.h>

#define PAGE_SIZE 4096u

extern const char image_start[], text_end[], rodata_start[], rodata_end[],
    image_end[];
extern char data_start[];

/* Offset of an address in the image: what nm shows, whatever the slot. */
static inline uint64_t
image_offset(const void *address)
{
    return (uint64_t)((uintptr_t)address - (uintptr_t)image_start);
}

static inline uint64_t
page_up(uint64_t value)
{
    return (value + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

#endif
