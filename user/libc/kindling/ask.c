/* Calls to servers. */
#include <errno.h>
#include <string.h>

#include "user/libc/kindling/kindling.h"

int
__error_of(int64_t error)
{
    static const short numbers[] = {
        [-ERR_HANDLE] = EBADF, [-ERR_TYPE] = EBADF, [-ERR_RIGHTS] = EACCES,
        [-ERR_ARGUMENT] = EINVAL, [-ERR_ADDRESS] = EFAULT,
        [-ERR_MEMORY] = ENOMEM, [-ERR_STATE] = EBUSY, [-ERR_DEAD] = EIO,
        [-ERR_DROPPED] = EIO, [-ERR_INTERRUPTED] = EINTR,
        [-ERR_AGAIN] = EAGAIN, [-ERR_EXISTS] = EEXIST,
        [-ERR_LEVEL] = EDEADLK, [-ERR_CALL] = ENOSYS,
    };

    if (error >= 0)
        return 0;
    return error < ERR_LAST ? -EIO : -numbers[-error];
}

int
__ask_once(handle_t session, struct sys_message *m)
{
    int64_t result;

    if (session == 0)
        return -ENOSYS;
    result = sys_call(session, m);
    if (result < 0)
        return __error_of(result);
    return -(int)(uint32_t)m->tag;
}

int
__ask_plainly(handle_t session, struct sys_message *m)
{
    struct sys_message copy;
    int error;

    do {
        copy = *m;
        error = __ask_once(session, &copy);
    } while (error == -EINTR);
    *m = copy;
    return error;
}

int
__ask(handle_t session, struct sys_message *m)
{
    struct sys_message copy;
    int error;

    for (;;) {
        copy = *m;
        error = __ask_once(session, &copy);
        if (error != -EINTR)
            break;
        __signals_run();
    }
    *m = copy;
    __signals_look();
    return error;
}

int
__ask_slowly(handle_t session, struct sys_message *m)
{
    struct sys_message copy;
    int error;

    do {
        copy = *m;
        error = __ask_once(session, &copy);
    } while (error == -EINTR && __signals_run());
    *m = copy;
    __signals_look();
    return error;
}

int
__ask_with(handle_t session, struct sys_message *m, void *data, size_t size,
           bool server_writes)
{
    struct sys_lease lease = { (uint64_t)data, size };

    m->tag |= SYS_TAG_LEASES(1) |
              (server_writes ? SYS_TAG_WRITE(0) : SYS_TAG_READ(0));
    m->leases = &lease;
    return __ask(session, m);
}
