/*
 * The tty server: terminals for programs, over lines to drivers. The manifest
 * gives it the endpoint "tty", the session "serial" and the vault "stream".
 *
 * One thread serves; it never waits for a driver. Reads and writes that have to
 * wait are kept, in the order in which they came, and carried out when the
 * line has bytes or room.
 */
#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/io.h"
#include "user/proto/proc.h"
#include "user/rt/service.h"
#include "user/tty/discipline.h"
#include "user/tty/line.h"

/* Bits of the notification. */
#define BIT_INPUT  (1ULL << 0)
#define BIT_OUTPUT (1ULL << 1)
#define BIT_BREAK  (1ULL << 2)
#define BIT_TIME   (1ULL << 3)

#define FILES_MAX   64u
#define WAITERS_MAX 64u
#define CHUNK       512u
#define ECHO_ROOM   1024u /* of the ring, that programs leave to the echo */
#define LINE_PRIORITY 11u
#define DECISECOND  100000000UL /* nanoseconds */

/* Of <fcntl.h>, <sys/stat.h>, <signal.h> and <poll.h>. */
#define SIGNAL_INT  2u
#define SIGNAL_QUIT 3u
#define SIGNAL_TSTP 20u
#define SIGNAL_TTIN 21u
#define FLAG_ACCESS   3u
#define FLAG_NONBLOCK 04000u
#define MODE_TERMINAL 0020620u
#define POLL_IN  1u
#define POLL_OUT 4u

struct file {
    bool used;
    uint32_t flags;
    handle_t armed;    /* notification of one who polls, or 0 */
    uint64_t armed_bits;
    uint32_t armed_events;
};

/* A read or a write that is under way. */
struct waiter {
    handle_t reply;    /* 0: a free place */
    uint64_t process;
    uint64_t order;    /* first come, first served */
    bool writes;
    bool drains;       /* a write of nothing that waits for those before it */
    uint64_t size, done;
    uint8_t small[IO_SMALL]; /* bytes that came in the message's words */
    bool is_small;
    uint64_t deadline; /* of a read in raw mode, 0: none */
};

static struct {
    handle_t endpoint, bits, proc;
    struct line line;
    struct discipline discipline;
    uint16_t columns, rows;
    int32_t session, group;
    struct file files[FILES_MAX];
    struct waiter waiters[WAITERS_MAX];
    uint64_t order;
} tty;

/* --- the line ------------------------------------------------------------- */

static void
send(void *context, const uint8_t *bytes, size_t count)
{
    struct stream_ring *ring = &tty.line.stream->out;

    (void)context;
    for (size_t i = 0; i < count && stream_room(ring) > 0; i++)
        stream_put(ring, bytes[i]);
}

/* To the group in front. proc serves at once, and never calls back. */
static void
send_signal(void *context, enum discipline_signal signal)
{
    static const uint64_t numbers[] = {
        [DISCIPLINE_INTR] = SIGNAL_INT, [DISCIPLINE_QUIT] = SIGNAL_QUIT,
        [DISCIPLINE_SUSP] = SIGNAL_TSTP,
    };
    struct sys_message m = {
        .tag = PROC_TTY_SIGNAL,
        .words = { (uint64_t)tty.session, (uint64_t)tty.group,
                   numbers[signal] },
    };

    (void)context;
    sys_call(tty.proc, &m);
}

/* true: there was some. */
static bool
take_input(void)
{
    struct stream_ring *ring = &tty.line.stream->in;
    bool was_stopped = tty.discipline.stopped, came = stream_used(ring) > 0;

    while (stream_used(ring) > 0)
        discipline_input(&tty.discipline, stream_take(ring));
    if (was_stopped != tty.discipline.stopped)
        __atomic_store_n(&tty.line.stream->stopped, tty.discipline.stopped,
                         __ATOMIC_RELEASE);
    return came;
}

/* --- answers -------------------------------------------------------------- */

static void
answer(struct waiter *waiter, uint32_t error)
{
    struct sys_message m = { .tag = error, .words = { waiter->done } };

    if (!waiter->writes && waiter->is_small && error == 0)
        memcpy(&m.words[1], waiter->small, sizeof waiter->small);
    sys_reply(waiter->reply, &m);
    waiter->reply = 0;
}

static const struct tty_modes *
modes(void)
{
    return &tty.discipline.modes;
}

