/*
 * The server of pipes. To open its root makes a pipe and answers two handles:
 * the end to read from, then the end to write to. The manifest gives it the
 * endpoint "pipe".
 *
 * Reads and writes that have to wait are kept, in the order in which they came.
 * A write of up to PIPE_ATOMIC bytes goes in one piece (POSIX: PIPE_BUF).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/list.h"
#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/io.h"
#include "user/rt/heap.h"
#include "user/rt/service.h"

#define PIPES_MAX   256u
#define WAITERS_MAX 512u
#define PIPE_SIZE   16384u /* a power of two */
#define PIPE_ATOMIC 4096u

/* Of <fcntl.h>, <sys/stat.h> and <poll.h>. */
#define FLAG_NONBLOCK 04000u
#define MODE_PIPE     0010600u
#define POLL_IN  1u
#define POLL_OUT 4u
#define POLL_ERR 8u
#define POLL_HUP 16u

enum side { READ, WRITE };

struct end {
    bool open;
    uint32_t flags;
    handle_t armed;
    uint64_t armed_bits;
    uint32_t armed_events;
    struct list waiters; /* oldest first */
};

struct pipe {
    uint8_t *bytes;      /* NULL: a free place */
    uint64_t put, taken; /* counters */
    struct end ends[2];
};

struct waiter {
    struct list in_queue;
    handle_t reply;      /* 0: a free place */
    uint64_t size, done;
    bool is_small;
    uint8_t small[IO_SMALL];
};

static struct {
    handle_t endpoint, bits;
    struct pipe pipes[PIPES_MAX];
    struct waiter waiters[WAITERS_MAX];
} server;

static uint64_t
used(const struct pipe *pipe)
{
    return pipe->put - pipe->taken;
}

static uint64_t
room(const struct pipe *pipe)
{
    return PIPE_SIZE - used(pipe);
}

/* --- copying -------------------------------------------------------------- */

/* Between the ring and what the call brought or wants; the ring's part at
 * position is contiguous. */
static bool
move(struct waiter *waiter, handle_t reply, uint8_t *ring, uint64_t size,
     enum side side)
{
    uint8_t *small = waiter->small + waiter->done;
    int64_t moved = (int64_t)size;

    if (waiter->is_small && side == READ)
        memcpy(small, ring, size);
    else if (waiter->is_small)
        memcpy(ring, small, size);
    else if (side == READ)
        moved = sys_lease_write(reply, 0, waiter->done, ring, size);
    else
        moved = sys_lease_read(reply, 0, waiter->done, ring, size);
    return moved == (int64_t)size;
}

/* As much as there is bytes or room for; false: the caller's memory is not
 * there. */
static bool
transfer(struct pipe *pipe, struct waiter *waiter, handle_t reply,
         enum side side)
{
    uint64_t *position = side == READ ? &pipe->taken : &pipe->put;

    for (;;) {
        uint64_t left = waiter->size - waiter->done;
        uint64_t there = side == READ ? used(pipe) : room(pipe);
        uint64_t at = *position % PIPE_SIZE, size = PIPE_SIZE - at;

        size = size < there ? size : there;
        size = size < left ? size : left;
        if (size == 0)
            return true;
        if (!move(waiter, reply, pipe->bytes + at, size, side))
            return false;
        waiter->done += size;
        *position += size;
    }
}

/*
 * How far a call has come: 0 if it is done, E_AGAIN if it has to wait, or
 * another error.
 */
static uint32_t
carry_out(struct pipe *pipe, struct waiter *waiter, handle_t reply,
          enum side side)
{
    uint64_t left = waiter->size - waiter->done;

    if (left == 0)
        return 0;
    if (side == READ) {
        if (used(pipe) == 0)
            return pipe->ends[WRITE].open ? E_AGAIN : 0;
        return transfer(pipe, waiter, reply, READ) ? 0 : E_FAULT;
    }
    if (!pipe->ends[READ].open)
        return E_PIPE;
    if (waiter->size <= PIPE_ATOMIC && room(pipe) < left)
        return E_AGAIN;
    if (!transfer(pipe, waiter, reply, WRITE))
        return E_FAULT;
    return waiter->done == waiter->size ? 0 : E_AGAIN;
}

