#include "stage2/console.h"

#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"
#include "stage2/bios.h"
#include "stage2/io.h"
#include "stage2/loader.h"

#define UART_LINE_STATUS (PORT_COM1 + 5)
#define UART_SCRATCH     (PORT_COM1 + 7)
#define UART_THR_EMPTY   0x20
#define UART_POLLS       100000 /* far longer than one byte at 115200 takes */

static char log_text[BOOT_LOG_SIZE];
static uint32_t log_length;
static char line[96]; /* what the screen has not got yet */
static uint32_t line_length;
static bool has_uart, has_debug_port, has_screen, has_log;

void
console_init(void)
{
    /* A missing port reads FFh; a present one keeps what is written. */
    out8(UART_SCRATCH, 0x5A);
    has_uart = in8(UART_SCRATCH) == 0x5A || in8(UART_LINE_STATUS) != 0xFF;
    has_debug_port = in8(PORT_DEBUG) == PORT_DEBUG;
    has_screen = true;
    has_log = true;
}

static void
uart_put(char c)
{
    for (int i = 0; i < UART_POLLS; i++)
        if (in8(UART_LINE_STATUS) & UART_THR_EMPTY) {
            out8(PORT_COM1, (uint8_t)c);
            return;
        }
    has_uart = false; /* it never gets rid of a byte: no use waiting again */
}

void
console_flush(void)
{
    line[line_length] = '\0';
    if (has_screen && line_length > 0)
        bios_print(line);
    line_length = 0;
}

static void
put_raw(char c)
{
    if (has_uart)
        uart_put(c);
    if (has_debug_port)
        out8(PORT_DEBUG, (uint8_t)c);
    line[line_length++] = c;
    if (line_length == sizeof line - 1)
        console_flush();
}

static void
put(void *context, char c)
{
    (void)context;
    if (has_log && log_length < sizeof log_text && c != '\r')
        log_text[log_length++] = c;
    if (c == '\n')
        put_raw('\r');
    put_raw(c);
    if (c == '\n')
        console_flush();
}

void
print_list(const char *text, va_list arguments)
{
    format_to(put, NULL, text, arguments);
}

void
print(const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    print_list(text, arguments);
    va_end(arguments);
}

bool
console_screen_on(bool on)
{
    bool was_on = has_screen;

    console_flush();
    has_screen = on;
    return was_on;
}

void
console_log_on(bool on)
{
    has_log = on;
}

uint32_t
console_log(char *to, uint32_t size)
{
    uint32_t length = log_length < size ? log_length : size;

    memcpy(to, log_text, length);
    return length;
}
