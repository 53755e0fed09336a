#include "user/init/init.h"
#include "user/init/report.h"

#include "user/rt/spawn.h"

#define TIMER_BIT  1u
#define SECOND     1000000000ULL
#define MISSES_MAX 2u

/*
 * A heartbeat's time is cut in two, and two misses in a row end a service: a
 * PC that stood still for a while makes everybody miss one.
 */
static uint64_t
interval(const struct service *service)
{
    return service->plan->heartbeat * SECOND / MISSES_MAX;
}

static uint64_t
now(void)
{
    return (uint64_t)sys_clock();
}

static void
change(struct service *service, enum service_status status)
{
    service->status = status;
    service->since = now();
    service->deadline = 0;
}

static void
look_later(struct service *service)
{
    service->deadline = service->plan->heartbeat == 0
                            ? 0 : now() + interval(service);
}

/* --- starting ------------------------------------------------------------- */

static int64_t
spawn_file(struct service *service, struct spawn *how, struct spawned *made)
{
    const struct service_plan *plan = service->plan;
    struct archive_member file;
    struct sys_inspection view;
    int64_t result;

    how->problem = NULL;
    if (!archive_find(&init.archive, plan->program, &file)) {
        how->problem = "it is not in the boot archive";
        return ERR_ARGUMENT;
    }
    how->memory = init.module;
    how->offset = file.offset;
    how->file = archive_data(&init.archive, &file);
    how->size = file.size;
    result = spawn(how, made);
    if (result < 0)
        return result;
    result = sys_inspect(made->process, &view);
    service->process_id = result < 0 ? 0 : view.id;
    return result < 0 ? result : 0;
}

/* The sessions are the child's from then on; our own handles of them go. */
static int64_t
spawn_service(struct service *service, struct spawn *how)
{
    int64_t supervisor = init_session(service, INIT_FOR_DEATH, 0);
    int64_t first = init_session(service, INIT_FOR_SERVICE, 0);
    int64_t result = supervisor < 0 ? supervisor : first;
    struct spawned made;

    how->supervisor = (handle_t)supervisor;
    how->first = (handle_t)first;
    if (result >= 0)
        result = spawn_file(service, how, &made);
    if (supervisor >= 0)
        sys_close(how->supervisor);
    if (first >= 0)
        sys_close(how->first);
    if (result < 0)
        return result;
    service->process = made.process;
    service->thread = made.thread;
    service->base = made.base;
    return 0;
}

static void die(struct service *service);

static void
start(struct service *service)
{
    const struct service_plan *plan = service->plan;
    struct spawn how = {
        .frames = init_frames(plan), .level = plan->level,
        .priority = plan->priority,
        .first_rights = SYS_RIGHT_SEND | SYS_RIGHT_INSPECT,
    };
    int64_t result;

    give_renew(service);
    service->missed = 0;
    service->asked = service->wanted_down = service->again = false;
    result = spawn_service(service, &how);
    change(service, SERVICE_STARTING);
    service->starts++;
    look_later(service);
    if (result >= 0)
        return;
    if (how.problem != NULL)
        print("init: %s cannot start: %s: %s.\n", plan->name, plan->program,
              how.problem);
    else
        print("init: %s cannot start: error %ld.\n", plan->name, result);
    service->death[0] = SYS_DEATH_EXIT;
    service->death[1] = 1;
    die(service);
}

static bool
may_start(const struct service *service)
{
    if (service->status != SERVICE_DOWN || service->stopped)
        return false;
    for (uint32_t i = 0; i < init.manifest.count; i++)
        if ((service->plan->needs & 1u << i) != 0 &&
            !init.services[i].was_up)
            return false;
    return true;
}

/* --- the end of an instance ----------------------------------------------- */

/* Who waits for one that never was up, and will not be, fails with it. */
static void
fail_those_behind(const struct service *failed)
{
    for (uint32_t i = 0; i < init.manifest.count; i++) {
        struct service *service = &init.services[i];

        if ((service->plan->needs & 1u << init_index(failed)) == 0 ||
            service->status != SERVICE_DOWN || service->stopped)
            continue;
        print("init: %s does not start: it needs %s.\n", service->plan->name,
              failed->plan->name);
        change(service, SERVICE_FAILED);
        fail_those_behind(service);
    }
}

static _Noreturn void
stop_all(const struct service *service)
{
    print("init: nothing goes on without %s.\n", service->plan->name);
    sys_exit(1);
}

static void
give_up(struct service *service)
{
    change(service, SERVICE_FAILED);
    if (!service->was_up)
        fail_those_behind(service);
}

/* It is dead against our wish: death[] says how. */
static void
die(struct service *service)
{
    const struct service_plan *plan = service->plan;
    uint64_t up_since = service->status == SERVICE_UP ? service->since : 0;
    uint64_t delay = plan->critical
                         ? POLICY_GIVE_UP
                         : policy_death(&service->policy, plan->deaths,
                                        plan->seconds, up_since, now());

    report_death(service, delay);
    if (plan->critical)
        stop_all(service);
    if (delay == POLICY_GIVE_UP) {
        give_up(service);
        return;
    }
    change(service, SERVICE_WAITING);
    service->deadline = now() + delay;
}

