#include "kernel/panic.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/image.h"
#include "kernel/lib/format.h"
#include "kernel/power.h"
#include "kernel/screen.h"
#include "kernel/symbols.h"

#define TRACE_MAX 8
#define LOG_LINES 4
#define LOG_WIDTH 80

static char message[160];
static int depth;

void
panic(const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    format_list(message, sizeof message, text, arguments);
    va_end(arguments);
    arch_trap_panic();
}

const char *
panic_message(void)
{
    return message;
}

/* A return address stands behind its call, which may be a function's last. */
static void
print_place(uintptr_t address, bool is_return)
{
    uint64_t offset = image_offset((const void *)address), into = 0;
    uint64_t size = image_offset(text_end);
    const char *name = NULL;

    if (offset < size + is_return)
        name = symbol_find(offset - is_return, &into);
    if (name != NULL)
        kprintf("  %016lX %s+%lX\n", (uint64_t)address, name,
                into + is_return);
    else
        kprintf("  %016lX (not in the kernel)\n", (uint64_t)address);
}

static void
print_trace(const struct trap_frame *frame)
{
    uintptr_t trace[TRACE_MAX];
    size_t count = arch_backtrace(frame, trace, TRACE_MAX);

    kprintf("Back trace, the image starts at %016lX:\n",
            (uint64_t)(uintptr_t)image_start);
    for (size_t i = 0; i < count; i++)
        print_place(trace[i], i > 0);
}

/* The last lines that were printed before, cut to the width of a screen. */
static void
print_log(uint64_t end)
{
    uint64_t at = console_lines_back(end, LOG_LINES);
    unsigned width = 0;
    char c;

    kprintf("Last lines of the log:\n  ");
    for (; at < end && console_read(at, &c, 1) == 1; at++) {
        if (c == '\n' && at + 1 < end)
            kprintf("\n  ");
        else if (c != '\n' && width < LOG_WIDTH - 3)
            kprintf("%c", c);
        width = c == '\n' ? 0 : width + 1;
    }
    kprintf("\n");
}

void
panic_page(const char *what, const char *detail,
           const struct trap_frame *frame)
{
    uint64_t log_end = console_position();

    if (depth++ > 0) {
        /* The page itself failed; a third time even this line did. */
        if (depth == 2)
            kprintf("\nKERNEL PANIC within the panic: %s\n", what);
        power_stop_failed();
    }
    screen_color(SCREEN_NORMAL);
    screen_clear();
    screen_color(SCREEN_ALARM);
    kprintf("\rKERNEL PANIC on CPU 0: %s\n", what);
    screen_color(SCREEN_NORMAL);
    if (detail != NULL)
        kprintf("%s\n", detail);
    arch_print_registers(frame);
    print_trace(frame);
    print_log(log_end);
    kprintf("Kindling %s has stopped. Please report this page.\n",
            KERNEL_VERSION);
    power_stop_failed();
}