/* How many bytes a read of that size waits for. */
static uint64_t
wanted(const struct waiter *waiter)
{
    uint64_t least = modes()->special[TTY_VMIN];

    if ((modes()->local & TTY_ICANON) != 0)
        return 0; /* a line, however short */
    return least < waiter->size ? least : waiter->size;
}

static bool
may_read(const struct waiter *waiter)
{
    if (waiter->size == 0)
        return true;
    if ((modes()->local & TTY_ICANON) != 0)
        return discipline_readable(&tty.discipline);
    return discipline_waiting(&tty.discipline) >= wanted(waiter);
}

/* Whatever there is. What does not fit into its memory is lost. */
static void
carry_out_read(struct waiter *waiter)
{
    uint8_t buffer[CHUNK];
    bool end = false;
    uint32_t error = 0;

    while (waiter->done < waiter->size && !end) {
        uint64_t left = waiter->size - waiter->done;
        unsigned lines = tty.discipline.lines;
        size_t n = discipline_read(&tty.discipline, buffer,
                                   left < CHUNK ? left : CHUNK, &end);

        if (n == 0)
            break;
        if (waiter->is_small)
            memcpy(waiter->small + waiter->done, buffer, n);
        else if (sys_lease_write(waiter->reply, 0, waiter->done, buffer, n) !=
                 (int64_t)n) {
            error = E_FAULT;
            break;
        }
        waiter->done += n;
        if ((modes()->local & TTY_ICANON) != 0 &&
            tty.discipline.lines != lines)
            break; /* one line, whatever it ends with */
    }
    answer(waiter, waiter->done > 0 ? 0 : error);
}

/* As far as the ring has room; true: it was answered. */
static bool
carry_out_write(struct waiter *waiter)
{
    struct stream_ring *ring = &tty.line.stream->out;
    uint8_t in[CHUNK / DISCIPLINE_GROWTH], out[CHUNK];

    while (waiter->done < waiter->size &&
           stream_room(ring) >= ECHO_ROOM + sizeof out) {
        uint64_t left = waiter->size - waiter->done;
        size_t used, n = left < sizeof in ? left : sizeof in;

        if (waiter->is_small)
            memcpy(in, waiter->small + waiter->done, n);
        else if (sys_lease_read(waiter->reply, 0, waiter->done, in, n) !=
                 (int64_t)n) {
            answer(waiter, waiter->done > 0 ? 0 : E_FAULT);
            return true;
        }
        n = discipline_output(&tty.discipline, in, n, &used, out, sizeof out);
        send(NULL, out, n);
        waiter->done += used;
    }
    if (waiter->done < waiter->size ||
        (waiter->drains && stream_used(ring) > 0))
        return false;
    answer(waiter, 0);
    return true;
}

/* --- those who wait ------------------------------------------------------- */

/* Whether one behind may read, or is stopped for it (POSIX 11.1.4). */
static uint32_t
check_front(uint64_t process, uint64_t signal)
{
    struct sys_message ask = {
        .tag = PROC_TTY_CHECK,
        .words = { process, (uint64_t)tty.session, (uint64_t)tty.group,
                   signal },
    };

    return sys_call(tty.proc, &ask) < 0 ? E_IO : (uint32_t)ask.tag;
}

/* The first of those behind that order, or NULL. */
static struct waiter *
next_waiter(bool writes, uint64_t order)
{
    struct waiter *first = NULL;

    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        struct waiter *waiter = &tty.waiters[i];

        if (waiter->reply != 0 && waiter->writes == writes &&
            waiter->order >= order &&
            (first == NULL || waiter->order < first->order))
            first = waiter;
    }
    return first;
}

static void
tell_polls(void)
{
    uint32_t events = discipline_readable(&tty.discipline) ? POLL_IN : 0;

    if (stream_room(&tty.line.stream->out) >= ECHO_ROOM + CHUNK)
        events |= POLL_OUT;
    for (unsigned i = 0; i < FILES_MAX; i++) {
        struct file *file = &tty.files[i];

        if (file->armed == 0 || (file->armed_events & events) == 0)
            continue;
        sys_notify(file->armed, file->armed_bits);
        sys_close(file->armed);
        file->armed = 0;
    }
}

static void
set_timer(void)
{
    uint64_t first = 0;

    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        const struct waiter *waiter = &tty.waiters[i];

        if (waiter->reply != 0 && waiter->deadline != 0 &&
            (first == 0 || waiter->deadline < first))
            first = waiter->deadline;
    }
    sys_timer_set(tty.bits, BIT_TIME, first);
}

