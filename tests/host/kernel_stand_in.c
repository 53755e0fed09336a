#include "tests/host/kernel_stand_in.h"

#include <string.h>

#include "kernel/arch.h"
#include "kernel/font.h"
#include "kernel/lib/format.h"

char serial_text[65536], debug_text[65536];
uint32_t cursor_cell;
static size_t serial_length, debug_length;

/* Two glyphs are enough: one dot in the upper left corner, and all dots. */
const uint8_t font[256][FONT_HEIGHT] = {
    ['.'] = { 0x80 },
    ['#'] = { [0 ... 15] = 0xFF },
};

void
stand_in_reset(void)
{
    memset(serial_text, 0, sizeof serial_text);
    memset(debug_text, 0, sizeof debug_text);
    serial_length = debug_length = 0;
    cursor_cell = 0;
}

void
arch_serial_put(char c)
{
    if (serial_length + 1 < sizeof serial_text)
        serial_text[serial_length++] = c;
}

void
arch_debug_put(char c)
{
    if (debug_length + 1 < sizeof debug_text)
        debug_text[debug_length++] = c;
}

void
arch_text_cursor(uint32_t cell)
{
    cursor_cell = cell;
}

void
arch_describe_cpu(char *text, size_t size)
{
    if (size > 0)
        strncpy(text, "a host", size)[size - 1] = '\0';
}

void
arch_describe_timers(char *text, size_t size)
{
    if (size > 0)
        strncpy(text, "a clock", size)[size - 1] = '\0';
}
