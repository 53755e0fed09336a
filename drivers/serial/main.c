/*
 * The driver of one serial port: user/proto/stream.h over a UART. The manifest
 * gives it "ports" (eight), "interrupt" and the endpoint "serial".
 *
 * It has no state that is worth anything: rings and line are its client's, and
 * the next instance goes on with what it finds in them and in the UART.
 */
#include "drivers/lib/ports.h"
#include "drivers/serial/uart.h"
#include "user/rt/service.h"

/* Bits of the notification. */
#define BIT_INTERRUPT (1ULL << 0)
#define BIT_CLIENT    (1ULL << 1) /* there is output, or room for input */
#define BIT_BREAK     (1ULL << 2) /* the break has lasted long enough */

#define BREAK_TIME 250000000UL /* nanoseconds */

#define ANSWER(error) ((uint32_t)(error))

static struct {
    handle_t endpoint, bits, interrupt;
    uint16_t port;
    struct uart uart;

    /* The client that is attached. */
    struct stream *stream;
    handle_t memory, bell, reply;
    uint64_t bell_input, bell_output, bell_break;
} serial;

static uint8_t
read_register(void *context, unsigned reg)
{
    (void)context;
    return port_read((uint16_t)(serial.port + reg));
}

static void
write_register(void *context, unsigned reg, uint8_t value)
{
    (void)context;
    port_write((uint16_t)(serial.port + reg), value);
}

/* --- the client ----------------------------------------------------------- */

static void
detach(int64_t why)
{
    struct sys_message m = { .tag = ANSWER(why) };

    if (serial.stream == NULL)
        return;
    sys_unmap(SYS_SELF, (uint64_t)serial.stream, STREAM_SIZE);
    sys_close(serial.memory);
    sys_close(serial.bell);
    sys_reply(serial.reply, &m);
    serial.stream = NULL;
}

static int64_t
attach(const struct sys_message *m)
{
    handle_t memory = sys_handle(m, 0), bell = sys_handle(m, 1);
    int64_t at = sys_map(SYS_SELF, memory, 0, STREAM_SIZE, 0,
                         SYS_MAP_READ | SYS_MAP_WRITE);
    int64_t reply;

    if (at < 0)
        return at;
    reply = sys_reply_keep();
    if (reply < 0) {
        sys_unmap(SYS_SELF, (uint64_t)at, STREAM_SIZE);
        return reply;
    }
    detach(ERR_STATE);
    serial.stream = (struct stream *)at;
    serial.memory = memory;
    serial.bell = bell;
    serial.reply = (handle_t)reply;
    serial.bell_input = m->words[0];
    serial.bell_output = m->words[1];
    serial.bell_break = m->words[2];
    return 0;
}

static void
work(void)
{
    unsigned found = uart_serve(&serial.uart, serial.stream);
    uint64_t bits = 0;

    if (serial.stream == NULL)
        return;
    if ((found & UART_INPUT) != 0)
        bits |= serial.bell_input;
    if ((found & UART_BREAK) != 0)
        bits |= serial.bell_break;
    if ((found & UART_OUTPUT) != 0 &&
        stream_used(&serial.stream->out) <= STREAM_RING / 2)
        bits |= serial.bell_output;
    if (bits != 0)
        sys_notify(serial.bell, bits);
}

/* --- calls ---------------------------------------------------------------- */

static int64_t
set_line(const struct sys_message *m)
{
    if (m->words[1] > 8 || m->words[2] > 2 || m->words[3] > 'z')
        return ERR_ARGUMENT;
    return uart_set_line(&serial.uart, m->words[0], (unsigned)m->words[1],
                         (unsigned)m->words[2],
                         (enum uart_parity)m->words[3]) ? 0 : ERR_ARGUMENT;
}

static int64_t
begin_break(void)
{
    uart_break(&serial.uart, true);
    return sys_timer_set(serial.bits, BIT_BREAK,
                         (uint64_t)sys_clock() + BREAK_TIME);
}

/* *m becomes the answer; false: there is none yet. */
static bool
serve(struct sys_message *m)
{
    struct sys_message answer = { 0 };
    int64_t result = ERR_CALL, bell;

    switch ((uint32_t)m->tag) {
    case STREAM_OPEN:
        bell = sys_duplicate(serial.bits, SYS_RIGHT_NOTIFY |
                                              SYS_RIGHT_TRANSFER);
        result = bell < 0 ? bell : 0;
        if (bell > 0) {
            answer.handles = sys_handles((handle_t)bell, 0);
            answer.tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
            answer.words[0] = BIT_CLIENT;
        }
        break;
    case STREAM_ATTACH:
        result = attach(m);
        if (result == 0)
            return false;
        break;
    case STREAM_LINE: result = set_line(m); break;
    case STREAM_BREAK: result = begin_break(); break;
    default: break;
    }
    service_close_handles(m);
    answer.tag |= ANSWER(result);
    *m = answer;
    return true;
}

static void
take_bits(uint64_t bits)
{
    bits = service_bits(bits);
    if ((bits & BIT_BREAK) != 0)
        uart_break(&serial.uart, false);
    work();
    if ((bits & BIT_INTERRUPT) != 0)
        sys_interrupt_done(serial.interrupt);
}

static void
begin(uint64_t argument)
{
    handle_t ports;
    struct sys_inspection range;

    service_begin(argument);
    serial.endpoint = service_need("serial");
    ports = service_need("ports");
    serial.interrupt = service_need("interrupt");
    serial.bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(serial.endpoint, serial.bits);
    sys_ports_enable(ports);
    sys_inspect(ports, &range);
    serial.port = (uint16_t)range.process;
    serial.uart.read = read_register;
    serial.uart.write = write_register;
    if (!uart_init(&serial.uart)) {
        print("no UART at port %Xh.\n", serial.port);
        sys_exit(1);
    }
    sys_interrupt_bind(serial.interrupt, serial.bits, BIT_INTERRUPT);
    service_ready(serial.bits);
    work(); /* what came before anybody listened */
}

int
main(uint64_t argument)
{
    struct sys_message m;
    int64_t got;

    begin(argument);
    got = sys_receive(serial.endpoint, 0, &m);
    for (;;) {
        if (got == SYS_GOT_CALL && serve(&m)) {
            service_reply(&m);
            got = sys_receive(serial.endpoint, 0, &m);
            continue;
        }
        if (got == SYS_GOT_BITS)
            take_bits(m.words[0]);
        else if (got == SYS_GOT_CANCEL && (handle_t)m.words[0] == serial.reply)
            detach(ERR_INTERRUPTED);
        else if (got < 0)
            return 1;
        work();
        got = sys_receive(serial.endpoint, 0, &m);
    }
}
