/* The serial driver's UART, against a model of one. */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/serial/uart.h"

#define SEED 16550u
#define RX_MAX 65536u

/* A 16550: what it holds, and what the wire saw. */
static struct {
    bool absent, no_fifo, endless;
    uint8_t enable, line, modem, scratch, fifo_control;
    uint16_t divisor;
    uint8_t received[RX_MAX];
    bool breaks[RX_MAX];
    unsigned rx_put, rx_taken;
    unsigned in_transmitter;   /* bytes that did not go out yet */
    bool empty_pending;        /* the transmitter's interrupt */
    uint8_t wire[RX_MAX];
    unsigned sent;
    unsigned overrun;
    unsigned surprise; /* a byte comes at that look at what is pending */
} model;

static void model_receive(uint8_t byte, bool is_break);

static struct stream stream;
static struct uart uart;

static unsigned
model_fifo(void)
{
    return model.no_fifo || (model.fifo_control & 1) == 0 ? 1 : 16;
}

static bool
has_input(void)
{
    return model.endless || model.rx_put > model.rx_taken;
}

static uint8_t
identify(void)
{
    uint8_t fifo = model_fifo() == 16 ? 0xC0 : 0;

    if ((model.enable & 4) != 0 && has_input() &&
        model.breaks[model.rx_taken % RX_MAX])
        return fifo | 6;
    if ((model.enable & 1) != 0 && has_input())
        return fifo | 4;
    if ((model.enable & 2) != 0 && model.empty_pending)
        return fifo | 2;
    return fifo | 1;
}

static bool
interrupts(void)
{
    return (model.modem & 8) != 0 && (identify() & 1) == 0;
}

static uint8_t
model_read(void *context, unsigned reg)
{
    uint8_t value = 0;

    (void)context;
    if (model.absent)
        return 0xFF;
    switch (reg) {
    case 0:
        if ((model.line & 0x80) != 0)
            return (uint8_t)model.divisor;
        if (model.endless)
            return 'x';
        if (has_input())
            value = model.received[model.rx_taken++ % RX_MAX];
        return value;
    case 1: return (model.line & 0x80) != 0 ? (uint8_t)(model.divisor >> 8)
                                            : model.enable;
    case 2:
        if (model.surprise > 0 && model.surprise-- == 1)
            model_receive('!', false); /* just behind the driver's back */
        value = identify();
        if ((value & 7) == 2)
            model.empty_pending = false;
        return value;
    case 3: return model.line;
    case 4: return model.modem;
    case 5:
        return (uint8_t)((has_input() ? 1 : 0) |
                         (has_input() &&
                          model.breaks[model.rx_taken % RX_MAX] ? 0x10 : 0) |
                         (model.in_transmitter == 0 ? 0x60 : 0));
    case 7: return model.scratch;
    default: return 0;
    }
}

static void
model_transmit(uint8_t byte)
{
    if (model.in_transmitter >= model_fifo()) {
        model.overrun++;
        return;
    }
    model.in_transmitter++;
    model.empty_pending = false;
    assert_true(model.sent < RX_MAX);
    model.wire[model.sent++] = byte;
}

static void
model_write(void *context, unsigned reg, uint8_t value)
{
    (void)context;
    if (model.absent)
        return;
    switch (reg) {
    case 0:
        if ((model.line & 0x80) != 0)
            model.divisor = (uint16_t)((model.divisor & 0xFF00) | value);
        else
            model_transmit(value);
        break;
    case 1:
        if ((model.line & 0x80) != 0) {
            model.divisor = (uint16_t)((model.divisor & 0xFF) | value << 8);
            break;
        }
        if ((value & ~model.enable & 2) != 0 && model.in_transmitter == 0)
            model.empty_pending = true;
        model.enable = value;
        break;
    case 2: model.fifo_control = value; break;
    case 3: model.line = value; break;
    case 4: model.modem = value; break;
    case 7: model.scratch = value; break;
    default: break;
    }
}

static void
model_drain(void)
{
    if (model.in_transmitter == 0)
        return;
    model.in_transmitter = 0;
    model.empty_pending = true;
}

static void
model_receive(uint8_t byte, bool is_break)
{
    model.received[model.rx_put % RX_MAX] = byte;
    model.breaks[model.rx_put % RX_MAX] = is_break;
    model.rx_put++;
}

static int
reset(void **state)
{
    (void)state;
    memset(&model, 0, sizeof model);
    memset(&stream, 0, sizeof stream);
    uart = (struct uart){ .read = model_read, .write = model_write };
    return 0;
}

static void
put_out(const char *text)
{
    for (; *text != '\0'; text++)
        stream_put(&stream.out, (uint8_t)*text);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_init(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    assert_int_equal(uart.fifo, 16);
    assert_int_equal(model.divisor, 1);
    assert_int_equal(model.line, 3);
    assert_int_equal(model.modem & 0xB, 0xB);
    assert_int_equal(model.fifo_control & 7, 1); /* what came is kept */
    assert_int_equal(model.enable, 5);
}

static void
test_absent(void **state)
{
    (void)state;
    model.absent = true;
    assert_false(uart_init(&uart));
}

static void
test_old_one(void **state)
{
    (void)state;
    model.no_fifo = true;
    assert_true(uart_init(&uart));
    assert_int_equal(uart.fifo, 1);
    put_out("abc");
    for (unsigned i = 0; i < 5; i++) {
        uart_serve(&uart, &stream);
        assert_int_equal(model.overrun, 0);
        model_drain();
    }
    assert_int_equal(model.sent, 3);
    assert_memory_equal(model.wire, "abc", 3);
}

static void
test_line(void **state)
{
    static const struct {
        unsigned speed, data, stop;
        enum uart_parity parity;
        unsigned line, divisor; /* 0: refused */
    } lines[] = {
        { 9600, 8, 1, UART_NONE, 3, 12 }, { 300, 7, 2, UART_EVEN, 0x1E, 384 },
        { 57600, 5, 1, UART_ODD, 8, 2 }, { 115200, 9, 1, UART_NONE, 0, 0 },
        { 0, 8, 1, UART_NONE, 0, 0 }, { 230400, 8, 1, UART_NONE, 0, 0 },
        { 7000, 8, 1, UART_NONE, 0, 0 }, { 1, 8, 1, UART_NONE, 0, 0 },
        { 9600, 4, 1, UART_NONE, 0, 0 }, { 9600, 8, 3, UART_NONE, 0, 0 },
        { 9600, 8, 1, (enum uart_parity)'x', 0, 0 },
    };

    (void)state;
    assert_true(uart_init(&uart));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bool good = uart_set_line(&uart, lines[i].speed, lines[i].data,
                                  lines[i].stop, lines[i].parity);

        assert_int_equal(good, lines[i].divisor != 0);
        if (!good)
            continue;
        assert_int_equal(model.line, lines[i].line);
        assert_int_equal(model.divisor, lines[i].divisor);
    }
}

