#include "user/test/service/service.h"

static struct {
    handle_t endpoint, bits;
    uint64_t *instance; /* in the vault */
} echo;

static _Noreturn void
hang(void)
{
    for (;;)
        pause_for(1000 * MS);
}

static void
answer(struct sys_message *m)
{
    uint64_t hangs = (uint32_t)m->tag == ECHO_HANG;

    m->words[0] = *echo.instance;
    m->tag = 0;
    sys_reply(0, m);
    if (hangs)
        hang();
}

static void
echo_call(struct sys_message *m)
{
    switch ((uint32_t)m->tag) {
    case ECHO_ADD:
        m->words[1]++;
        break;
    case ECHO_BADGE:
        m->words[1] = m->badge;
        break;
    case ECHO_DIE_LATER:
        pause_for(50 * MS);
        __builtin_trap();
    case ECHO_DIE:
        __builtin_trap();
    case ECHO_EXIT:
        sys_exit(m->words[1]);
    case ECHO_BITS:
        m->handles = sys_handles(echo.bits, 0);
        m->words[0] = *echo.instance;
        m->tag = SYS_TAG_HANDLES(1);
        sys_reply(0, m);
        return;
    default:
        break;
    }
    answer(m);
}

/* Whatever of it fails is seen as a service that never is ready. */
static bool
begin(void)
{
    int64_t vault = service_need("count");
    int64_t window = sys_map(SYS_SELF, (handle_t)vault, 0, SYS_PAGE, 0,
                             SYS_MAP_READ | SYS_MAP_WRITE);

    if (window < 0)
        return false;
    echo.instance = (uint64_t *)window;
    ++*echo.instance;
    echo.endpoint = service_need("echo");
    echo.bits = (handle_t)sys_notification_create();
    return sys_endpoint_bind(echo.endpoint, echo.bits) == 0 &&
           service_ready(echo.bits) == 0;
}

void
play_echo(void)
{
    struct sys_message m;

    if (!begin()) {
        print("echo cannot begin\n");
        sys_exit(1);
    }
    for (;;) {
        int64_t got = sys_receive(echo.endpoint, 0, &m);

        if (got == SYS_GOT_CALL)
            echo_call(&m);
        else if (got == SYS_GOT_BITS)
            service_bits(m.words[0]);
    }
}
