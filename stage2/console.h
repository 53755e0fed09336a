/*
 * Output of the loader: screen (by the BIOS), COM1, port E9h, and the log
 * that the kernel gets.
 */
#ifndef STAGE2_CONSOLE_H
#define STAGE2_CONSOLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

void console_init(void);

/* As format() does. The screen follows at the end of a line or a flush. */
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *text, va_list arguments);
void console_flush(void);

/*
 * Once the screen shows pixels the BIOS must not print on it any more.
 * Tells whether it was on.
 */
bool console_screen_on(bool on);

/* What the menu draws is not for the kernel's log. */
void console_log_on(bool on);

/* The log so far, at most size bytes of it; returns how many were copied. */
uint32_t console_log(char *to, uint32_t size);

#endif
