/*
 * Formatted text without a C library.
 *
 * Understood: %s %c %u %d %x %X %p %%, the length modifiers l, ll and z, a
 * field width with optional leading zero or minus, and .N for %s. %x prints
 * upper-case digits as %X does: addresses read the same everywhere. Anything
 * else is printed as it stands, so a mistake is seen and harms nothing.
 */
#ifndef KERNEL_LIB_FORMAT_H
#define KERNEL_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

typedef void format_put_fn(void *context, char c);

/* Hand each character of the text to put(context, c). */
void format_to(format_put_fn *put, void *context, const char *text,
               va_list arguments);

/*
 * Like C's vsnprintf: writes at most size bytes including the final NUL and
 * returns the length the whole text would have.
 */
size_t format_list(char *buffer, size_t size, const char *text,
                   va_list arguments);
size_t format(char *buffer, size_t size, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

#endif
