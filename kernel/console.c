#include "kernel/console.h"

#include <stdarg.h>

#include "kernel/arch.h"
#include "kernel/lib/format.h"
#include "kernel/screen.h"

static char ring[CONSOLE_RING_SIZE];
static uint64_t written;

static void
keep(char c)
{
    ring[written++ % CONSOLE_RING_SIZE] = c;
}

static void
put(void *context, char c)
{
    (void)context;
    keep(c);
    if (c == '\n') {
        arch_serial_put('\r');
        arch_debug_put('\r');
    }
    arch_serial_put(c);
    arch_debug_put(c);
    screen_put(c);
}

void
kprintf(const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    format_to(put, NULL, text, arguments);
    va_end(arguments);
    screen_show_cursor();
}

void
console_keep(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != '\r')
            keep(text[i]);
}

uint64_t
console_position(void)
{
    return written;
}

static uint64_t
oldest(void)
{
    return written > CONSOLE_RING_SIZE ? written - CONSOLE_RING_SIZE : 0;
}

size_t
console_read(uint64_t from, char *buffer, size_t size)
{
    size_t length = 0;

    if (from < oldest())
        from = oldest();
    for (; length < size && from < written; length++)
        buffer[length] = ring[from++ % CONSOLE_RING_SIZE];
    return length;
}

uint64_t
console_lines_back(uint64_t position, unsigned count)
{
    uint64_t at = position;

    while (at > oldest()) {
        /* A line feed right before position ends the last line. */
        if (ring[(at - 1) % CONSOLE_RING_SIZE] == '\n' && at != position &&
            --count == 0)
            break;
        at--;
    }
    return at;
}
