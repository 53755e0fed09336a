/*
 * What loader and kernel both ask of a framebuffer: the loader before it sets
 * a mode, the kernel before it draws.
 */
#ifndef KERNEL_LIB_FRAMEBUFFER_H
#define KERNEL_LIB_FRAMEBUFFER_H

#include "kernel/abi/boot.h"

/*
 * NULL when video (of kind BOOT_VIDEO_FRAMEBUFFER) can be drawn on, else what
 * is wrong with it: 16, 24 or 32 bits, color fields of 1 to 8 bits inside
 * them, at least BOOT_VIDEO_MIN_WIDTH by BOOT_VIDEO_MIN_HEIGHT pixels, whole
 * pixels in a line, memory aligned to 4 bytes between 640 KiB and 4 GiB.
 */
const char *framebuffer_problem(const struct boot_video *video);

#endif
