/*
 * The screen as a grid of characters, on VGA text memory or a linear frame
 * buffer. The grid is kept in RAM: reading video memory is slow, so a scroll
 * redraws just the cells that changed. Lines that are too long go on in the
 * next row, between words where that can be.
 */
#ifndef KERNEL_SCREEN_H
#define KERNEL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

#define SCREEN_MAX_COLUMNS 240u
#define SCREEN_MAX_ROWS    135u

/* VGA attributes: background in the upper four bits. */
enum screen_color {
    SCREEN_NORMAL = 0x07,
    SCREEN_BRIGHT = 0x0F,
    SCREEN_ALARM = 0x4F,
};

/* NULL, or what is wrong with the description, in words. */
const char *screen_video_problem(const struct boot_video *video);

/* Bytes of video memory that the screen uses. */
uint64_t screen_memory_size(const struct boot_video *video);

/*
 * Take over the screen, mapped at memory; video must have no problem and is
 * copied. In text mode what is on it stays, a frame buffer is cleared.
 */
void screen_init(const struct boot_video *video, void *memory);

/* The same screen is now mapped elsewhere. Nothing is printed to NULL, nor
 * before screen_init(). */
void screen_move(void *memory);

void screen_put(char c);
void screen_show_cursor(void);
void screen_color(enum screen_color color);
void screen_clear(void);

/* Width in characters; 80 while there is no screen. */
uint32_t screen_columns(void);
uint32_t screen_rows(void);

/* How many rows are in use; a line feed at the end counts as none. */
uint32_t screen_row(void);

/* How many rows a line takes, without its line feed. */
uint32_t screen_rows_of(const char *line, size_t length);

/* The character at a place of the grid, for tests. */
char screen_at(uint32_t column, uint32_t row);

#endif
