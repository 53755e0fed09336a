/*
 * name: the mount table (user/proto/name.h). It calls nobody but init, and
 * keeps sessions to other servers only to pass them on.
 */
#include "user/name/table.h"
#include "user/proto/error.h"
#include "user/rt/service.h"

static struct {
    handle_t endpoint;
    handle_t page; /* for clients: to be read */
    struct table table;
} name;

/* --- the calls: an errno number, *m is the answer otherwise --------------- */

static int
read_path(char path[NAME_PREFIX], const struct sys_message *m, size_t *length)
{
    int64_t got;

    if ((m->tag & SYS_TAG_LEASES(3)) == 0)
        return E_INVAL;
    if (sys_length(m, 0) >= NAME_PREFIX)
        return E_NAMETOOLONG;
    got = sys_lease_read(0, 0, 0, path, sys_length(m, 0));
    *length = got < 0 ? 0 : (size_t)got;
    return got < 0 ? E_FAULT : 0;
}

static bool
may_mount(const struct sys_message *m)
{
    return (m->badge & SERVICE_SESSION) != 0 &&
           (SERVICE_SESSION_NUMBER(m->badge) & NAME_MAY_MOUNT) != 0;
}

/* What clients could not use, or what we could not pass on, is no server. */
static bool
is_server(handle_t handle)
{
    const uint32_t needed = SYS_RIGHT_SEND | SYS_RIGHT_TRANSFER;
    struct sys_inspection view;

    return sys_inspect(handle, &view) == SYS_OBJECT_SESSION &&
           (view.rights & needed) == needed;
}

static int
serve_mount(struct sys_message *m)
{
    handle_t session = sys_handle(m, 0);
    char path[NAME_PREFIX];
    uint32_t old;
    size_t length;
    int error;

    if (!may_mount(m))
        return E_PERM;
    error = read_path(path, m, &length);
    if (error != 0)
        return error;
    if (!is_server(session))
        return E_INVAL;
    error = table_mount(&name.table, path, length, session, &old);
    if (error != 0)
        return error;
    if (old != 0)
        sys_close(old);
    m->handles &= ~0xFFFFFFFFULL; /* it is the table's now */
    return 0;
}

static int
serve_unmount(struct sys_message *m)
{
    char path[NAME_PREFIX];
    uint32_t old;
    size_t length;
    int error;

    if (!may_mount(m))
        return E_PERM;
    error = read_path(path, m, &length);
    if (error == 0)
        error = table_unmount(&name.table, path, length, &old);
    if (error == 0)
        sys_close(old);
    return error;
}

/* The result is the handle to send, 0 for none. */
static int
serve(struct sys_message *m, handle_t *handle)
{
    *handle = 0;
    switch ((uint32_t)m->tag) {
    case NAME_TABLE:
        *handle = name.page;
        return 0;
    case NAME_SESSION:
        return table_session(&name.table, m->words[0], m->words[1], handle);
    case NAME_MOUNT:
        return serve_mount(m);
    case NAME_UNMOUNT:
        return serve_unmount(m);
    default:
        return E_NOSYS;
    }
}

static void
answer(struct sys_message *m)
{
    handle_t handle;
    int error = serve(m, &handle);

    service_close_handles(m);
    *m = (struct sys_message){ .tag = (uint64_t)error };
    if (handle != 0) {
        m->tag |= SYS_TAG_HANDLES(1);
        m->handles = sys_handles(handle, 0);
    }
}

/* --- the beginning -------------------------------------------------------- */

/* The page: ours to write, the clients' to read and to pass on. */
static bool
make_page(void)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, SYS_PAGE, 0, 0);
    int64_t address, copy;

    if (memory < 0)
        return false;
    address = sys_map(SYS_SELF, (handle_t)memory, 0, SYS_PAGE, 0,
                      SYS_MAP_READ | SYS_MAP_WRITE);
    copy = sys_duplicate((handle_t)memory,
                         SYS_RIGHT_READ | SYS_RIGHT_TRANSFER |
                             SYS_RIGHT_DUPLICATE | SYS_RIGHT_INSPECT);
    name.table.page = (struct name_table *)address;
    name.page = (handle_t)copy;
    return address >= 0 && copy >= 0;
}

_Static_assert(sizeof(struct name_table) <= SYS_PAGE, "one page");

int
main(uint64_t argument)
{
    struct sys_message m = { 0 };
    int64_t bits = sys_notification_create(), got;

    service_begin(argument);
    name.endpoint = service_need("name");
    if (!make_page() || bits < 0 ||
        sys_endpoint_bind(name.endpoint, (handle_t)bits) != 0) {
        print("no memory for the mount table\n");
        return 1;
    }
    service_ready((handle_t)bits);
    got = sys_receive(name.endpoint, 0, &m);
    for (;;) {
        if (got == SYS_GOT_CALL) {
            answer(&m);
            got = sys_reply_receive(name.endpoint, 0, &m);
            continue;
        }
        if (got == SYS_GOT_BITS)
            service_bits(m.words[0]);
        got = sys_receive(name.endpoint, 0, &m);
    }
}
