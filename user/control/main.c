/*
 * control: init as a file, /dev/init, so that programs can ask for what only
 * init may do. The manifest gives it the endpoint "control" and the sessions
 * "init" (with SERVICE_MAY_CONTROL) and "name".
 *
 * init calls nobody and knows no files, and a program knows nothing else, so
 * somebody has to stand between them. That it is a file, and not a handle that
 * every program inherits, makes it a matter of the file's mode who may write
 * orders (0600), and lets plain POSIX programs, cat among them, do it.
 *
 * Reading gives a line for each service, name and status first, for people and
 * for awk. A write is one order: "kill NAME", "restart NAME", "start
 * NAME", "stop NAME", "off", or "reboot"; ENOENT: no such service, EBUSY: not as
 * it is now.
 */
#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/io.h"
#include "user/rt/service.h"

#define OPENS_MAX 8u
#define TEXT_SIZE 4096u
#define LINE_SIZE 128u
#define ORDER_MAX 79u

/* Of <sys/stat.h>, <fcntl.h> and <poll.h>. */
#define MODE_FILE   0100600u
#define FLAG_ACCESS 3u
#define POLL_BOTH   5u

struct open {
    bool used;
    uint32_t flags;
    uint64_t offset;
    size_t length; /* of text, made when the start is read */
    char text[TEXT_SIZE];
};

static struct open opens[OPENS_MAX];
static handle_t endpoint, bits, to_init;
static struct sys_message last_order; /* ends us; tag 0: none */

/* --- what init says ------------------------------------------------------- */

static const char *
status_name(uint32_t status)
{
    static const char *const names[] = {
        [SERVICE_DOWN] = "down", [SERVICE_STARTING] = "starting",
        [SERVICE_UP] = "up", [SERVICE_WAITING] = "waiting",
        [SERVICE_FAILED] = "failed",
    };

    return status < sizeof names / sizeof *names ? names[status] : "unknown";
}

static void
write_list(struct open *open)
{
    struct service_state state;
    struct sys_lease lease = { (uint64_t)&state, sizeof state };

    open->length = 0;
    for (uint64_t i = 0; open->length + LINE_SIZE <= TEXT_SIZE; i++) {
        struct sys_message m = {
            .tag = SERVICE_LIST | SYS_TAG_LEASES(1) | SYS_TAG_WRITE(0),
            .words = { i }, .leases = &lease,
        };

        if (sys_call(to_init, &m) < 0 || (uint32_t)m.tag != 0)
            return;
        open->length += format(open->text + open->length, LINE_SIZE,
                               "%-12s %-9s starts %-4u frames %lu of %lu\n",
                               state.name, status_name(state.status),
                               state.starts, state.frames,
                               state.frames_limit);
    }
}

/* --- orders --------------------------------------------------------------- */

static uint32_t
error_of(int64_t result)
{
    switch (result) {
    case 0: return 0;
    case ERR_ARGUMENT: return E_NOENT;
    case ERR_STATE: return E_BUSY;
    default: return E_IO;
    }
}

/* It may be our end, so whoever wants it is answered before. */
static uint32_t
order_ourselves(const struct sys_message *order)
{
    if (order->words[0] == SERVICE_STOP)
        return E_PERM; /* nobody could start us again */
    if (order->words[0] == SERVICE_START)
        return E_BUSY;
    last_order = *order;
    return 0;
}

static bool
takes(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

static uint32_t
order_service(enum service_control what, const char *name)
{
    struct sys_message m = { .tag = SERVICE_CONTROL, .words = { what } };
    int64_t result;

    if (strlen(name) > SERVICE_NAME_MAX)
        return E_NOENT;
    memcpy(&m.words[1], name, strlen(name));
    if (strcmp(name, "control") == 0)
        return order_ourselves(&m);
    result = sys_call(to_init, &m);
    return error_of(result < 0 ? result : (int32_t)m.tag);
}

static uint32_t
obey(const char *text)
{
    bool off = strcmp(text, "off") == 0;
    struct sys_message end = { .tag = off ? SERVICE_POWER_OFF
                                          : SERVICE_REBOOT };

    if (off || strcmp(text, "reboot") == 0) {
        sys_call(to_init, &end);
        return E_IO; /* it does not come back */
    }
    if (takes(&text, "kill "))
        return order_service(SERVICE_KILL, text);
    if (takes(&text, "restart "))
        return order_service(SERVICE_RESTART, text);
    if (takes(&text, "start "))
        return order_service(SERVICE_START, text);
    if (takes(&text, "stop "))
        return order_service(SERVICE_STOP, text);
    return E_INVAL;
}

/* --- the file ------------------------------------------------------------- */

static uint32_t
read(struct open *open, const struct sys_message *m, bool small,
     struct sys_message *reply)
{
    bool here = m->words[0] == IO_HERE;
    uint64_t at = here ? open->offset : m->words[0];
    uint64_t size = small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0);

    if ((open->flags & FLAG_ACCESS) == 1)
        return E_BADF;
    if (small && size > IO_SMALL)
        return E_INVAL;
    if (at == 0)
        write_list(open);
    if (at > open->length)
        at = open->length;
    if (size > open->length - at)
        size = open->length - at;
    if (small)
        memcpy(&reply->words[1], open->text + at, size);
    else if (sys_lease_write(0, 0, 0, open->text + at, size) != (int64_t)size)
        return E_FAULT;
    reply->words[0] = size;
    if (here)
        open->offset = at + size;
    return 0;
}