static bool
is_late(const struct waiter *waiter)
{
    return waiter->deadline != 0 &&
           (uint64_t)sys_clock() >= waiter->deadline;
}

/* POSIX, 11.1.7, case A: the time is that between bytes, from the first on. */
static void
start_times(bool came)
{
    if (modes()->special[TTY_VTIME] == 0 || modes()->special[TTY_VMIN] == 0 ||
        (modes()->local & TTY_ICANON) != 0 ||
        discipline_waiting(&tty.discipline) == 0)
        return;
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        struct waiter *waiter = &tty.waiters[i];

        if (waiter->reply != 0 && !waiter->writes &&
            (came || waiter->deadline == 0))
            waiter->deadline = (uint64_t)sys_clock() +
                               modes()->special[TTY_VTIME] * DECISECOND;
    }
}

/* What is taken for a caller that has died is lost. */
static bool
drop_dead(struct waiter *waiter)
{
    if (service_waits(waiter->reply))
        return false;
    sys_close(waiter->reply);
    waiter->reply = 0;
    return true;
}

/* One that was stopped in its read is passed over until it is in front. */
static void
serve_readers(void)
{
    struct waiter *waiter;
    uint64_t order = 0;

    while ((waiter = next_waiter(false, order)) != NULL) {
        order = waiter->order + 1;
        if (drop_dead(waiter))
            continue;
        if (!may_read(waiter) && !is_late(waiter))
            break;
        if (check_front(waiter->process, 0) == 0)
            carry_out_read(waiter);
    }
}

static void
serve_writers(void)
{
    struct waiter *waiter;

    while ((waiter = next_waiter(true, 0)) != NULL &&
           (drop_dead(waiter) || carry_out_write(waiter)))
        ;
}

/* Whoever can go on does. */
static void
work(void)
{
    start_times(take_input());
    serve_readers();
    serve_writers();
    tell_polls();
    set_timer();
    if (stream_used(&tty.line.stream->out) > 0)
        line_wake(&tty.line);
}

/* The current call is to wait, or goes on at once. */
static uint32_t
keep(const struct sys_message *m, const struct file *file, bool writes,
     bool is_small)
{
    struct waiter *waiter = NULL;
    int64_t reply;

    for (unsigned i = 0; i < WAITERS_MAX && waiter == NULL; i++)
        if (tty.waiters[i].reply == 0)
            waiter = &tty.waiters[i];
    if (waiter == NULL)
        return E_NOMEM;
    *waiter = (struct waiter){
        .process = m->process, .writes = writes, .is_small = is_small,
        .size = is_small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0),
        .order = tty.order++,
    };
    if (is_small && waiter->size > IO_SMALL)
        return E_INVAL;
    if (is_small && writes)
        memcpy(waiter->small, &m->words[1], sizeof waiter->small);
    if ((file->flags & FLAG_NONBLOCK) != 0 &&
        (writes ? stream_room(&tty.line.stream->out) < ECHO_ROOM + CHUNK
                : !discipline_readable(&tty.discipline)))
        return E_AGAIN;
    if (!writes && modes()->special[TTY_VTIME] != 0 &&
        modes()->special[TTY_VMIN] == 0 && (modes()->local & TTY_ICANON) == 0)
        waiter->deadline = (uint64_t)sys_clock() +
                           modes()->special[TTY_VTIME] * DECISECOND;
    reply = sys_reply_keep();
    if (reply < 0)
        return E_NOMEM;
    waiter->reply = (handle_t)reply;
    return 0;
}

/* All that was written before is out when the answer comes. */
static uint32_t
drain(const struct sys_message *m)
{
    int64_t reply;

    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        if (tty.waiters[i].reply != 0)
            continue;
        reply = sys_reply_keep();
        if (reply < 0)
            return E_INTR;
        tty.waiters[i] = (struct waiter){
            .reply = (handle_t)reply, .process = m->process, .writes = true,
            .drains = true, .order = tty.order++,
        };
        return 0;
    }
    return E_NOMEM;
}

/* --- files ---------------------------------------------------------------- */

static bool
is_root(uint64_t badge)
{
    return (badge & SERVICE_SESSION) != 0;
}

static struct file *
file_of(uint64_t badge)
{
    if (is_root(badge) || badge == 0 || badge > FILES_MAX ||
        !tty.files[badge - 1].used)
        return NULL;
    return &tty.files[badge - 1];
}

