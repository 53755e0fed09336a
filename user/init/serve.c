#include "user/init/init.h"

#include "kernel/lib/mem.h"

/* A name in words, which may lack its NUL. */
static void
name_of(char name[SERVICE_NAME_MAX + 1], const uint64_t *words)
{
    memcpy(name, words, SERVICE_NAME_MAX + 1);
    name[SERVICE_NAME_MAX] = '\0';
}

static int64_t
serve_text(const struct service *service, struct sys_message *m)
{
    const char *text = m->words[0] == SERVICE_TEXT_ARGUMENT
                           ? service->plan->argument : init.command_line;
    uint64_t size = strlen(text) + 1;
    int64_t result;

    if (m->words[0] > SERVICE_TEXT_COMMAND_LINE ||
        sys_length(m, 0) < size)
        return ERR_ARGUMENT;
    result = sys_lease_write(0, 0, 0, text, size);
    m->words[0] = size - 1;
    return result < 0 ? result : 0;
}

static int64_t
serve_list(const struct sys_message *m)
{
    uint64_t number = m->words[0];
    struct service_state state = { 0 };
    struct sys_inspection view = { 0 };
    const struct service *service;
    int64_t result;

    if (number >= init.manifest.count || sys_length(m, 0) < sizeof state)
        return ERR_ARGUMENT;
    service = &init.services[number];
    if (service->process != 0)
        sys_inspect(service->process, &view);
    memcpy(state.name, service->plan->name, sizeof state.name);
    state.status = service->status;
    state.starts = service->starts;
    state.process = service->process_id;
    state.frames = view.used;
    state.frames_limit = init_frames(service->plan);
    state.since = service->since;
    memcpy(state.death, service->death, sizeof state.death);
    result = sys_lease_write(0, 0, 0, &state, sizeof state);
    return result < 0 ? result : 0;
}

static int64_t
serve_control(const struct sys_message *m)
{
    char name[SERVICE_NAME_MAX + 1];

    name_of(name, &m->words[1]);
    for (uint32_t i = 0; i < init.manifest.count; i++)
        if (strcmp(init.services[i].plan->name, name) == 0)
            return supervise_control(&init.services[i],
                                     (enum service_control)m->words[0]);
    return ERR_ARGUMENT;
}

/* What a service may ask for itself. Its session cannot be passed on, so no
 * other process asks in its name. */
static int64_t
serve_service(struct service *service, struct sys_message *m)
{
    char name[SERVICE_NAME_MAX + 1];
    int64_t result;

    switch ((uint32_t)m->tag) {
    case SERVICE_HANDLE:
        name_of(name, m->words);
        result = give(service, name);
        m->words[0] = result < 0 ? 0 : (uint64_t)result;
        return result < 0 ? result : 0;
    case SERVICE_READY:
        supervise_ready(service, sys_handle(m, 0));
        return 0;
    case SERVICE_ALIVE:
        supervise_alive(service);
        return 0;
    default:
        return ERR_CALL;
    }
}

/* What needs a session by the name of init, with the right to control. */
static int64_t
serve_controller(struct sys_message *m)
{
    if (init_purpose_of(m->badge) != INIT_FOR_CALLER ||
        (init_number_of(m->badge) & SERVICE_MAY_CONTROL) == 0)
        return ERR_RIGHTS;
    if ((uint32_t)m->tag == SERVICE_CONTROL)
        return serve_control(m);
    if ((uint32_t)m->tag == SERVICE_REBOOT)
        return sys_system(init.system, SYS_SYSTEM_REBOOT, NULL, 0);
    return sys_system(init.system, SYS_SYSTEM_POWER_OFF, NULL, m->words[0]);
}

static int64_t
dispatch(struct service *service, struct sys_message *m)
{
    switch ((uint32_t)m->tag) {
    case PRINT_WORDS:
    case PRINT_LEASE:
        log_served(&service->log, service->plan->name, m);
        return 0;
    case SERVICE_TEXT:
        return serve_text(service, m);
    case SERVICE_LIST:
        return serve_list(m);
    case SERVICE_CONTROL:
    case SERVICE_POWER_OFF:
    case SERVICE_REBOOT:
        return serve_controller(m);
    default:
        if (init_purpose_of(m->badge) != INIT_FOR_SERVICE)
            return ERR_CALL;
        return serve_service(service, m);
    }
}

/* Handles that came and that nobody took are closed again. */
static void
close_handles(const struct service *service, const struct sys_message *m)
{
    for (unsigned i = 0; i < SYS_HANDLES; i++) {
        handle_t handle = sys_handle(m, i);

        if (handle != 0 && handle != service->beat)
            sys_close(handle);
    }
}

void
serve(struct sys_message *m)
{
    struct service *service = init_service_of(m->badge);
    int64_t result = dispatch(service, m);

    close_handles(service, m);
    m->tag = (uint32_t)result;
    m->handles = 0;
}
