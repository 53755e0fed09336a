/*
 * Devices that are a few ports and print: COM1, port E9h, VGA's cursor.
 * Source: 16550D data sheet, section 8; IBM VGA technical reference.
 */
#include "kernel/x86/ports.h"

#include "kernel/arch.h"
#include "kernel/x86/cpu.h"
#include "layout.h"

#define UART_DATA    (PORT_COM1 + 0)
#define UART_ENABLE  (PORT_COM1 + 1)
#define UART_FIFO    (PORT_COM1 + 2)
#define UART_LINE    (PORT_COM1 + 3)
#define UART_MODEM   (PORT_COM1 + 4)
#define UART_STATUS  (PORT_COM1 + 5)
#define UART_SCRATCH (PORT_COM1 + 7)

#define LINE_8N1      0x03
#define LINE_DIVISOR  0x80
#define MODEM_DTR_RTS 0x03
#define FIFO_ON       0x07 /* on, both cleared */
#define STATUS_THRE   0x20 /* room for a character */
#define STATUS_TEMT   0x40 /* all is on the wire */

/*
 * A character takes 87 us, a read of a port about 1 us: after some ms without
 * room there is no real port. A few of those and it is not tried again.
 */
#define POLLS_MAX  20000
#define STALLS_MAX 4

#define CRTC_INDEX 0x3D4
#define CRTC_DATA  0x3D5

static bool serial_present, debug_present;
static bool serial_lent; /* to a driver */
static int stalls;

static bool
scratch_holds(uint8_t value)
{
    outb(UART_SCRATCH, value);
    return inb(UART_SCRATCH) == value;
}

static bool
wait_for(uint8_t status)
{
    for (int i = 0; i < POLLS_MAX; i++)
        if ((inb(UART_STATUS) & status) != 0)
            return true;
    return false;
}

static void
set_up_line(void)
{
    wait_for(STATUS_TEMT); /* whoever wrote before: to the last character */
    outb(UART_LINE, LINE_8N1);
    outb(UART_ENABLE, 0);
    outb(UART_LINE, LINE_DIVISOR);
    outb(UART_DATA, 1); /* 115200 / 1 */
    outb(UART_ENABLE, 0);
    outb(UART_LINE, LINE_8N1);
    outb(UART_FIFO, FIFO_ON);
    outb(UART_MODEM, MODEM_DTR_RTS);
}

void
ports_init(void)
{
    debug_present = inb(PORT_DEBUG) == 0xE9;
    if (!scratch_holds(0x5A) || !scratch_holds(0xA5))
        return;
    set_up_line();
    serial_present = true;
}

void
arch_ports_lend(uint32_t first, uint32_t count, bool lent)
{
    if (!serial_present || first > UART_SCRATCH || first + count <= UART_DATA)
        return;
    serial_lent = lent; /* and what came in stays for the next driver */
}

void
arch_serial_take_back(void)
{
    if (serial_lent)
        set_up_line();
    serial_lent = false;
}

bool
ports_debug_present(void)
{
    return debug_present;
}

void
arch_serial_put(char c)
{
    if (!serial_present || serial_lent)
        return;
    if (wait_for(STATUS_THRE)) {
        outb(UART_DATA, (uint8_t)c);
        stalls = 0;
    } else if (++stalls == STALLS_MAX) {
        serial_present = false;
    }
}

void
ports_drain(void)
{
    if (serial_present && !serial_lent)
        wait_for(STATUS_TEMT);
}

void
arch_debug_put(char c)
{
    if (debug_present)
        outb(PORT_DEBUG, (uint8_t)c);
}

static void
crtc_write(uint8_t index, uint8_t value)
{
    outb(CRTC_INDEX, index);
    outb(CRTC_DATA, value);
}

void
arch_text_cursor(uint32_t cell)
{
    crtc_write(0x0E, (uint8_t)(cell >> 8));
    crtc_write(0x0F, (uint8_t)cell);
}
