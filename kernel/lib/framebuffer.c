#include "kernel/lib/framebuffer.h"

#include <stdbool.h>
#include <stddef.h>

#define MAX_PIXELS     16384
#define MAX_PITCH      (1u << 20)
#define LOWEST_ADDRESS 0xA0000
#define FOUR_GIB       0x100000000ULL

static bool
field_fits(const struct boot_color_field *field, uint32_t bits)
{
    return field->size >= 1 && field->size <= 8 &&
           (uint32_t)field->position + field->size <= bits;
}

const char *
framebuffer_problem(const struct boot_video *video)
{
    uint32_t bits = video->bits_per_pixel;
    uint64_t size = (uint64_t)video->pitch * video->height;

    if (bits != 16 && bits != 24 && bits != 32)
        return "video depth";
    if (!field_fits(&video->red, bits) || !field_fits(&video->green, bits) ||
        !field_fits(&video->blue, bits))
        return "video color fields";
    if (video->width < BOOT_VIDEO_MIN_WIDTH || video->width > MAX_PIXELS ||
        video->height < BOOT_VIDEO_MIN_HEIGHT || video->height > MAX_PIXELS)
        return "video size";
    if (video->pitch < video->width * (bits / 8) ||
        video->pitch > MAX_PITCH ||
        (bits != 24 && video->pitch % (bits / 8) != 0))
        return "video pitch";
    if (video->paddr < LOWEST_ADDRESS || video->paddr >= FOUR_GIB ||
        video->paddr % 4 != 0 || size > FOUR_GIB - video->paddr)
        return "video address";
    return NULL;
}
