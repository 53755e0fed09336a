/*
 * The server of /dev: devices that are only rules. The manifest gives it the
 * endpoint "dev". Terminals and pipes are other servers', mounted below.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/io.h"
#include "user/rt/service.h"

#define OPENS_MAX 256u
#define CHUNK     4096u
#define READ_MAX  65536u /* of one call: others want to be served, too */

/* Of <sys/stat.h>, <fcntl.h> and <poll.h>. */
#define MODE_DEVICE    0020000u
#define MODE_DIRECTORY 0040755u
#define FLAG_ACCESS    3u
#define POLL_BOTH      5u

enum device { ROOT, NULL_DEVICE, ZERO, FULL, RANDOM, DEVICES };

/* Listed besides, for their names are other servers'. */
static const struct {
    const char *name;
    uint32_t mode;
    uint64_t number;
} names[] = {
    [NULL_DEVICE] = { "null", MODE_DEVICE | 0666, 1 << 8 | 3 },
    [ZERO] = { "zero", MODE_DEVICE | 0666, 1 << 8 | 5 },
    [FULL] = { "full", MODE_DEVICE | 0666, 1 << 8 | 7 },
    [RANDOM] = { "random", MODE_DEVICE | 0666, 1 << 8 | 8 },
    [DEVICES] = { "urandom", MODE_DEVICE | 0666, 1 << 8 | 9 },
    { "tty", MODE_DEVICE | 0666, 5 << 8 },
    { "console", MODE_DEVICE | 0600, 5 << 8 | 1 },
    { "ttyS0", MODE_DEVICE | 0620, 4 << 8 | 64 },
};
#define NAMES (sizeof names / sizeof *names)

static struct open {
    bool used;
    unsigned device;
    uint32_t flags;
    uint64_t offset;
} opens[OPENS_MAX];

static handle_t endpoint, bits;
static _Alignas(8) uint8_t buffer[CHUNK];

/* --- names ---------------------------------------------------------------- */

static uint32_t
find(const struct sys_message *m, unsigned *device)
{
    char path[32];
    size_t length = sys_length(m, 0), start = 0;

    if (length >= sizeof path)
        return E_NOENT;
    if (sys_lease_read(0, 0, 0, path, length) != (int64_t)length)
        return E_FAULT;
    while (length > 0 && path[length - 1] == '/')
        length--;
    path[length] = '\0';
    while (path[start] == '/')
        start++;
    *device = ROOT;
    if (path[start] == '\0')
        return 0;
    for (unsigned i = 1; i < NAMES; i++)
        if (strcmp(path + start, names[i].name) == 0) {
            *device = i;
            return 0;
        }
    return E_NOENT;
}

static uint32_t
give_stat(unsigned device, unsigned lease)
{
    const struct io_stat stat = {
        .device = 3, .inode = device + 1, .links = device == ROOT ? 2 : 1,
        .mode = device == ROOT ? MODE_DIRECTORY : names[device].mode,
        .block_size = CHUNK,
        .special = device == ROOT ? 0 : names[device].number,
    };

    return sys_lease_write(0, lease, 0, &stat, sizeof stat) == sizeof stat
               ? 0 : E_FAULT;
}

static uint32_t
open(const struct sys_message *m, struct sys_message *reply)
{
    unsigned device, i;
    uint32_t error = find(m, &device);
    int64_t session;

    if (error != 0)
        return error;
    if (device > DEVICES)
        return E_NXIO; /* whose server is not mounted */
    for (i = 0; i < OPENS_MAX && opens[i].used; i++)
        ;
    if (i == OPENS_MAX)
        return E_MFILE;
    session = sys_session_create(endpoint, i + 1);
    if (session < 0)
        return E_NOMEM;
    opens[i] = (struct open){ .used = true, .device = device,
                              .flags = (uint32_t)m->words[0] };
    reply->handles = sys_handles((handle_t)session, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    reply->words[0] = device == ROOT ? MODE_DIRECTORY & 0170000 : MODE_DEVICE;
    reply->words[1] = device + 1;
    return 0;
}

/* --- bytes ---------------------------------------------------------------- */

static void
fill(unsigned device, size_t size)
{
    memset(buffer, 0, size);
    if (device != RANDOM && device != DEVICES)
        return;
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint64_t random = random_bits();

        memcpy(buffer + i, &random,
               size - i < sizeof random ? size - i : sizeof random);
    }
}