/* Status 0 is a service's own wish: its work is done. */
static bool
is_done(const struct service *service)
{
    return service->death[0] == SYS_DEATH_EXIT && service->death[1] == 0;
}

static void
end_instance(struct service *service)
{
    /* Whatever it had made below itself. */
    sys_process_control(service->process, SYS_PROCESS_KILL_TREE, 1);
    sys_close(service->thread);
    sys_close(service->process);
    if (service->beat != 0)
        sys_close(service->beat);
    service->process = service->thread = service->beat = 0;
    service->process_id = 0;
    log_flush(&service->log, service->plan->name);
}

void
supervise_death(struct service *service, const struct sys_message *m)
{
    if (service->process == 0 || m->process != service->process_id)
        return; /* what was begun of one that could not be started */
    for (unsigned i = 0; i < 4; i++)
        service->death[i] = m->words[i];
    end_instance(service);
    if (service->wanted_down && !service->plan->critical) {
        change(service, SERVICE_DOWN);
        if (service->again)
            start(service);
    } else if (is_done(service) && !service->plan->critical) {
        /* Those behind it may start: it has done what they waited for. */
        service->was_up = true;
        service->stopped = true;
        change(service, SERVICE_DOWN);
    } else {
        die(service);
    }
}

void
supervise_fault(struct service *service, const struct sys_message *m)
{
    log_flush(&service->log, service->plan->name);
    report_fault(service, m);
}

/* --- signs of life -------------------------------------------------------- */

void
supervise_ready(struct service *service, handle_t beat)
{
    if (service->beat != 0)
        sys_close(service->beat);
    service->beat = beat;
    service->missed = 0;
    service->asked = false;
    service->was_up = true;
    if (service->status != SERVICE_UP)
        change(service, SERVICE_UP);
    service->deadline = 0;
    if (beat != 0)
        look_later(service);
}

void
supervise_alive(struct service *service)
{
    service->asked = false;
    service->missed = 0;
}

static void
look_after(struct service *service)
{
    bool starting = service->status == SERVICE_STARTING;

    if (starting || service->asked)
        service->missed++;
    if (service->missed >= MISSES_MAX) {
        print("init: %s %s for %u s: killed.\n", service->plan->name,
              starting ? "was not ready" : "gave no sign of life",
              service->plan->heartbeat);
        service->deadline = 0;
        sys_process_control(service->process, SYS_PROCESS_KILL, 1);
        return;
    }
    if (!starting) {
        service->asked = true;
        sys_notify(service->beat, SERVICE_BEAT);
    }
    look_later(service);
}

/* --- control -------------------------------------------------------------- */

/* One that is dying already is told of soon; the last wish counts. */
static int64_t
stop(struct service *service, bool again)
{
    int64_t result;

    service->stopped = !again;
    service->wanted_down = true;
    service->again = again;
    if (service->process == 0) {
        change(service, SERVICE_DOWN);
        return 0;
    }
    result = sys_process_control(service->process, SYS_PROCESS_KILL, 1);
    return result == ERR_DEAD ? 0 : result;
}

int64_t
supervise_control(struct service *service, enum service_control what)
{
    switch (what) {
    case SERVICE_STOP:
        return stop(service, false);
    case SERVICE_RESTART:
        service->policy = (struct policy){ 0 };
        return stop(service, true);
    case SERVICE_START:
        if (service->process != 0 && !service->wanted_down)
            return ERR_STATE;
        service->policy = (struct policy){ 0 };
        return stop(service, true);
    case SERVICE_KILL:
        if (service->process == 0)
            return ERR_STATE;
        return sys_process_control(service->process, SYS_PROCESS_KILL, 1);
    default:
        return ERR_ARGUMENT;
    }
}

/* --- the round ------------------------------------------------------------ */

static void
see_to(struct service *service)
{
    if (service->status == SERVICE_WAITING)
        start(service);
    else
        look_after(service);
}

static void
set_timer(void)
{
    uint64_t first = 0;

    for (uint32_t i = 0; i < init.manifest.count; i++) {
        uint64_t deadline = init.services[i].deadline;

        if (deadline != 0 && (first == 0 || deadline < first))
            first = deadline;
    }
    sys_timer_set(init.timer, TIMER_BIT, first);
}

void
supervise(void)
{
    for (uint32_t i = 0; i < init.manifest.count; i++) {
        struct service *service = &init.services[i];

        if (may_start(service))
            start(service);
        else if (service->deadline != 0 && service->deadline <= now())
            see_to(service);
    }
    set_timer();
}

bool
supervise_settled(bool *good)
{
    *good = true;
    for (uint32_t i = 0; i < init.manifest.count; i++) {
        const struct service *service = &init.services[i];

        *good = *good && service->status != SERVICE_FAILED;
        if (service->status == SERVICE_STARTING ||
            service->status == SERVICE_WAITING || may_start(service))
            return false;
        if (service->status == SERVICE_DOWN && !service->stopped)
            return false; /* it waits for one of the others */
    }
    return true;
}