static void
fill_answer(const struct waiter *waiter, enum side side, uint32_t error,
            struct sys_message *m)
{
    m->tag = waiter->done > 0 ? 0 : error;
    m->words[0] = waiter->done;
    if (side == READ && waiter->is_small)
        memcpy(&m->words[1], waiter->small, sizeof waiter->small);
}

/* --- those who wait ------------------------------------------------------- */

static void
drop(struct waiter *waiter)
{
    list_remove(&waiter->in_queue);
    waiter->reply = 0;
}

/* Those of one side, in turn, as far as they get; true: something moved. */
static bool
serve_waiters(struct pipe *pipe, enum side side)
{
    struct list *queue = &pipe->ends[side].waiters;
    uint64_t before = pipe->put + pipe->taken;

    while (!list_is_empty(queue)) {
        struct waiter *waiter = CONTAINER(queue->next, struct waiter,
                                          in_queue);
        struct sys_message m = { 0 };
        uint32_t error = E_INTR;

        if (service_waits(waiter->reply))
            error = carry_out(pipe, waiter, waiter->reply, side);
        if (error == E_AGAIN)
            break;
        fill_answer(waiter, side, error, &m);
        sys_reply(waiter->reply, &m);
        drop(waiter);
    }
    return pipe->put + pipe->taken != before;
}

static uint32_t
events_of(const struct pipe *pipe, enum side side)
{
    if (side == READ)
        return (used(pipe) > 0 ? POLL_IN : 0) |
               (pipe->ends[WRITE].open ? 0 : POLL_HUP);
    return (room(pipe) >= PIPE_ATOMIC ? POLL_OUT : 0) |
           (pipe->ends[READ].open ? 0 : POLL_ERR);
}

static void
disarm(struct end *end)
{
    if (end->armed != 0)
        sys_close(end->armed);
    end->armed = 0;
}

static void
tell_poll(struct pipe *pipe, enum side side)
{
    struct end *end = &pipe->ends[side];
    uint32_t wanted = end->armed_events | POLL_HUP | POLL_ERR;

    if (end->armed == 0 || (events_of(pipe, side) & wanted) == 0)
        return;
    sys_notify(end->armed, end->armed_bits);
    disarm(end);
}

static void
work(struct pipe *pipe)
{
    bool moved;

    do {
        moved = serve_waiters(pipe, READ);
        moved |= serve_waiters(pipe, WRITE);
    } while (moved);
    tell_poll(pipe, READ);
    tell_poll(pipe, WRITE);
}

static uint32_t
keep(struct end *end, const struct waiter *how)
{
    int64_t reply;

    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        struct waiter *waiter = &server.waiters[i];

        if (waiter->reply != 0)
            continue;
        reply = sys_reply_keep();
        if (reply < 0)
            return E_NOMEM;
        *waiter = *how;
        waiter->reply = (handle_t)reply;
        list_append(&end->waiters, &waiter->in_queue);
        return 0;
    }
    return E_NOMEM;
}

/* --- calls ---------------------------------------------------------------- */

static uint64_t
badge_of(const struct pipe *pipe, enum side side)
{
    return (uint64_t)(pipe - server.pipes) * 2 + side + 1;
}

static struct pipe *
pipe_of(uint64_t badge, enum side *side)
{
    struct pipe *pipe;

    if ((badge & SERVICE_SESSION) != 0 || badge == 0 ||
        badge > 2 * PIPES_MAX)
        return NULL;
    pipe = &server.pipes[(badge - 1) / 2];
    *side = (badge - 1) % 2 == 0 ? READ : WRITE;
    return pipe->bytes != NULL && pipe->ends[*side].open ? pipe : NULL;
}

static void
free_pipe(struct pipe *pipe)
{
    heap_give(pipe->bytes, PIPE_SIZE);
    pipe->bytes = NULL;
}

