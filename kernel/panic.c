#include "kernel/panic.h"

#include <stdarg.h>
#include <stdbool.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/image.h"
#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"
#include "kernel/power.h"
#include "kernel/screen.h"
#include "kernel/symbols.h"

#define TRACE_MAX 8
#define LOG_LINES 8
#define INDENT    2

static char message[160];
static char line[640] = "  "; /* too large for the stacks of faults */
static int depth;
static uint32_t owner; /* whose panic it is: the CPU's number + 1 */

/*
 * One page, whoever panics: the first CPU stops all others. Another that comes
 * here meanwhile stops by itself; this one again goes on.
 */
static void
claim(void)
{
    uint32_t self = arch_cpu_number() + 1, found = 0;

    arch_interrupts_off();
    if (__atomic_compare_exchange_n(&owner, &found, self, false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        arch_stop_others();
        arch_serial_take_back();
    } else if (found != self) {
        arch_halt();
    }
}

void
panic(const char *text, ...)
{
    va_list arguments;

    claim();
    va_start(arguments, text);
    format_list(message, sizeof message, text, arguments);
    va_end(arguments);
    arch_trap_panic();
}

uintptr_t __stack_chk_guard;

void
__stack_chk_fail(void)
{
    panic("stack canary overwritten");
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

/* Put the line of the log at that place into line; how many rows it takes. */
static uint32_t
read_line(uint64_t at, uint64_t end)
{
    size_t size = sizeof line - INDENT - 1, length = 0;

    if (end - at < size)
        size = (size_t)(end - at);
    size = console_read(at, line + INDENT, size);
    while (length < size && line[INDENT + length] != '\n')
        length++;
    line[INDENT + length] = '\0';
    return screen_rows_of(line, INDENT + length);
}

/* Where the ledger stands in the log before end; end when it does not. */
static uint64_t
find_ledger(uint64_t end)
{
    static const char word[] = "ledger:";
    uint64_t at = end, next;

    while ((next = console_lines_back(at, 1)) != at) {
        at = next;
        read_line(at, end);
        if (strncmp(line + INDENT, word, sizeof word - 1) == 0)
            return at;
    }
    return end;
}

/*
 * The last lines that were printed before, as many as the screen has room
 * for, and in any case the ledger: who reports the page tells what firmware
 * did, too.
 */
static void
print_log(uint64_t end)
{
    uint64_t starts[LOG_LINES], ledger = find_ledger(end), at = end, next;
    uint32_t used = screen_row() + 2; /* with the heading and the last line */
    uint32_t room = used < screen_rows() ? screen_rows() - used : 0;
    uint32_t rows = ledger != end ? read_line(ledger, end) : 0;
    unsigned count = 0;

    room -= rows < room ? rows : room;
    while (count < LOG_LINES && (next = console_lines_back(at, 1)) != at) {
        rows = next != ledger ? read_line(next, end) : 0;
        if (rows > room)
            break;
        room -= rows;
        starts[count++] = at = next;
    }
    if (ledger < at && count == LOG_LINES)
        count--;
    if (ledger < at)
        starts[count++] = ledger;
    kprintf("Last lines of the log:\n");
    while (count > 0) {
        read_line(starts[--count], end);
        kprintf("%s\n", line);
    }
}

void
panic_page(const char *what, const char *detail,
           const struct trap_frame *frame)
{
    uint64_t log_end;

    claim();
    log_end = console_position();
    if (depth++ > 0) {
        /* The page itself failed; a third time even this line did. */
        if (depth == 2)
            kprintf("\nKERNEL PANIC within the panic: %s\n", what);
        power_stop_failed();
    }
    screen_color(SCREEN_NORMAL);
    screen_clear();
    screen_color(SCREEN_ALARM);
    kprintf("\rKERNEL PANIC on CPU %u: %s\n", owner - 1, what);
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
