#include "drivers/serial/uart.h"

#include <stddef.h>

enum reg {
    DATA = 0, DIVISOR_LOW = 0,
    ENABLE = 1, DIVISOR_HIGH = 1,
    IDENTIFY = 2, FIFO = 2,
    LINE = 3, MODEM = 4, STATUS = 5, SCRATCH = 7,
};

#define ENABLE_INPUT  0x01u
#define ENABLE_OUTPUT 0x02u
#define ENABLE_STATUS 0x04u /* errors and breaks */

#define FIFO_ON     0x01u
#define FIFO_LEVEL8 0x80u /* an interrupt at 8 of 16: 0.6 ms to be late */
#define IDENTIFY_FIFO 0xC0u
#define IDENTIFY_NONE 0x01u /* no interrupt is pending */

#define LINE_DIVISOR 0x80u
#define LINE_BREAK   0x40u
#define LINE_STOP2   0x04u
#define LINE_PARITY  0x08u
#define LINE_EVEN    0x10u

#define MODEM_DTR  0x01u
#define MODEM_RTS  0x02u
#define MODEM_OUT2 0x08u /* on a PC: lets its interrupts out */

#define STATUS_DATA  0x01u
#define STATUS_BREAK 0x10u
#define STATUS_EMPTY 0x20u /* the transmitter takes a FIFO's load */

#define CLOCK 115200u /* bits a second at a divisor of 1 */
#define FIFO_SIZE 16u

/* More at once than any UART has: one that always says "more" is broken, or
 * not there any more, and must not keep us. */
#define BURST_MAX 256u
#define ROUNDS_MAX 16u

static uint8_t
get(const struct uart *uart, enum reg reg)
{
    return uart->read(uart->context, reg);
}

static void
set(const struct uart *uart, enum reg reg, unsigned value)
{
    uart->write(uart->context, reg, (uint8_t)value);
}

static void
enable(struct uart *uart, unsigned interrupts)
{
    if (uart->enabled == interrupts)
        return;
    uart->enabled = (uint8_t)interrupts;
    set(uart, ENABLE, interrupts);
}

/* A register without a function keeps what is written; an empty bus does not. */
static bool
is_there(const struct uart *uart)
{
    static const uint8_t patterns[] = { 0x5A, 0xA5 };

    for (size_t i = 0; i < sizeof patterns; i++) {
        set(uart, SCRATCH, patterns[i]);
        if (get(uart, SCRATCH) != patterns[i])
            return false;
    }
    return get(uart, STATUS) != 0xFF;
}

bool
uart_set_line(struct uart *uart, uint64_t speed, unsigned data_bits,
              unsigned stop_bits, enum uart_parity parity)
{
    unsigned line, divisor;

    if (speed == 0 || speed > CLOCK || CLOCK % speed != 0 ||
        CLOCK / speed > 0xFFFF || data_bits < 5 || data_bits > 8 ||
        stop_bits < 1 || stop_bits > 2)
        return false;
    divisor = (unsigned)(CLOCK / speed);
    line = data_bits - 5;
    if (stop_bits == 2)
        line |= LINE_STOP2;
    if (parity == UART_ODD)
        line |= LINE_PARITY;
    else if (parity == UART_EVEN)
        line |= LINE_PARITY | LINE_EVEN;
    else if (parity != UART_NONE)
        return false;
    set(uart, LINE, line | LINE_DIVISOR);
    set(uart, DIVISOR_LOW, divisor & 0xFF);
    set(uart, DIVISOR_HIGH, divisor >> 8);
    set(uart, LINE, line);
    return true;
}

bool
uart_init(struct uart *uart)
{
    if (!is_there(uart))
        return false;
    set(uart, ENABLE, 0);
    uart->enabled = 0;
    uart->breaking = false;
    uart_set_line(uart, CLOCK, 8, 1, UART_NONE);
    /* Not cleared: what came while no driver was there is still input. */
    set(uart, FIFO, FIFO_ON | FIFO_LEVEL8);
    uart->fifo = (get(uart, IDENTIFY) & IDENTIFY_FIFO) == IDENTIFY_FIFO
                     ? FIFO_SIZE : 1;
    set(uart, MODEM, MODEM_DTR | MODEM_RTS | MODEM_OUT2);
    enable(uart, ENABLE_INPUT | ENABLE_STATUS);
    return true;
}

void
uart_break(struct uart *uart, bool on)
{
    unsigned line = get(uart, LINE) & ~LINE_BREAK;

    uart->breaking = on;
    set(uart, LINE, line | (on ? LINE_BREAK : 0));
}

/* Bytes with a break are none; those with a wrong parity or stop bit count. */
static unsigned
take_input(const struct uart *uart, struct stream *stream)
{
    unsigned found = 0;

    for (unsigned i = 0; i < BURST_MAX; i++) {
        uint8_t status = get(uart, STATUS), byte;

        if ((status & STATUS_DATA) == 0)
            break;
        byte = get(uart, DATA);
        if ((status & STATUS_BREAK) != 0) {
            found |= UART_BREAK;
        } else if (stream != NULL && stream_room(&stream->in) > 0) {
            stream_put(&stream->in, byte);
            found |= UART_INPUT;
        } else if (stream != NULL) {
            stream->lost++;
        }
    }
    return found;
}

static unsigned
send_output(const struct uart *uart, struct stream *stream)
{
    uint32_t count;

    stream_pass_over(&stream->out);
    count = stream_used(&stream->out);
    if (count > uart->fifo)
        count = uart->fifo;
    if (count == 0 || (get(uart, STATUS) & STATUS_EMPTY) == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        set(uart, DATA, stream_take(&stream->out));
    return UART_OUTPUT;
}

static unsigned
serve_once(struct uart *uart, struct stream *stream)
{
    bool sends = stream != NULL && !uart->breaking &&
                 __atomic_load_n(&stream->stopped, __ATOMIC_RELAXED) == 0;
    unsigned found = take_input(uart, stream), wanted;

    if (sends)
        found |= send_output(uart, stream);
    wanted = ENABLE_INPUT | ENABLE_STATUS;
    if (sends && stream_used(&stream->out) > 0)
        wanted |= ENABLE_OUTPUT;
    enable(uart, wanted);
    return found;
}

/*
 * Until the UART says that nothing is left: on a PC its line is edge-triggered,
 * and one that never falls never rises again. To read IDENTIFY is also how the
 * transmitter's interrupt is taken note of.
 */
unsigned
uart_serve(struct uart *uart, struct stream *stream)
{
    unsigned found = 0, rounds = 0;

    do
        found |= serve_once(uart, stream);
    while ((get(uart, IDENTIFY) & IDENTIFY_NONE) == 0 &&
           ++rounds < ROUNDS_MAX);
    return found;
}
