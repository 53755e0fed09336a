/*
 * The kernel's voice: COM1, port E9h, the screen, and a ring that keeps what
 * was said. Works from the first line of C on; until screen_init() without
 * the screen.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#define CONSOLE_RING_SIZE 16384u /* a power of two */

/* Text as kernel/lib/format.h understands it. */
void kprintf(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* To the ring only: what the loader said before there was a kernel. */
void console_keep(const char *text, size_t length);

/*
 * The ring counts characters from the start of time: console_position() is
 * the number written so far. console_read() copies what is still kept of
 * [from, from + size) and returns how many bytes that was; 0 when nothing.
 */
uint64_t console_position(void);
size_t console_read(uint64_t from, char *buffer, size_t size);

/* Where the last count lines before position begin. */
uint64_t console_lines_back(uint64_t position, unsigned count);

#endif
