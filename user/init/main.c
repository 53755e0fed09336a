#include "user/init/init.h"

#include "kernel/lib/mem.h"

struct init init;

/* --- badges --------------------------------------------------------------- */

int64_t
init_session(const struct service *service, enum init_purpose purpose,
             uint64_t number)
{
    return sys_session_create(init.endpoint, init_index(service) |
                                                 (uint64_t)purpose << 8 |
                                                 number << 16);
}

struct service *
init_service_of(uint64_t badge)
{
    return &init.services[badge & 0xFF];
}

enum init_purpose
init_purpose_of(uint64_t badge)
{
    return (enum init_purpose)(badge >> 8 & 0xFF);
}

uint64_t
init_number_of(uint64_t badge)
{
    return badge >> 16;
}

/* --- the loop ------------------------------------------------------------- */

static void
take(int64_t got, struct sys_message *m)
{
    struct service *service = init_service_of(m->badge);

    switch (got) {
    case SYS_GOT_CALL:
        serve(m);
        sys_reply(0, m);
        break;
    case SYS_GOT_FAULT:
        supervise_fault(service, m);
        *m = (struct sys_message){ 0 }; /* this ends the process */
        sys_reply(0, m);
        break;
    case SYS_GOT_DEATH:
        supervise_death(service, m);
        break;
    default:
        break; /* the timer, and sessions that nobody needs any more */
    }
}

/* Until there is a service that sees to it: C-7 of the design. */
static void
end_autorun(void)
{
    bool good;

    if (!init.autorun || !supervise_settled(&good))
        return;
    print("autorun: there is no shell yet; powering off.\n");
    sys_system(init.system, SYS_SYSTEM_POWER_OFF, NULL, !good);
}

static _Noreturn void
run(void)
{
    for (;;) {
        struct sys_message m = { 0 };
        int64_t got;

        supervise();
        end_autorun();
        got = sys_receive(init.endpoint, 0, &m);
        if (got >= 0)
            take(got, &m);
    }
}

/* --- the beginning -------------------------------------------------------- */

static bool
make_endpoint(void)
{
    int64_t endpoint = sys_endpoint_create(INIT_LEVEL);
    int64_t timer = sys_notification_create();

    init.endpoint = (handle_t)endpoint;
    init.timer = (handle_t)timer;
    if (endpoint >= 0 && timer >= 0 &&
        sys_endpoint_bind(init.endpoint, init.timer) == 0)
        return true;
    print("init: no memory for an endpoint.\n");
    return false;
}

static bool
prepare_services(void)
{
    for (uint32_t i = 0; i < init.manifest.count; i++) {
        struct service *service = &init.services[i];

        service->plan = &init.manifest.services[i];
        if (!give_prepare(service))
            return false;
        if (service->plan->autorun)
            init.autorun = false;
    }
    return true;
}

int
main(uint64_t argument)
{
    struct sys_system_info info = { 0 };
    size_t length;

    init.system = (handle_t)argument;
    print_to_system(init.system);
    sys_system(init.system, SYS_SYSTEM_INFO, &info, sizeof info);
    sys_system(init.system, SYS_SYSTEM_COMMAND_LINE, init.command_line,
               sizeof init.command_line);
    init.frames_free = info.frames_free;
    init.autorun = option_value(init.command_line, "autorun", &length) != NULL;
    print("init: runs on %u CPU%s, %lu of %lu MiB free.\n", info.cpus,
          info.cpus == 1 ? "" : "s", info.frames_free >> 8,
          info.frames_total >> 8);
    if (!init_load() || !make_endpoint() || !prepare_services())
        return 1;
    run();
}
