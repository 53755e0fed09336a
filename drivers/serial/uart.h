/*
 * A 16550 UART and its ancestors: registers, FIFOs, modem lines. From National
 * Semiconductor's PC16550D data sheet (1995), sections 8.1 to 8.6.
 *
 * Port access is the caller's, so that a model can stand in its place.
 */
#ifndef DRIVERS_SERIAL_UART_H
#define DRIVERS_SERIAL_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "user/proto/stream.h"

#define UART_PORTS 8u

struct uart {
    uint8_t (*read)(void *context, unsigned reg);
    void (*write)(void *context, unsigned reg, uint8_t value);
    void *context;

    unsigned fifo;      /* bytes that the transmitter takes at once */
    uint8_t enabled;    /* what the interrupt enable register has */
    bool breaking;
};

enum uart_parity { UART_NONE = 'n', UART_EVEN = 'e', UART_ODD = 'o' };

/* What uart_serve() found. */
#define UART_INPUT  1u /* bytes came in */
#define UART_OUTPUT 2u /* the ring has more room than before */
#define UART_BREAK  4u

/* 115200 8N1, FIFOs on, DTR and RTS up, interrupts for input. False: nothing
 * answers there as a UART would. */
bool uart_init(struct uart *uart);

/* false: not a line that a UART can have. */
bool uart_set_line(struct uart *uart, uint64_t speed, unsigned data_bits,
                   unsigned stop_bits, enum uart_parity parity);

/*
 * All that there is to do now: take what came, send what may be sent, ask for
 * the interrupts that will tell of more. After each interrupt, and when there
 * is new output. Without a stream input is dropped. UART_* of what happened.
 */
unsigned uart_serve(struct uart *uart, struct stream *stream);

void uart_break(struct uart *uart, bool on);

#endif
