#include "user/rt/service.h"

#include "kernel/lib/mem.h"
#include "user/proto/name.h"

static handle_t supervisor;

void
service_begin(uint64_t argument)
{
    supervisor = (handle_t)argument;
    print_to_session(supervisor);
}

/* The result is the answer's, or that of the call itself. */
static int64_t
call(struct sys_message *m)
{
    int64_t result = sys_call(supervisor, m);

    return result < 0 ? result : (int32_t)m->tag;
}

int64_t
service_handle(const char *name)
{
    struct sys_message m = { .tag = SERVICE_HANDLE };
    size_t length = strlen(name);
    int64_t result;

    if (length > SERVICE_NAME_MAX)
        return ERR_ARGUMENT;
    memcpy(m.words, name, length);
    result = call(&m);
    return result < 0 ? result : (int64_t)m.words[0];
}

handle_t
service_need(const char *name)
{
    int64_t result = service_handle(name);

    if (result >= 0)
        return (handle_t)result;
    print("it cannot have '%s': error %ld\n", name, result);
    sys_exit(1);
}

int64_t
service_ready(handle_t notification)
{
    struct sys_message m = { .tag = SERVICE_READY };

    if (notification != 0)
        m.tag |= SYS_TAG_HANDLES(1);
    m.handles = sys_handles(notification, 0);
    return call(&m);
}

uint64_t
service_bits(uint64_t bits)
{
    struct sys_message m = { .tag = SERVICE_ALIVE };

    if ((bits & SERVICE_BEAT) != 0)
        call(&m);
    return bits & ~SERVICE_BEAT;
}

int64_t
service_mount(handle_t endpoint, const char *path)
{
    static handle_t name;
    struct sys_lease lease = { (uint64_t)path, strlen(path) };
    struct sys_message m = {
        .tag = NAME_MOUNT | SYS_TAG_LEASES(1) | SYS_TAG_READ(0) |
               SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0),
        .leases = &lease,
    };
    int64_t result;

    if (name == 0)
        name = service_need("name");
    result = sys_session_create(endpoint, SERVICE_SESSION);
    if (result < 0)
        return result;
    m.handles = sys_handles((handle_t)result, 0);
    result = sys_call(name, &m);
    return result < 0 ? result : (int64_t)(uint32_t)m.tag;
}

/* Who is there is asked before what it leased. */
bool
service_is_gone(handle_t reply)
{
    char none;

    return sys_lease_read(reply, 0, 0, &none, 0) == ERR_DEAD;
}

void
service_close_handles(const struct sys_message *m)
{
    for (unsigned i = 0; i < SYS_HANDLES; i++)
        if (sys_handle(m, i) != 0)
            sys_close(sys_handle(m, i));
}

int64_t
service_text(enum service_text which, char *text, size_t size)
{
    struct sys_lease lease = { (uint64_t)text, size };
    struct sys_message m = {
        .tag = SERVICE_TEXT | SYS_TAG_LEASES(1) | SYS_TAG_WRITE(0),
        .words = { which }, .leases = &lease,
    };
    int64_t result = call(&m);

    return result < 0 ? result : (int64_t)m.words[0];
}