static uint32_t
write(const struct open *open, const struct sys_message *m, bool small,
      struct sys_message *reply)
{
    char text[ORDER_MAX + 1];
    uint64_t size = small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0);
    uint32_t error;

    if ((open->flags & FLAG_ACCESS) == 0)
        return E_BADF;
    if (size > ORDER_MAX || (small && size > IO_SMALL))
        return E_INVAL;
    if (small)
        memcpy(text, &m->words[1], size);
    else if (sys_lease_read(0, 0, 0, text, size) != (int64_t)size)
        return E_FAULT;
    text[size] = '\0';
    if (size > 0 && text[size - 1] == '\n')
        text[size - 1] = '\0';
    error = obey(text);
    reply->words[0] = error == 0 ? size : 0;
    return error;
}

static uint32_t
give_stat(unsigned lease)
{
    const struct io_stat stat = {
        .device = 6, .inode = 1, .links = 1, .mode = MODE_FILE,
        .block_size = TEXT_SIZE,
    };

    return sys_lease_write(0, lease, 0, &stat, sizeof stat) == sizeof stat
               ? 0 : E_FAULT;
}

static uint32_t
open_file(const struct sys_message *m, struct sys_message *reply)
{
    unsigned i;
    int64_t session;

    for (i = 0; i < OPENS_MAX && opens[i].used; i++)
        ;
    if (i == OPENS_MAX)
        return E_MFILE;
    session = sys_session_create(endpoint, i + 1);
    if (session < 0)
        return E_NOMEM;
    opens[i].used = true;
    opens[i].flags = (uint32_t)m->words[0];
    opens[i].offset = opens[i].length = 0;
    reply->handles = sys_handles((handle_t)session, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    reply->words[0] = MODE_FILE & 0170000;
    reply->words[1] = 1;
    return 0;
}

/* From the start or from here; there is no end to know. */
static uint32_t
seek(struct open *open, const struct sys_message *m, struct sys_message *reply)
{
    uint64_t to = m->words[0] + (m->words[1] == 1 ? open->offset : 0);

    if (m->words[1] > 1 || to > INT64_MAX)
        return E_INVAL;
    open->offset = reply->words[0] = to;
    return 0;
}

/* --- calls ---------------------------------------------------------------- */

static uint32_t
serve_open(struct open *open, const struct sys_message *m,
           struct sys_message *reply)
{
    switch (IO_TAG_CALL(m->tag)) {
    case IO_READ: return read(open, m, false, reply);
    case IO_READ_SMALL: return read(open, m, true, reply);
    case IO_WRITE: return write(open, m, false, reply);
    case IO_WRITE_SMALL: return write(open, m, true, reply);
    case IO_FSTAT: return give_stat(0);
    case IO_SEEK: return seek(open, m, reply);
    case IO_FLAGS: reply->words[0] = open->flags & FLAG_ACCESS; return 0;
    case IO_ARM: reply->words[0] = m->words[0] & POLL_BOTH; return 0;
    case IO_TRUNCATE: return 0; /* a shell's ">" */
    case IO_READDIR: return E_NOTDIR;
    case IO_SYNC: return E_INVAL;
    case IO_CONTROL: return E_NOTTY;
    default: return E_NOSYS;
    }
}

/* There is nothing below the root, which is the file. */
static uint32_t
serve_root(const struct sys_message *m, struct sys_message *reply)
{
    if (sys_length(m, 0) > 0)
        return E_NOTDIR;
    switch (IO_TAG_CALL(m->tag)) {
    case IO_OPEN: return open_file(m, reply);
    case IO_STAT: return give_stat(1);
    case IO_READLINK: return E_INVAL;
    case IO_MKDIR: case IO_UNLINK: case IO_RENAME: case IO_LINK:
    case IO_SYMLINK: case IO_CHMOD: case IO_UTIME: return E_PERM;
    default: return E_NOSYS;
    }
}

static struct open *
open_of(uint64_t badge)
{
    if ((badge & SERVICE_SESSION) != 0 || badge == 0 || badge > OPENS_MAX ||
        !opens[badge - 1].used)
        return NULL;
    return &opens[badge - 1];
}

static void
serve(struct sys_message *m)
{
    struct sys_message reply = { 0 };
    struct open *open = open_of(m->badge);
    uint32_t error;

    if (open != NULL)
        error = serve_open(open, m, &reply);
    else if ((m->badge & SERVICE_SESSION) != 0)
        error = serve_root(m, &reply);
    else
        error = E_IO; /* an instance opened it that died */
    service_close_handles(m);
    reply.tag |= error;
    *m = reply;
}

int
main(uint64_t argument)
{
    struct sys_message m;
    int64_t got;

    service_begin(argument);
    endpoint = service_need("control");
    to_init = service_need("init");
    bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(endpoint, bits);
    service_mount(endpoint, "/dev/init");
    service_ready(bits);
    for (;;) {
        got = sys_receive(endpoint, 0, &m);
        if (got == SYS_GOT_CALL) {
            serve(&m);
            sys_reply(0, &m);
        } else if (got == SYS_GOT_CLOSED && open_of(m.badge) != NULL) {
            open_of(m.badge)->used = false;
        } else if (got == SYS_GOT_BITS) {
            service_bits(m.words[0]);
        } else if (got < 0) {
            return 1;
        }
        if (last_order.tag != 0)
            sys_call(to_init, &last_order);
        last_order.tag = 0;
    }
}