static uint32_t
open(const struct sys_message *m, struct sys_message *reply)
{
    struct pipe *pipe = NULL;
    int64_t ends[2] = { 0 };

    for (unsigned i = 0; i < PIPES_MAX && pipe == NULL; i++)
        if (server.pipes[i].bytes == NULL)
            pipe = &server.pipes[i];
    if (pipe == NULL)
        return E_MFILE;
    *pipe = (struct pipe){ .bytes = heap_take(PIPE_SIZE) };
    if (pipe->bytes == NULL)
        return E_NOMEM;
    for (unsigned side = READ; side <= WRITE; side++) {
        pipe->ends[side] = (struct end){
            .open = true, .flags = (uint32_t)m->words[0] & FLAG_NONBLOCK,
        };
        list_init(&pipe->ends[side].waiters);
        ends[side] = sys_session_create(server.endpoint,
                                        badge_of(pipe, (enum side)side));
    }
    if (ends[READ] < 0 || ends[WRITE] < 0) {
        for (unsigned side = READ; side <= WRITE; side++)
            if (ends[side] > 0)
                sys_close((handle_t)ends[side]);
        free_pipe(pipe); /* CLOSED finds nothing to close */
        return E_NOMEM;
    }
    reply->handles = sys_handles((handle_t)ends[READ], (handle_t)ends[WRITE]);
    reply->tag = SYS_TAG_HANDLES(2) | SYS_TAG_MOVE(0) | SYS_TAG_MOVE(1);
    reply->words[0] = MODE_PIPE & 0170000;
    return 0;
}

static uint32_t
begin_transfer(struct pipe *pipe, const struct sys_message *m, enum side side,
               bool is_small, struct sys_message *reply, bool *kept)
{
    struct end *end = &pipe->ends[side];
    struct waiter waiter = {
        .is_small = is_small,
        .size = is_small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0),
    };
    uint32_t error = E_AGAIN;

    if (is_small && waiter.size > IO_SMALL)
        return E_INVAL;
    if (is_small && side == WRITE)
        memcpy(waiter.small, &m->words[1], sizeof waiter.small);
    if (list_is_empty(&end->waiters))
        error = carry_out(pipe, &waiter, 0, side);
    if (error == E_AGAIN && (end->flags & FLAG_NONBLOCK) == 0) {
        error = keep(end, &waiter);
        *kept = error == 0;
        if (*kept)
            return 0;
    }
    fill_answer(&waiter, side, error, reply);
    return (uint32_t)reply->tag;
}

static uint32_t
arm(struct pipe *pipe, enum side side, struct sys_message *m,
    struct sys_message *reply)
{
    struct end *end = &pipe->ends[side];

    disarm(end);
    reply->words[0] = events_of(pipe, side) &
                      (m->words[0] | POLL_HUP | POLL_ERR);
    if (sys_handle(m, 0) == 0)
        return 0;
    end->armed = sys_handle(m, 0);
    end->armed_bits = m->words[1];
    end->armed_events = (uint32_t)m->words[0];
    m->handles &= ~0xFFFFFFFFULL; /* ours now */
    return 0;
}

static uint32_t
give_stat(const struct pipe *pipe, unsigned lease)
{
    const struct io_stat stat = {
        .device = 2,
        .inode = pipe != NULL ? (uint64_t)(pipe - server.pipes) + 1 : 0,
        .mode = MODE_PIPE, .links = 1, .block_size = PIPE_ATOMIC,
        .size = pipe != NULL ? used(pipe) : 0,
    };

    return sys_lease_write(0, lease, 0, &stat, sizeof stat) == sizeof stat
               ? 0 : E_FAULT;
}

static uint32_t
set_flags(struct end *end, enum side side, const struct sys_message *m,
          struct sys_message *reply)
{
    if (m->words[0] != IO_KEEP)
        end->flags = (uint32_t)m->words[0] & FLAG_NONBLOCK;
    reply->words[0] = end->flags | side; /* O_RDONLY or O_WRONLY */
    return 0;
}

