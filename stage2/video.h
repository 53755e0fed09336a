/* The screen that the kernel gets: text, or a VBE linear framebuffer. */
#ifndef STAGE2_VIDEO_H
#define STAGE2_VIDEO_H

#include "kernel/abi/boot.h"
#include "stage2/config.h"

/*
 * Set the mode that was asked for, or leave text mode with QUIRK_VBE_FALLBACK
 * when it is not to be had. The last BIOS call that prints comes before.
 */
void video_set(const struct config_video *wanted, struct boot_video *video);

#endif
