/*
 * The console font: 256 glyphs in the order of Latin-1, 8 by 16 dots, the
 * leftmost dot in the highest bit. scripts/mkfont makes the table.
 */
#ifndef KERNEL_FONT_H
#define KERNEL_FONT_H

#include <stdint.h>

#define FONT_WIDTH  8
#define FONT_HEIGHT 16

extern const uint8_t font[256][FONT_HEIGHT];

#endif