static uint32_t
serve_end(struct pipe *pipe, enum side side, struct sys_message *m,
          struct sys_message *reply, bool *kept)
{
    uint32_t call = IO_TAG_CALL(m->tag);
    bool is_small = call == IO_READ_SMALL || call == IO_WRITE_SMALL;

    switch (call) {
    case IO_READ: case IO_READ_SMALL:
        return side != READ ? E_BADF
                            : begin_transfer(pipe, m, READ, is_small, reply,
                                             kept);
    case IO_WRITE: case IO_WRITE_SMALL:
        return side != WRITE ? E_BADF
                             : begin_transfer(pipe, m, WRITE, is_small,
                                              reply, kept);
    case IO_FSTAT: return give_stat(pipe, 0);
    case IO_FLAGS: return set_flags(&pipe->ends[side], side, m, reply);
    case IO_ARM: return arm(pipe, side, m, reply);
    case IO_SEEK: return E_SPIPE;
    case IO_READDIR: return E_NOTDIR;
    case IO_CONTROL: return E_NOTTY;
    case IO_SYNC: case IO_TRUNCATE: return E_INVAL;
    default: return E_NOSYS;
    }
}

/* --- the loop ------------------------------------------------------------- */

/* Of the root, which makes pipes: there is no path below it. */
static uint32_t
serve_root(const struct sys_message *m, struct sys_message *reply)
{
    if (sys_length(m, 0) != 0)
        return E_NOTDIR;
    switch (IO_TAG_CALL(m->tag)) {
    case IO_OPEN: return open(m, reply);
    case IO_STAT: return give_stat(NULL, 1);
    case IO_READLINK: return E_INVAL;
    default: return E_PERM;
    }
}

static void
serve(struct sys_message *m)
{
    struct sys_message reply = { 0 };
    enum side side;
    struct pipe *pipe = pipe_of(m->badge, &side);
    bool kept = false;
    uint32_t error = E_NOSYS;

    if (pipe != NULL)
        error = serve_end(pipe, side, m, &reply, &kept);
    else if ((m->badge & SERVICE_SESSION) != 0)
        error = serve_root(m, &reply);
    service_close_handles(m);
    if (!kept) {
        reply.tag = (reply.tag & ~0xFFFFFFFFULL) | error;
        service_reply(&reply);
    }
    if (pipe != NULL)
        work(pipe);
}

/* Who waits at the other end learns of it. */
static void
forget(uint64_t badge)
{
    enum side side;
    struct pipe *pipe = pipe_of(badge, &side);

    if (pipe == NULL)
        return;
    pipe->ends[side].open = false;
    disarm(&pipe->ends[side]);
    work(pipe);
    if (!pipe->ends[READ].open && !pipe->ends[WRITE].open)
        free_pipe(pipe);
}

static void
cancel(handle_t reply)
{
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        struct waiter *waiter = &server.waiters[i];
        struct sys_message m = { .tag = waiter->done > 0 ? 0 : E_INTR,
                                 .words = { waiter->done } };

        if (waiter->reply != reply || reply == 0)
            continue;
        sys_reply(reply, &m);
        drop(waiter);
    }
}

int
main(uint64_t argument)
{
    struct sys_message m;
    int64_t got;

    service_begin(argument);
    server.endpoint = service_need("pipe");
    server.bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(server.endpoint, server.bits);
    service_mount(server.endpoint, "/dev/pipe");
    service_ready(server.bits);
    for (;;) {
        got = sys_receive(server.endpoint, 0, &m);
        if (got == SYS_GOT_CALL)
            serve(&m);
        else if (got == SYS_GOT_CLOSED)
            forget(m.badge);
        else if (got == SYS_GOT_CANCEL)
            cancel((handle_t)m.words[0]);
        else if (got == SYS_GOT_BITS)
            service_bits(m.words[0]);
        else if (got < 0)
            return 1;
    }
}