static uint32_t
read(const struct open *open, const struct sys_message *m, bool small,
     struct sys_message *reply)
{
    uint64_t length = small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0);

    if (open->device == ROOT)
        return E_ISDIR;
    if (small && length > IO_SMALL)
        return E_INVAL;
    if (open->device == NULL_DEVICE)
        length = 0;
    if (length > READ_MAX)
        length = READ_MAX;
    for (uint64_t done = 0; done < length; done += CHUNK) {
        size_t n = length - done < CHUNK ? length - done : CHUNK;

        fill(open->device, n);
        if (small)
            memcpy(&reply->words[1], buffer, n);
        else if (sys_lease_write(0, 0, done, buffer, n) != (int64_t)n)
            return E_FAULT;
    }
    reply->words[0] = length;
    return 0;
}

static uint32_t
write(const struct open *open, const struct sys_message *m, bool small,
      struct sys_message *reply)
{
    if (open->device == ROOT)
        return E_BADF;
    if (open->device == FULL)
        return E_NOSPC;
    reply->words[0] = small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0);
    return 0;
}

static size_t
put_entry(uint8_t *at, unsigned number, const char *name)
{
    struct io_entry *entry = (struct io_entry *)(void *)at;
    size_t length = strlen(name);

    *entry = (struct io_entry){
        .inode = number + 1,
        .size = (uint16_t)((sizeof *entry + length + 1 + 7) / 8 * 8),
        .type = number == ROOT ? MODE_DIRECTORY >> 12 : MODE_DEVICE >> 12,
        .length = (uint8_t)length,
    };
    memcpy(entry->name, name, length + 1);
    return entry->size;
}

/* The offset counts names, "." and ".." before them. */
static uint32_t
read_directory(struct open *open, const struct sys_message *m,
               struct sys_message *reply)
{
    size_t room = sys_length(m, 0), done = 0;

    if (open->device != ROOT)
        return E_NOTDIR;
    if (room > CHUNK)
        room = CHUNK;
    for (; open->offset < NAMES + 1 && room - done >= 64; open->offset++) {
        unsigned i = (unsigned)open->offset;

        done += put_entry(buffer + done, i < 2 ? ROOT : i - 1,
                          i == 0 ? "." : i == 1 ? ".." : names[i - 1].name);
    }
    reply->words[0] = done;
    return sys_lease_write(0, 0, 0, buffer, done) == (int64_t)done
               ? 0 : E_FAULT;
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
    case IO_FSTAT: return give_stat(open->device, 0);
    case IO_READDIR: return read_directory(open, m, reply);
    case IO_SEEK: open->offset = 0; return 0;
    case IO_FLAGS: reply->words[0] = open->flags & FLAG_ACCESS; return 0;
    case IO_ARM: reply->words[0] = m->words[0] & POLL_BOTH; return 0;
    case IO_TRUNCATE: case IO_SYNC: return E_INVAL;
    case IO_CONTROL: return E_NOTTY;
    default: return E_NOSYS;
    }
}

static uint32_t
serve_root(const struct sys_message *m, struct sys_message *reply)
{
    unsigned device;
    uint32_t error;

    switch (IO_TAG_CALL(m->tag)) {
    case IO_OPEN: return open(m, reply);
    case IO_STAT:
        error = find(m, &device);
        return error != 0 ? error : give_stat(device, 1);
    case IO_READLINK:
        error = find(m, &device);
        return error != 0 ? error : E_INVAL;
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
    uint32_t error = open != NULL ? serve_open(open, m, &reply)
                                  : serve_root(m, &reply);

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
    endpoint = service_need("dev");
    bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(endpoint, bits);
    service_mount(endpoint, "/dev");
    service_ready(bits);
    got = sys_receive(endpoint, 0, &m);
    for (;;) {
        if (got == SYS_GOT_CALL) {
            serve(&m);
            if ((m.tag & SYS_TAG_MOVE(0)) != 0) {
                service_reply(&m);
                got = sys_receive(endpoint, 0, &m);
            } else {
                got = sys_reply_receive(endpoint, 0, &m);
            }
            continue;
        }
        if (got == SYS_GOT_CLOSED && open_of(m.badge) != NULL)
            open_of(m.badge)->used = false;
        else if (got == SYS_GOT_BITS)
            service_bits(m.words[0]);
        else if (got < 0)
            return 1;
        got = sys_receive(endpoint, 0, &m);
    }
}