/* After each service the interrupt line is low, or it would never rise. */
static void
test_both_ways(void **state)
{
    static uint8_t in[RX_MAX];
    unsigned put = 0, came = 0, taken = 0;

    (void)state;
    srand(SEED);
    assert_true(uart_init(&uart));
    while (put < 20000 || taken < 20000) {
        for (int i = rand() % 20; i > 0 && put < 20000; i--)
            stream_put(&stream.out, (uint8_t)(put++ * 7));
        for (int i = rand() % 16; i > 0 && came < 20000; i--)
            model_receive((uint8_t)(came++ * 5), false);
        uart_serve(&uart, &stream);
        assert_false(interrupts());
        while (stream_used(&stream.in) > 0)
            in[taken++] = stream_take(&stream.in);
        if (rand() % 2)
            model_drain();
    }
    for (; put < 21000; put++)
        stream_put(&stream.out, (uint8_t)(put * 7));
    uart_serve(&uart, &stream);
    while (model.sent < put) {
        model_drain();
        assert_true(interrupts());
        uart_serve(&uart, &stream);
    }
    assert_int_equal(model.overrun, 0);
    for (unsigned i = 0; i < 20000; i++) {
        assert_int_equal(in[i], (uint8_t)(i * 5));
        assert_int_equal(model.wire[i], (uint8_t)(i * 7));
    }
    assert_int_equal(stream.lost, 0);
}

static void
test_results(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    assert_int_equal(uart_serve(&uart, &stream), 0);
    model_receive('a', false);
    put_out("b");
    assert_int_equal(uart_serve(&uart, &stream), UART_INPUT | UART_OUTPUT);
    model_receive(0, true);
    assert_int_equal(uart_serve(&uart, &stream), UART_BREAK);
    assert_int_equal(stream_used(&stream.in), 1);
}

static void
test_surprise(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    model_receive('a', false);
    model.surprise = 1;
    assert_int_equal(uart_serve(&uart, &stream), UART_INPUT);
    assert_int_equal(stream_used(&stream.in), 2);
    assert_false(interrupts());
}

static void
test_stopped(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    put_out("abc");
    stream.stopped = 1;
    uart_serve(&uart, &stream);
    assert_int_equal(model.sent, 0);
    assert_false(interrupts());
    stream.stopped = 0;
    uart_break(&uart, true);
    assert_int_equal(model.line, 0x43);
    uart_serve(&uart, &stream);
    assert_int_equal(model.sent, 0);
    uart_break(&uart, false);
    assert_int_equal(model.line, 3);
    uart_serve(&uart, &stream);
    assert_int_equal(model.sent, 3);
}

static void
test_full(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    for (unsigned i = 0; i < STREAM_RING + 10; i++) {
        model_receive((uint8_t)i, false);
        uart_serve(&uart, &stream);
    }
    assert_int_equal(stream_used(&stream.in), STREAM_RING);
    assert_int_equal(stream.lost, 10);
    model_receive('x', false);
    uart_serve(&uart, NULL); /* nobody is attached */
    assert_false(interrupts());
}

/* What the client does not want sent any more. */
static void
test_dropped(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    put_out("a far too long text");
    uart_serve(&uart, &stream);
    assert_int_equal(model.sent, 16);
    stream_drop(&stream.out);
    put_out("b");
    model_drain();
    uart_serve(&uart, &stream);
    assert_int_equal(model.sent, 17);
    assert_int_equal(model.wire[16], 'b');
}

/* A client that writes nonsense into its indices, and a UART gone mad. */
static void
test_hostile(void **state)
{
    (void)state;
    assert_true(uart_init(&uart));
    srand(SEED);
    for (unsigned i = 0; i < 5000; i++) {
        stream.in.put = (uint32_t)rand() * 3;
        stream.in.taken = (uint32_t)rand() * 5;
        stream.out.put = (uint32_t)rand() * 7;
        stream.out.taken = (uint32_t)rand() * 11;
        stream.out.dropped = (uint32_t)rand() * 13;
        model_receive((uint8_t)i, false);
        model.sent = 0;
        uart_serve(&uart, &stream);
        model_drain();
    }
    model.endless = true;
    uart_serve(&uart, &stream);
}

#define TEST(name) cmocka_unit_test_setup(test_##name, reset)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(init), TEST(absent), TEST(old_one), TEST(line), TEST(both_ways),
        TEST(results), TEST(surprise), TEST(stopped), TEST(full),
        TEST(dropped), TEST(hostile),
    };

    return cmocka_run_group_tests_name("uart", tests, NULL, NULL);
}
