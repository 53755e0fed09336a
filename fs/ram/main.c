/*
 * The server of files in memory: the boot archive as the root, and what is
 * written over it. user/proto/io.h is what it speaks. The manifest gives it the
 * endpoint "root" and, to begin with its files, the module "archive".
 *
 * A file of the archive stays in the archive's memory: to read it copies once,
 * and to map or execute it copies nothing.
 */
#include "fs/ram/tree.h"

#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/io.h"
#include "user/rt/archive.h"
#include "user/rt/heap.h"
#include "user/rt/service.h"

#define OPENS_MAX 1024u
#define CHUNK     16384u
#define ENTRIES   4096u
#define ENTRY_MAX (sizeof(struct io_entry) + TREE_NAME_MAX + 1)

/* Of <fcntl.h>. */
#define OPEN_ACCESS    3u
#define OPEN_WRITES    3u /* O_WRONLY or O_RDWR */
#define OPEN_CREATE    0100u
#define OPEN_EXCLUSIVE 0200u
#define OPEN_TRUNCATE  01000u
#define OPEN_APPEND    02000u
#define OPEN_NONBLOCK  04000u
#define OPEN_DIRECTORY 0200000u
#define OPEN_NOFOLLOW  0400000u

struct open {
    struct node *node; /* NULL: a free place */
    uint64_t offset;
    uint32_t flags;
};

static struct {
    handle_t endpoint, bits;
    handle_t memory;    /* the archive's */
    const uint8_t *archive;
    struct tree tree;
    struct open opens[OPENS_MAX];
} ram;

static char path[IO_PATH_MAX + 1], second_path[IO_PATH_MAX + 1];
static _Alignas(8) uint8_t buffer[CHUNK];

/* Since 1970 as far as anybody knows: the machine's start. */
static int64_t
now(void)
{
    return sys_clock();
}

/* --- arguments ------------------------------------------------------------ */

static uint32_t
read_path(const struct sys_message *m, unsigned lease, char *to,
          size_t *length)
{
    *length = sys_length(m, lease);
    if (*length > IO_PATH_MAX)
        return E_NAMETOOLONG;
    return sys_lease_read(0, lease, 0, to, *length) == (int64_t)*length
               ? 0 : E_FAULT;
}

/* A result of the tree as an answer. */
static uint32_t
result_of(int error, size_t done, struct sys_message *reply)
{
    if (error != TREE_AT_LINK)
        return (uint32_t)error;
    reply->words[0] = done;
    return IO_LINKED;
}

static uint32_t
find(const struct sys_message *m, bool follow, struct node **node,
     struct sys_message *reply)
{
    size_t length, done = 0;
    uint32_t error = read_path(m, 0, path, &length);
    int result;

    if (error != 0)
        return error;
    result = tree_find(&ram.tree, path, length, follow, node, &done);
    return result_of(result, done, reply);
}

struct entry {
    struct node *directory;
    const char *name;
    size_t length;
};

static uint32_t
find_entry(const struct sys_message *m, unsigned lease, char *text,
           struct entry *entry, struct sys_message *reply)
{
    size_t length, done = 0;
    uint32_t error = read_path(m, lease, text, &length);
    int result;

    if (error != 0)
        return error;
    result = tree_find_parent(&ram.tree, text, length, &entry->directory,
                              &entry->name, &entry->length, &done);
    return result_of(result, done, reply);
}

/* --- opening -------------------------------------------------------------- */

static bool
is_type(const struct node *node, uint32_t type)
{
    return (node->mode & TREE_TYPE) == type;
}

