/* A service that wants more than the manifest gives it: all is refused. Ends
 * with status 0 if so; what was not refused is printed. */
#include "user/test/service/service.h"

#include "kernel/lib/mem.h"

static unsigned mistakes;

static void
expect(const char *what, int64_t result, int64_t expected)
{
    if (result == expected)
        return;
    print("%s: %ld, not %ld\n", what, result, expected);
    mistakes++;
}

/* The answer's tag, or the error of the call. */
static int64_t
ask(handle_t session, enum service_call call, uint64_t word, const char *name)
{
    struct sys_message m = { .tag = call, .words = { word } };
    int64_t result;

    memcpy(&m.words[1], name, strlen(name));
    result = sys_call(session, &m);
    return result < 0 ? result : (int32_t)m.tag;
}

static void
other_names(void)
{
    static const char *const names[] = { "", "echo", "machine", "com2", "com",
                                         "thief" };

    for (unsigned i = 0; i < 6; i++)
        expect(names[i], service_handle(names[i]), ERR_RIGHTS);
}

static void
control(handle_t session)
{
    expect("stop", ask(session, SERVICE_CONTROL, SERVICE_STOP, "echo"),
           ERR_RIGHTS);
    expect("kill", ask(session, SERVICE_CONTROL, SERVICE_KILL, "driver"),
           ERR_RIGHTS);
    expect("power off", ask(session, SERVICE_POWER_OFF, 0, ""), ERR_RIGHTS);
    expect("reboot", ask(session, SERVICE_REBOOT, 0, ""), ERR_RIGHTS);
}

void
play_thief(void)
{
    handle_t init = service_need("init"), ports = service_need("com3");
    struct sys_inspection view;

    service_ready(0);
    other_names();
    expect("twice", service_handle("com3"), ERR_EXISTS);
    expect("init twice", service_handle("init"), ERR_EXISTS);
    expect("copy", sys_duplicate(SYS_ROOT_SYSTEM, SYS_RIGHT_SEND), ERR_RIGHTS);
    expect("grant", sys_grant(SYS_SELF, SYS_ROOT_SYSTEM, SYS_RIGHT_SEND),
           ERR_RIGHTS);
    expect("inspect", sys_inspect(ports, &view), SYS_OBJECT_PORTS);
    expect("rights", view.rights, SYS_RIGHT_USE | SYS_RIGHT_INSPECT);
    expect("first", (int64_t)view.process, 0x3E8);
    control(init);
    control((handle_t)SYS_ROOT_SYSTEM); /* the first handle: our own session */
    expect("ready", ask(init, SERVICE_READY, 0, ""), ERR_CALL);
    expect("a handle", ask(init, SERVICE_HANDLE, 0, ""), ERR_CALL);
    expect("nonsense", ask(init, (enum service_call)0xFFFF, 0, ""), ERR_CALL);
    sys_exit(mistakes);
}
