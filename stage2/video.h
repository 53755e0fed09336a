/* The screen that the kernel gets: text, or a VBE linear framebuffer. */
#ifndef STAGE2_VIDEO_H
#define STAGE2_VIDEO_H

#include <stdint.h>

#include "kernel/abi/boot.h"
#include "stage2/config.h"

/*
 * Set the mode that was asked for, or leave text mode with QUIRK_VBE_FALLBACK
 * when it is not to be had. Nothing is printed on the screen afterwards.
 */
void video_set(const struct config_video *wanted, struct boot_video *video);

/* Back to text of 80 columns and 25 lines, for a sentence that must be seen. */
void video_set_text(void);

/* Move the cursor so many lines up, to the first column. */
void video_cursor_up(uint32_t lines);

/* A firmware logo may have left pixels on the screen: text wherever not. */
void video_expect_text(void);

#endif