static uint32_t
open_node(struct node *node, uint32_t flags, struct sys_message *reply)
{
    int64_t session;
    unsigned i;

    for (i = 0; i < OPENS_MAX && ram.opens[i].node != NULL; i++)
        ;
    if (i == OPENS_MAX)
        return E_MFILE;
    session = sys_session_create(ram.endpoint, i + 1);
    if (session < 0)
        return E_NOMEM;
    if ((flags & OPEN_TRUNCATE) != 0 && is_type(node, TREE_FILE) &&
        (flags & OPEN_ACCESS) != 0)
        tree_truncate(&ram.tree, node, 0);
    tree_open(node);
    ram.opens[i] = (struct open){ .node = node, .flags = flags };
    reply->handles = sys_handles((handle_t)session, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    reply->words[0] = node->mode & TREE_TYPE;
    reply->words[1] = node->inode;
    return 0;
}

static uint32_t
check_open(const struct node *node, uint32_t flags)
{
    bool writes = (flags & OPEN_ACCESS) != 0;

    if (is_type(node, TREE_LINK))
        return E_LOOP;
    if (is_type(node, TREE_DIRECTORY))
        return writes || (flags & OPEN_TRUNCATE) != 0 ? E_ISDIR : 0;
    if ((flags & OPEN_DIRECTORY) != 0)
        return E_NOTDIR;
    if (writes && (node->mode & 0222) == 0)
        return E_ACCES;
    return 0;
}

static uint32_t
create(const struct sys_message *m, struct node **node,
       struct sys_message *reply)
{
    struct entry entry;
    uint32_t error = find_entry(m, 0, path, &entry, reply);

    if (error != 0)
        return error == E_BUSY ? E_ISDIR : error;
    if (entry.name[entry.length] == '/' &&
        entry.name + entry.length < path + sys_length(m, 0))
        return E_ISDIR;
    return (uint32_t)tree_make(&ram.tree, entry.directory, entry.name,
                               entry.length,
                               TREE_FILE | ((uint32_t)m->words[1] & 07777),
                               node);
}

static uint32_t
open(const struct sys_message *m, struct sys_message *reply)
{
    uint32_t flags = (uint32_t)m->words[0], error;
    bool creates = (flags & OPEN_CREATE) != 0;
    bool exclusive = creates && (flags & OPEN_EXCLUSIVE) != 0;
    struct node *node = NULL;

    error = find(m, (flags & OPEN_NOFOLLOW) == 0 && !exclusive, &node, reply);
    if (error == 0 && exclusive)
        return E_EXIST;
    if (error == E_NOENT && creates) {
        error = create(m, &node, reply);
        if (error == 0)
            return open_node(node, flags, reply);
    }
    if (error == 0)
        error = check_open(node, flags);
    return error != 0 ? error : open_node(node, flags, reply);
}

/* --- what a file is ------------------------------------------------------- */

static uint32_t
give_stat(const struct node *node, unsigned lease)
{
    const struct io_stat stat = {
        .device = 1, .inode = node->inode, .mode = node->mode,
        .links = node->links, .size = node->size,
        .blocks = (is_type(node, TREE_FILE) ? node->size + 511 : 0) / 512,
        .block_size = TREE_PAGE, .access = node->access,
        .modification = node->modification, .change = node->change,
        .special = node->special,
    };

    return sys_lease_write(0, lease, 0, &stat, sizeof stat) == sizeof stat
               ? 0 : E_FAULT;
}

static uint32_t
give_statvfs(void)
{
    const struct tree *tree = &ram.tree;
    const struct io_statvfs stat = {
        .block_size = TREE_PAGE, .blocks = tree->limit / TREE_PAGE,
        .blocks_free = (tree->limit - tree->used) / TREE_PAGE,
        .files = tree->limit / TREE_PAGE,
        .files_free = (tree->limit - tree->used) / TREE_PAGE,
        .name_max = TREE_NAME_MAX, .type = "ramfs",
    };

    return sys_lease_write(0, 1, 0, &stat, sizeof stat) == sizeof stat
               ? 0 : E_FAULT;
}

static void
set_times(struct node *node, const struct sys_message *m)
{
    if (m->words[0] != IO_OMIT)
        node->access = m->words[0] == IO_NOW ? now() : (int64_t)m->words[0];
    if (m->words[1] != IO_OMIT)
        node->modification = m->words[1] == IO_NOW ? now()
                                                   : (int64_t)m->words[1];
    node->change = now();
}

static void
set_mode(struct node *node, uint64_t mode)
{
    node->mode = (node->mode & TREE_TYPE) | ((uint32_t)mode & 07777);
    node->change = now();
}

/* --- names ---------------------------------------------------------------- */

static uint32_t
make_directory(const struct sys_message *m, struct sys_message *reply)
{
    struct entry entry;
    struct node *node;
    uint32_t error = find_entry(m, 0, path, &entry, reply);

    if (error != 0)
        return error == E_BUSY ? E_EXIST : error;
    return (uint32_t)tree_make(&ram.tree, entry.directory, entry.name,
                               entry.length, TREE_DIRECTORY |
                                   ((uint32_t)m->words[0] & 07777), &node);
}

static uint32_t
remove(const struct sys_message *m, struct sys_message *reply)
{
    struct entry entry;
    struct node *node; /* with a slash at the end it has to be a directory */
    uint32_t error = find(m, false, &node, reply);

    if (error == 0)
        error = find_entry(m, 0, path, &entry, reply);
    if (error != 0)
        return error;
    return (uint32_t)tree_remove(&ram.tree, entry.directory, entry.name,
                                 entry.length, m->words[0] == IO_DIRECTORY);
}

static uint32_t
rename(const struct sys_message *m, struct sys_message *reply)
{
    struct entry from, to;
    struct node *node;
    uint32_t error = find(m, false, &node, reply);

    if (error == 0)
        error = find_entry(m, 0, path, &from, reply);
    if (error != 0)
        return error;
    error = find_entry(m, 1, second_path, &to, reply);
    if (error == IO_LINKED)
        return E_NOTSUP; /* a link on the way to the new name */
    if (error != 0)
        return error;
    if (second_path[sys_length(m, 1) - 1] == '/' &&
        !is_type(node, TREE_DIRECTORY))
        return E_NOTDIR;
    return (uint32_t)tree_rename(&ram.tree, from.directory, from.name,
                                 from.length, to.directory, to.name,
                                 to.length);
}

static uint32_t
link(const struct sys_message *m, struct sys_message *reply)
{
    struct node *node;
    struct entry to;
    uint32_t error = find(m, false, &node, reply);

    if (error == 0 && is_type(node, TREE_DIRECTORY))
        error = E_PERM;
    if (error == 0)
        error = find_entry(m, 1, second_path, &to, reply);
    if (error != 0)
        return error == IO_LINKED ? E_NOTSUP : error;
    return (uint32_t)tree_link(&ram.tree, node, to.directory, to.name,
                               to.length);
}

static uint32_t
make_link(const struct sys_message *m, struct sys_message *reply)
{
    struct entry entry;
    struct node *node;
    size_t length;
    uint32_t error = find_entry(m, 0, path, &entry, reply);

    if (error == 0)
        error = read_path(m, 1, second_path, &length);
    if (error != 0)
        return error;
    return (uint32_t)tree_make_link(&ram.tree, entry.directory, entry.name,
                                    entry.length, second_path, length, &node);
}

static uint32_t
read_link(const struct sys_message *m, struct sys_message *reply)
{
    struct node *node;
    uint32_t error = find(m, false, &node, reply);
    size_t length;

    if (error != 0)
        return error;
    if (!is_type(node, TREE_LINK))
        return E_INVAL;
    length = sys_length(m, 1) < node->size ? sys_length(m, 1) : node->size;
    reply->words[0] = node->size;
    return sys_lease_write(0, 1, 0, node->text, length) == (int64_t)length
               ? 0 : E_FAULT;
}

/* --- bytes ---------------------------------------------------------------- */

/* Where a read or write goes, and how far. */
struct range {
    struct open *open;
    uint64_t offset, length;
    bool here; /* the file's offset moves with it */
};

static struct range
range_of(struct open *open, const struct sys_message *m, bool small)
{
    struct range range = {
        .open = open, .here = m->words[0] == IO_HERE,
        .length = small ? IO_TAG_COUNT(m->tag) : sys_length(m, 0),
    };

    range.offset = range.here ? open->offset : m->words[0];
    return range;
}

static uint32_t
finish(struct range *range, uint64_t done, uint32_t error,
       struct sys_message *reply)
{
    if (range->here)
        range->open->offset = range->offset + done;
    reply->words[0] = done;
    return done > 0 ? 0 : error;
}

static uint32_t
check_bytes(const struct open *open, bool writes)
{
    uint32_t access = open->flags & OPEN_ACCESS;

    if (is_type(open->node, TREE_DIRECTORY))
        return E_ISDIR;
    return (writes ? access == 0 : access == 1) ? E_BADF : 0;
}

static uint32_t
read(struct open *open, const struct sys_message *m,
     struct sys_message *reply)
{
    struct range range = range_of(open, m, false);
    uint64_t done = 0;
    uint32_t error = check_bytes(open, false);

    while (error == 0 && done < range.length) {
        uint64_t left = range.length - done;
        size_t n = tree_read(&ram.tree, open->node, range.offset + done,
                             buffer, left < CHUNK ? left : CHUNK);

        if (n == 0)
            break;
        if (sys_lease_write(0, 0, done, buffer, n) != (int64_t)n)
            error = E_FAULT;
        else
            done += n;
    }
    return finish(&range, done, error, reply);
}

static uint32_t
read_small(struct open *open, const struct sys_message *m,
           struct sys_message *reply)
{
    struct range range = range_of(open, m, true);
    uint32_t error = check_bytes(open, false);
    uint64_t done = 0;

    if (range.length > IO_SMALL)
        return E_INVAL;
    if (error == 0)
        done = tree_read(&ram.tree, open->node, range.offset,
                         &reply->words[1], range.length);
    return finish(&range, done, error, reply);
}

static uint32_t
write(struct open *open, const struct sys_message *m, bool small,
      struct sys_message *reply)
{
    struct range range = range_of(open, m, small);
    uint64_t done = 0;
    uint32_t error = check_bytes(open, true);

    if (small && range.length > IO_SMALL)
        return E_INVAL;
    if ((open->flags & OPEN_APPEND) != 0 && range.here)
        range.offset = open->node->size;
    while (error == 0 && done < range.length) {
        uint64_t left = range.length - done;
        size_t n = left < CHUNK ? left : CHUNK, written = 0;

        if (small)
            memcpy(buffer, &m->words[1], n);
        else if (sys_lease_read(0, 0, done, buffer, n) != (int64_t)n)
            error = E_FAULT;
        if (error == 0)
            error = (uint32_t)tree_write(&ram.tree, open->node,
                                         range.offset + done, buffer, n,
                                         &written);
        done += written;
    }
    return finish(&range, done, error, reply);
}

static uint32_t
seek(struct open *open, const struct sys_message *m,
     struct sys_message *reply)
{
    uint64_t from = m->words[1] == 0 ? 0
                    : m->words[1] == 1 ? open->offset : open->node->size;
    int64_t offset = (int64_t)m->words[0], to;

    if (m->words[1] > 2 ||
        __builtin_add_overflow((int64_t)from, offset, &to) || to < 0)
        return E_INVAL;
    open->offset = (uint64_t)to;
    reply->words[0] = open->offset;
    return 0;
}

/* --- directories ---------------------------------------------------------- */

static size_t
put_entry(uint8_t *at, size_t room, const struct node *node,
          const char *name, size_t length)
{
    struct io_entry *entry = (struct io_entry *)(void *)at;
    size_t size = (sizeof *entry + length + 1 + 7) / 8 * 8;

    if (size > room)
        return 0;
    memset(at, 0, size);
    *entry = (struct io_entry){ .inode = node->inode,
                                .size = (uint16_t)size,
                                .type = (uint8_t)(node->mode >> 12),
                                .length = (uint8_t)length };
    memcpy(entry->name, name, length);
    return size;
}

/* The offset counts: 0 and 1 for "." and "..", then cookies. */
static size_t
next_entry(struct open *open, uint8_t *at, size_t room)
{
    struct node *node = open->node;
    const struct name *name;
    size_t size;

    if (node->links == 0)
        return 0; /* removed: not even "." is left */
    if (open->offset == 0)
        size = put_entry(at, room, node, ".", 1);
    else if (open->offset == 1)
        size = put_entry(at, room, node->parent, "..", 2);
    else {
        name = tree_next_name(node, open->offset - 2);
        if (name == NULL)
            return 0;
        size = put_entry(at, room, name->node, name->text, name->length);
        if (size > 0)
            open->offset = name->cookie + 2;
        return size;
    }
    if (size > 0)
        open->offset++;
    return size;
}

static uint32_t
read_directory(struct open *open, const struct sys_message *m,
               struct sys_message *reply)
{
    size_t room = sys_length(m, 0), done = 0, n;

    if (!is_type(open->node, TREE_DIRECTORY))
        return E_NOTDIR;
    if (room < ENTRY_MAX)
        return E_INVAL; /* 0 would be the end */
    if (room > ENTRIES)
        room = ENTRIES;
    while ((n = next_entry(open, buffer + done, room - done)) > 0)
        done += n;
    reply->words[0] = done;
    return sys_lease_write(0, 0, 0, buffer, done) == (int64_t)done
               ? 0 : E_FAULT;
}

/* --- the rest of an open file --------------------------------------------- */

/* Only what lies in the archive as it was, at a page of its own. */
static uint32_t
map(const struct open *open, const struct sys_message *m,
    struct sys_message *reply)
{
    const struct node *node = open->node;
    uint64_t at = (uint64_t)(node->base - ram.archive);
    int64_t copy;

    if (!is_type(node, TREE_FILE) || node->base == NULL ||
        node->pages_used > 0 || node->base_size != node->size ||
        at % SYS_PAGE != 0 || m->words[0] % SYS_PAGE != 0 ||
        (m->words[2] & SYS_MAP_WRITE) != 0)
        return E_NODEV;
    copy = sys_duplicate(ram.memory, SYS_RIGHT_READ | SYS_RIGHT_EXECUTE |
                                         SYS_RIGHT_TRANSFER |
                                         SYS_RIGHT_INSPECT);
    if (copy < 0)
        return E_NODEV;
    reply->handles = sys_handles((handle_t)copy, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    reply->words[0] = at + m->words[0];
    return 0;
}

static uint32_t
set_flags(struct open *open, const struct sys_message *m,
          struct sys_message *reply)
{
    const uint32_t settable = OPEN_APPEND | OPEN_NONBLOCK;

    if (m->words[0] != IO_KEEP)
        open->flags = (open->flags & ~settable) |
                      ((uint32_t)m->words[0] & settable);
    reply->words[0] = open->flags & (OPEN_ACCESS | settable);
    return 0;
}

static uint32_t
truncate(struct open *open, uint64_t size)
{
    uint32_t error = check_bytes(open, true);

    if (error != 0)
        return error == E_BADF ? E_INVAL : error;
    return (uint32_t)tree_truncate(&ram.tree, open->node, size);
}

static uint32_t
serve_open(struct open *open, const struct sys_message *m,
           struct sys_message *reply)
{
    switch (IO_TAG_CALL(m->tag)) {
    case IO_READ: return read(open, m, reply);
    case IO_READ_SMALL: return read_small(open, m, reply);
    case IO_WRITE: return write(open, m, false, reply);
    case IO_WRITE_SMALL: return write(open, m, true, reply);
    case IO_SEEK: return seek(open, m, reply);
    case IO_FSTAT: return give_stat(open->node, 0);
    case IO_READDIR: return read_directory(open, m, reply);
    case IO_TRUNCATE: return truncate(open, m->words[0]);
    case IO_SYNC: return 0;
    case IO_FCHMOD: set_mode(open->node, m->words[0]); return 0;
    case IO_FUTIME: set_times(open->node, m); return 0;
    case IO_FLAGS: return set_flags(open, m, reply);
    case IO_MAP: return map(open, m, reply);
    case IO_CONTROL: return E_NOTTY;
    default: return E_NOSYS;
    }
}

/* --- the root ------------------------------------------------------------- */

static uint32_t
serve_root(const struct sys_message *m, struct sys_message *reply)
{
    struct node *node;
    uint32_t call = IO_TAG_CALL(m->tag), error;

    switch (call) {
    case IO_OPEN: return open(m, reply);
    case IO_MKDIR: return make_directory(m, reply);
    case IO_UNLINK: return remove(m, reply);
    case IO_RENAME: return rename(m, reply);
    case IO_LINK: return link(m, reply);
    case IO_SYMLINK: return make_link(m, reply);
    case IO_READLINK: return read_link(m, reply);
    case IO_STATVFS: return give_statvfs();
    case IO_STAT: case IO_CHMOD: case IO_UTIME:
        error = find(m, call != IO_STAT || m->words[0] != IO_NOFOLLOW, &node,
                     reply);
        if (error != 0)
            return error;
        if (call == IO_STAT)
            return give_stat(node, 1);
        if (call == IO_CHMOD)
            set_mode(node, m->words[0]);
        else
            set_times(node, m);
        return 0;
    default: return E_NOSYS;
    }
}

static struct open *
open_of(uint64_t badge)
{
    if ((badge & SERVICE_SESSION) != 0 || badge == 0 || badge > OPENS_MAX ||
        ram.opens[badge - 1].node == NULL)
        return NULL;
    return &ram.opens[badge - 1];
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

static void
forget(uint64_t badge)
{
    struct open *open = open_of(badge);

    if (open == NULL)
        return;
    tree_close(&ram.tree, open->node);
    open->node = NULL;
}

/* --- start ---------------------------------------------------------------- */

static void
add_directories(const char *name)
{
    struct node *directory, *node;
    const char *part;
    size_t length, done;

    for (const char *slash = name; *slash != '\0'; slash++)
        if (*slash == '/' &&
            tree_find_parent(&ram.tree, name, (size_t)(slash - name),
                             &directory, &part, &length, &done) == 0)
            tree_make(&ram.tree, directory, part, length,
                      TREE_DIRECTORY | 0755, &node);
}

static void
add_member(const struct archive *archive, const struct archive_member *member)
{
    const void *data = archive_data(archive, member);
    uint32_t type = member->mode & TREE_TYPE;
    struct node *directory, *node;
    const char *part;
    size_t length, done;

    add_directories(member->name);
    if (tree_find_parent(&ram.tree, member->name, member->name_length,
                         &directory, &part, &length, &done) != 0)
        return; /* the root itself, or a name below a file */
    if (type == TREE_LINK) {
        tree_make_link(&ram.tree, directory, part, length, data,
                       member->size, &node);
        return;
    }
    if ((type != TREE_FILE && type != TREE_DIRECTORY) ||
        tree_make(&ram.tree, directory, part, length, member->mode,
                  &node) != 0)
        return;
    node->access = node->modification = node->change =
        member->time * 1000000000LL;
    if (type == TREE_FILE) {
        node->base = data;
        node->base_size = node->size = member->size;
    }
}

static void
load_archive(void)
{
    int64_t memory = service_handle("archive"), at;
    struct sys_inspection view = { 0 };
    struct archive_member member = { 0 };
    struct archive archive;
    const char *problem;
    uint64_t byte;

    if (memory < 0)
        return;
    ram.memory = (handle_t)memory;
    sys_inspect(ram.memory, &view);
    at = sys_map(SYS_SELF, ram.memory, 0, view.id, 0, SYS_MAP_READ);
    if (at < 0) {
        print("no room for the archive: error %ld.\n", at);
        return;
    }
    ram.archive = (const uint8_t *)at;
    problem = archive_open(&archive, ram.archive, view.id, &byte);
    if (problem != NULL) {
        print("the archive, byte %lu: %s\n", byte, problem);
        return;
    }
    while (archive_next(&archive, &member))
        add_member(&archive, &member);
}

int
main(uint64_t argument)
{
    struct sys_message m;
    int64_t got;

    service_begin(argument);
    ram.endpoint = service_need("root");
    ram.bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(ram.endpoint, ram.bits);
    ram.tree = (struct tree){ .take = heap_take, .give = heap_give,
                              .now = now, .limit = 64UL << 20 };
    if (tree_init(&ram.tree) != 0)
        return 1;
    load_archive();
    service_mount(ram.endpoint, "/");
    service_ready(ram.bits);
    got = sys_receive(ram.endpoint, 0, &m);
    for (;;) {
        if (got == SYS_GOT_CALL) {
            serve(&m);
            if ((m.tag & SYS_TAG_MOVE(0)) != 0) {
                service_reply(&m);
                got = sys_receive(ram.endpoint, 0, &m);
            } else {
                got = sys_reply_receive(ram.endpoint, 0, &m);
            }
            continue;
        }
        if (got == SYS_GOT_CLOSED)
            forget(m.badge);
        else if (got == SYS_GOT_BITS)
            service_bits(m.words[0]);
        else if (got < 0)
            return 1;
        got = sys_receive(ram.endpoint, 0, &m);
    }
}
