/* A server that mounts itself, and a client that finds it by its name. */
#include "user/test/service/service.h"

#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/name.h"

#define ROOT_BADGE 9u
#define ANSWER     77u

/* --- the server ----------------------------------------------------------- */

static int64_t
mount(handle_t name, handle_t session, const char *path)
{
    struct sys_lease lease = { (uint64_t)path, strlen(path) };
    struct sys_message m = {
        .tag = NAME_MOUNT | SYS_TAG_LEASES(1) | SYS_TAG_READ(0) |
               SYS_TAG_HANDLES(1),
        .handles = sys_handles(session, 0), .leases = &lease,
    };
    int64_t result = sys_call(name, &m);

    return result < 0 ? result : (int64_t)(uint32_t)m.tag;
}

void
play_mounter(void)
{
    handle_t endpoint = service_need("files");
    int64_t root = sys_session_create(endpoint, ROOT_BADGE);
    handle_t name = service_need("name");
    handle_t none = (handle_t)sys_notification_create();
    struct sys_message m;

    if (mount(name, (handle_t)root, option()) != 0 ||
        mount(name, none, "/none") != E_INVAL ||
        mount(name, (handle_t)root, "/dev/") != E_INVAL)
        sys_exit(1);
    sys_close((handle_t)root);
    service_ready(0);
    for (;;) {
        if (sys_receive(endpoint, 0, &m) != SYS_GOT_CALL)
            continue;
        m = (struct sys_message){ .words = { ANSWER, m.badge } };
        sys_reply(0, &m);
    }
}

/* --- the client ----------------------------------------------------------- */

static const struct name_table *
map_table(handle_t name)
{
    struct sys_message m = { .tag = NAME_TABLE };
    handle_t page;
    int64_t address;

    if (sys_call(name, &m) != 0 || (uint32_t)m.tag != 0)
        return NULL;
    page = sys_handle(&m, 0);
    if (sys_map(SYS_SELF, page, 0, SYS_PAGE, 0,
                SYS_MAP_READ | SYS_MAP_WRITE) != ERR_RIGHTS)
        return NULL;
    address = sys_map(SYS_SELF, page, 0, SYS_PAGE, 0, SYS_MAP_READ);
    return address < 0 ? NULL : (const struct name_table *)address;
}

static bool
find(handle_t name, const struct name_table *table, const char *path)
{
    for (uint32_t i = 0; i < table->count; i++) {
        struct sys_message m = { .tag = NAME_SESSION,
                                 .words = { i, table->mounts[i].stamp } };
        handle_t session;

        if (strcmp(table->mounts[i].prefix, path) != 0)
            continue;
        if (sys_call(name, &m) != 0 || (uint32_t)m.tag != 0)
            return false;
        session = sys_handle(&m, 0);
        m = (struct sys_message){ .tag = 1 };
        return sys_call(session, &m) == 0 && m.words[0] == ANSWER &&
               m.words[1] == ROOT_BADGE;
    }
    return false;
}

void
play_finder(void)
{
    handle_t name = service_need("name");
    const struct name_table *table = map_table(name);
    struct sys_message m = { .tag = NAME_SESSION, .words = { 0, 0 } };

    if (table == NULL || table->sequence % 2 != 0)
        sys_exit(1);
    if (!find(name, table, option()) || find(name, table, "/nothing"))
        sys_exit(2);
    if (mount(name, name, "/mine") != E_PERM)
        sys_exit(3);
    if (sys_call(name, &m) != 0 || m.tag != E_STALE)
        sys_exit(4);
    m = (struct sys_message){ .tag = 0xFFFF };
    if (sys_call(name, &m) != 0 || m.tag != E_NOSYS)
        sys_exit(5);
    print("found %s\n", option());
}