static uint32_t
open(const struct sys_message *m, struct sys_message *reply)
{
    unsigned i;
    int64_t session;

    for (i = 0; i < FILES_MAX && tty.files[i].used; i++)
        ;
    if (i == FILES_MAX)
        return E_MFILE;
    session = sys_session_create(tty.endpoint, i + 1);
    if (session < 0)
        return E_NOMEM;
    tty.files[i] = (struct file){ .used = true,
                                  .flags = (uint32_t)m->words[0] };
    reply->handles = sys_handles((handle_t)session, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    reply->words[0] = MODE_TERMINAL & 0170000;
    reply->words[1] = 1;
    return 0;
}

static void
disarm(struct file *file)
{
    if (file->armed != 0)
        sys_close(file->armed);
    file->armed = 0;
}

static uint32_t
arm(struct file *file, struct sys_message *m, struct sys_message *reply)
{
    uint32_t now = discipline_readable(&tty.discipline) ? POLL_IN : 0;

    if (stream_room(&tty.line.stream->out) >= ECHO_ROOM + CHUNK)
        now |= POLL_OUT;
    disarm(file);
    reply->words[0] = now & m->words[0];
    if (sys_handle(m, 0) == 0)
        return 0;
    file->armed = sys_handle(m, 0);
    file->armed_bits = m->words[1];
    file->armed_events = (uint32_t)m->words[0];
    m->handles &= ~0xFFFFFFFFULL; /* ours now */
    return 0;
}

static uint32_t
give_stat(unsigned lease)
{
    const struct io_stat stat = {
        .device = 5, .inode = 1, .mode = MODE_TERMINAL, .links = 1,
        .block_size = 1024, .special = 4 << 8 | 64,
    };

    return sys_lease_write(0, lease, 0, &stat, sizeof stat) == sizeof stat
               ? 0 : E_FAULT;
}

static uint32_t
set_flags(struct file *file, const struct sys_message *m,
          struct sys_message *reply)
{
    if (m->words[0] != IO_KEEP)
        file->flags = (file->flags & ~FLAG_NONBLOCK) |
                      ((uint32_t)m->words[0] & FLAG_NONBLOCK);
    reply->words[0] = file->flags & (FLAG_ACCESS | FLAG_NONBLOCK);
    return 0;
}

/* --- controls ------------------------------------------------------------- */

static uint32_t
set_modes(const struct sys_message *m)
{
    struct tty_modes new;

    if (sys_lease_read(0, 0, 0, &new, sizeof new) != sizeof new)
        return E_FAULT;
    if (m->words[1] == TTY_FLUSHED)
        discipline_flush(&tty.discipline);
    discipline_set(&tty.discipline, &new);
    return 0;
}

static uint32_t
flush(uint64_t which)
{
    if (which > 2)
        return E_INVAL;
    if (which != 1)
        discipline_flush(&tty.discipline);
    if (which != 0)
        stream_drop(&tty.line.stream->out);
    return 0;
}

static uint32_t
control(const struct sys_message *m, struct sys_message *reply)
{
    switch (m->words[0]) {
    case TTY_GET_MODES:
        return sys_lease_write(0, 0, 0, modes(), sizeof *modes()) ==
                       sizeof *modes() ? 0 : E_FAULT;
    case TTY_SET_MODES: return set_modes(m);
    case TTY_GET_SIZE:
        reply->words[0] = tty.columns;
        reply->words[1] = tty.rows;
        return 0;
    case TTY_SET_SIZE:
        tty.columns = (uint16_t)m->words[1];
        tty.rows = (uint16_t)m->words[2];
        return 0;
    case TTY_GET_GROUP: reply->words[0] = (uint64_t)tty.group; return 0;
    case TTY_SET_GROUP: tty.group = (int32_t)m->words[1]; return 0;
    case TTY_GET_SESSION: reply->words[0] = (uint64_t)tty.session; return 0;
    case TTY_GIVE:
        tty.session = (int32_t)m->words[1];
        tty.group = (int32_t)m->words[2];
        return 0;
    case TTY_FLUSH: return flush(m->words[1]);
    default: return E_INVAL;
    }
}

/* --- calls ---------------------------------------------------------------- */

/* Of an open file; *kept: the answer comes later. */
static uint32_t
serve_file(struct file *file, struct sys_message *m,
           struct sys_message *reply, bool *kept)
{
    uint32_t call = IO_TAG_CALL(m->tag), error;
    bool writes = call == IO_WRITE || call == IO_WRITE_SMALL;

    switch (call) {
    case IO_READ: case IO_WRITE: case IO_READ_SMALL: case IO_WRITE_SMALL:
        if ((file->flags & FLAG_ACCESS) == (writes ? 0 : 1))
            return E_BADF;
        error = writes ? 0 : check_front(m->process, SIGNAL_TTIN);
        if (error == 0)
            error = keep(m, file, writes,
                         call == IO_READ_SMALL || call == IO_WRITE_SMALL);
        *kept = error == 0;
        return error;
    case IO_FSTAT: return give_stat(0);
    case IO_FLAGS: return set_flags(file, m, reply);
    case IO_CONTROL:
        if (m->words[0] != TTY_DRAIN)
            return control(m, reply);
        error = drain(m);
        *kept = error == 0;
        return error;
    case IO_ARM: return arm(file, m, reply);
    case IO_SEEK: return E_SPIPE;
    case IO_READDIR: return E_NOTDIR;
    case IO_SYNC: case IO_TRUNCATE: return E_INVAL;
    default: return E_NOSYS;
    }
}

/* Of a root, which is the terminal itself: there is no path below it. */
static uint32_t
serve_root(const struct sys_message *m, struct sys_message *reply)
{
    if (sys_length(m, 0) != 0)
        return E_NOTDIR;
    switch (IO_TAG_CALL(m->tag)) {
    case IO_OPEN: return open(m, reply);
    case IO_STAT: return give_stat(1);
    case IO_READLINK: case IO_RENAME: case IO_LINK: return E_INVAL;
    case IO_MKDIR: case IO_SYMLINK: return E_EXIST;
    case IO_UNLINK: case IO_CHMOD: case IO_UTIME: return E_PERM;
    default: return E_NOSYS;
    }
}

static bool
serve(struct sys_message *m)
{
    struct sys_message reply = { 0 };
    struct file *file = file_of(m->badge);
    bool kept = false;
    uint32_t error = E_NOSYS;

    if (file != NULL)
        error = serve_file(file, m, &reply, &kept);
    else if (is_root(m->badge))
        error = serve_root(m, &reply);
    service_close_handles(m);
    reply.tag |= error;
    *m = reply;
    return !kept;
}

static void
take_bits(uint64_t bits)
{
    bits = service_bits(bits);
    if ((bits & BIT_BREAK) != 0)
        discipline_break(&tty.discipline);
}

static void
forget(uint64_t badge)
{
    struct file *file = file_of(badge);

    if (file == NULL)
        return;
    disarm(file);
    file->used = false;
}

/* What it has so far, or nothing. */
static void
cancel(handle_t reply)
{
    for (unsigned i = 0; i < WAITERS_MAX; i++)
        if (tty.waiters[i].reply == reply && reply != 0)
            answer(&tty.waiters[i], tty.waiters[i].done > 0 ? 0 : E_INTR);
}

static void
begin(uint64_t argument)
{
    service_begin(argument);
    tty.endpoint = service_need("tty");
    tty.proc = service_need("proc");
    tty.bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(tty.endpoint, tty.bits);
    discipline_init(&tty.discipline);
    tty.discipline.echo = send;
    tty.discipline.signal = send_signal;
    tty.columns = 80;
    tty.rows = 25;
    tty.line = (struct line){
        .driver = service_need("serial"), .memory = service_need("stream"),
        .bell = (handle_t)sys_duplicate(tty.bits, SYS_RIGHT_NOTIFY |
                                                      SYS_RIGHT_TRANSFER),
        .bell_input = BIT_INPUT, .bell_output = BIT_OUTPUT,
        .bell_break = BIT_BREAK,
    };
    if (line_start(&tty.line, LINE_PRIORITY) != 0) {
        print("no line to the driver.\n");
        sys_exit(1);
    }
    service_mount(tty.endpoint, "/dev/tty");
    service_mount(tty.endpoint, "/dev/console");
    service_mount(tty.endpoint, "/dev/ttyS0");
    service_ready(tty.bits);
}

int
main(uint64_t argument)
{
    struct sys_message m;
    int64_t got;

    begin(argument);
    got = sys_receive(tty.endpoint, 0, &m);
    for (;;) {
        if (got == SYS_GOT_CALL && serve(&m))
            service_reply(&m);
        else if (got == SYS_GOT_BITS)
            take_bits(m.words[0]);
        else if (got == SYS_GOT_CLOSED)
            forget(m.badge);
        else if (got == SYS_GOT_CANCEL)
            cancel((handle_t)m.words[0]);
        else if (got < 0)
            return 1;
        work();
        got = sys_receive(tty.endpoint, 0, &m);
    }
}
