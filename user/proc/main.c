/*
 * proc: processes as POSIX has them. user/proto/proc.h says what it is asked,
 * table.h what the rules are. The manifest gives it the endpoint "proc".
 */
#include "user/proc/server.h"

#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/rt/service.h"

#define BIT_ALARM (1ULL << 0)

#define BADGE_SUPERVISOR 1u
#define BADGE_PROGRAM    2u /* of all of them: the kernel says who calls */
#define LEVEL_PROGRAM  128u
#define FRAMES_SPARE   64u
#define FRAMES_MAX     (1UL << 28)

struct server server;

/* --- processes ------------------------------------------------------------ */

static void
begin_extra(struct process *p, handle_t process)
{
    struct extra *extra = extra_of(p);

    *extra = (struct extra){ .process = process,
                             .started = (uint64_t)sys_clock() };
}

static void
end_extra(struct process *p)
{
    struct extra *extra = extra_of(p);

    waits_forget(p);
    deliver_forget(p);
    if (extra->process != 0)
        sys_close(extra->process);
    extra->process = 0;
    extra->alarm = 0;
}

/* Who calls; one that is not known is a service, which is its own family. */
static struct process *
caller_of(const struct sys_message *m)
{
    struct process *p = table_id(&server.table, m->process);

    if (p != NULL || (m->badge & SERVICE_SESSION) == 0)
        return p;
    p = table_add(&server.table, NULL, m->process);
    if (p == NULL)
        return NULL;
    p->is_service = true;
    begin_extra(p, 0);
    extra_of(p)->badge = m->badge;
    return p;
}

/*
 * A process may have what it has and a little more: what it maps is charged in
 * full at once, so it is told when that is not enough, and asks.
 */
static uint32_t
add_frames(const struct process *p, uint64_t frames)
{
    struct sys_inspection view = { 0 };

    if (frames > FRAMES_MAX || extra_of(p)->process == 0 ||
        sys_inspect(extra_of(p)->process, &view) < 0)
        return E_NOMEM;
    return sys_process_control(extra_of(p)->process, SYS_PROCESS_LIMIT,
                               view.limit + frames) == 0 ? 0 : E_NOMEM;
}

static uint64_t
frames_of_child(const struct process *p)
{
    struct sys_inspection view = { 0 };

    sys_inspect(extra_of(p)->process, &view);
    return view.used + FRAMES_SPARE;
}

/* Parent and child stand in the same call, and each gets its own answer. */
static uint32_t
fork(struct process *parent, struct sys_message *reply)
{
    struct sys_message there = { 0 };
    struct sys_inspection view = { 0 };
    struct process *child;
    handle_t other;
    int64_t process;

    if (extra_of(parent)->process == 0)
        return E_PERM;
    child = table_add(&server.table, parent, 0);
    if (child == NULL)
        return E_AGAIN;
    process = sys_process_clone(extra_of(parent)->process, 0,
                                frames_of_child(parent), &other);
    if (process < 0) {
        table_forget(&server.table, child);
        return E_AGAIN;
    }
    begin_extra(child, (handle_t)process);
    sys_inspect((handle_t)process, &view);
    child->id = view.id;
    there.words[1] = (uint64_t)child->number;
    reply->words[0] = (uint64_t)child->number;
    sys_reply(other, &there);
    return 0;
}

static uint32_t
create(uint64_t frames, struct sys_message *reply)
{
    int64_t process;

    if (frames > FRAMES_MAX)
        return E_NOMEM;
    process = sys_process_create(frames, server.supervisor, LEVEL_PROGRAM);
    if (process < 0)
        return E_NOMEM;
    /* It ends with its last handle, and ours is not to keep it. */
    reply->handles = sys_handles((handle_t)process, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    return 0;
}

/* The caller still has the handle, and sends a copy of it. */
static uint32_t
adopt(struct process *p, struct sys_message *m, struct sys_message *reply)
{
    struct sys_inspection view = { 0 };
    struct process *child;
    int64_t session;

    if (sys_inspect(sys_handle(m, 0), &view) != SYS_OBJECT_PROCESS ||
        (view.rights & SYS_RIGHT_MANAGE) == 0 ||
        table_id(&server.table, view.id) != NULL)
        return E_INVAL;
    session = sys_session_create(server.endpoint, BADGE_PROGRAM);
    if (session < 0)
        return E_NOMEM;
    child = table_add(&server.table, p, view.id);
    if (child == NULL) {
        sys_close((handle_t)session);
        return E_AGAIN;
    }
    reply->handles = sys_handles((handle_t)session, 0);
    reply->tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    child->blocked = child->caught = child->ignored = 0;
    begin_extra(child, sys_handle(m, 0));
    m->handles &= ~0xFFFFFFFFULL; /* ours now */
    if (m->words[1] == 1)
        table_set_session(&server.table, child);
    reply->words[0] = (uint64_t)child->number;
    return 0;
}

static uint32_t
execute(struct process *p, const struct sys_message *m,
        struct sys_message *reply)
{
    char name[sizeof m->words + 1];

    memcpy(name, m->words, sizeof m->words);
    name[sizeof m->words] = '\0';
    table_executed(p, name);
    deliver_forget(p);
    reply->words[0] = (uint64_t)p->number;
    return 0;
}

/* --- signals -------------------------------------------------------------- */

static uint32_t
take_upcall(struct process *p, struct sys_message *m)
{
    struct extra *extra = extra_of(p);
    struct sys_inspection view = { 0 };
    int64_t at;

    /* For a page that a pager has to bring, proc would have to wait. */
    if (extra->process == 0 ||
        sys_inspect(sys_handle(m, 0), &view) != SYS_OBJECT_MEMORY ||
        view.priority != SYS_MEMORY_ANONYMOUS)
        return E_INVAL;
    at = sys_map(SYS_SELF, sys_handle(m, 0), 0, SYS_PAGE, 0,
                 SYS_MAP_READ | SYS_MAP_WRITE);
    if (at < 0)
        return E_INVAL;
    deliver_forget(p);
    extra->upcall = (struct proc_upcall *)at;
    extra->upcall_memory = sys_handle(m, 0);
    extra->upcall_entry = m->words[0];
    extra->upcall_address = m->words[4];
    m->handles &= ~0xFFFFFFFFULL; /* ours now */
    return 0;
}

static uint32_t
set_signals(struct process *p, struct sys_message *m)
{
    uint32_t error = 0;

    if (sys_handle(m, 0) != 0)
        error = take_upcall(p, m);
    if (error == 0)
        table_masks(&server.table, p, m->words[1], m->words[2], m->words[3]);
    return error;
}

static uint32_t
set_alarm(struct process *p, uint64_t time, struct sys_message *reply)
{
    struct extra *extra = extra_of(p);
    uint64_t now = (uint64_t)sys_clock();

    reply->words[0] = extra->alarm > now ? extra->alarm - now : 0;
    extra->alarm = time == 0 ? 0
                   : time > UINT64_MAX - now ? UINT64_MAX : now + time;
    return 0;
}

static void
serve_alarms(void)
{
    uint64_t now = (uint64_t)sys_clock(), next = 0;

    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct extra *extra = &server.extras[i];

        if (extra->alarm != 0 && extra->alarm <= now) {
            extra->alarm = 0;
            table_signal(&server.table, &server.table.places[i], SIG_ALRM);
        }
        if (extra->alarm != 0 && (next == 0 || extra->alarm < next))
            next = extra->alarm;
    }
    sys_timer_set(server.bits, BIT_ALARM, next);
}

/* One behind: its group is stopped, if that can be undone. */
static uint32_t
check_terminal(const struct sys_message *m)
{
    const struct process *p = table_id(&server.table, m->words[0]);
    int signal = (int)m->words[3];

    if (p == NULL || p->session != (int)m->words[1] ||
        p->group == (int)m->words[2])
        return 0;
    if (signal == 0)
        return E_AGAIN;
    if (signal < 1 || signal > SIG_MAX ||
        ((p->ignored | p->blocked) & SIGNAL_BIT(signal)) != 0 ||
        table_is_orphaned(&server.table, p->group))
        return E_IO;
    table_kill_group(&server.table, p->session, p->group, signal);
    return E_INTR;
}

/* --- asking --------------------------------------------------------------- */

static uint32_t
tell_ids(struct process *p, int number, struct sys_message *reply)
{
    if (number != 0)
        p = table_number(&server.table, number);
    if (p == NULL)
        return E_SRCH;
    reply->words[0] = (uint64_t)p->number;
    reply->words[1] = p->parent != NULL ? (uint64_t)p->parent->number : 0;
    reply->words[2] = (uint64_t)p->group;
    reply->words[3] = (uint64_t)p->session;
    return 0;
}

static uint32_t
list(int number)
{
    const struct process *p = table_next(&server.table, number);
    struct sys_inspection view = { 0 };
    struct proc_info info = { 0 };

    if (p == NULL)
        return E_SRCH;
    if (p->state != PROCESS_ZOMBIE && extra_of(p)->process != 0)
        sys_inspect(extra_of(p)->process, &view);
    info.number = p->number;
    info.parent = p->parent != NULL ? p->parent->number : 0;
    info.group = p->group;
    info.session = p->session;
    info.state = p->state == PROCESS_ZOMBIE ? PROC_ZOMBIE
                 : p->state == PROCESS_STOPPED ? PROC_STOPPED
                                               : SYS_THREAD_READY;
    info.threads = view.state;
    info.frames = view.used;
    info.started = extra_of(p)->started;
    memcpy(info.name, p->name, sizeof info.name);
    return sys_lease_write(0, 0, 0, &info, sizeof info) == sizeof info
               ? 0 : E_FAULT;
}

/* --- the loop ------------------------------------------------------------- */

static uint32_t
serve_call(struct process *p, struct sys_message *m,
           struct sys_message *reply, bool *kept)
{
    switch ((uint32_t)m->tag) {
    case PROC_FORK: return fork(p, reply);
    case PROC_MORE: return add_frames(p, m->words[0]);
    case PROC_CREATE: return create(m->words[0], reply);
    case PROC_ADOPT: return adopt(p, m, reply);
    case PROC_EXEC: return execute(p, m, reply);
    case PROC_WAIT:
        return waits_for_child(p, (int)m->words[0], (unsigned)m->words[1],
                               reply, kept);
    case PROC_KILL:
        return (uint32_t)table_kill(&server.table, p, (int)m->words[0],
                                    (int)m->words[1]);
    case PROC_IDS: return tell_ids(p, (int)m->words[0], reply);
    case PROC_SETPGID:
        return (uint32_t)table_set_group(&server.table, p,
                                         (int)m->words[0],
                                         (int)m->words[1]);
    case PROC_SETSID:
        reply->words[0] = (uint64_t)p->number;
        return (uint32_t)table_set_session(&server.table, p);
    case PROC_SIGNALS: return set_signals(p, m);
    case PROC_TAKE:
        reply->words[0] = (uint64_t)table_take(&server.table, p,
                                               m->words[0]);
        return 0;
    case PROC_PAUSE:
        if (m->words[2] == 1)
            table_masks(&server.table, p, m->words[1], p->caught,
                        p->ignored);
        return waits_for_signal(p, m->words[0], reply, kept);
    case PROC_PENDING: reply->words[0] = p->pending; return 0;
    case PROC_ALARM: return set_alarm(p, m->words[0], reply);
    case PROC_LIST: return list((int)m->words[0]);
    case PROC_TTY_CHECK:
        return (m->badge & SERVICE_SESSION) == 0 ? E_PERM : check_terminal(m);
    case PROC_TTY_SIGNAL:
        if ((m->badge & SERVICE_SESSION) == 0)
            return E_PERM;
        table_kill_group(&server.table, (int)m->words[0], (int)m->words[1],
                         (int)m->words[2]);
        return 0;
    default: return E_NOSYS;
    }
}

static bool
serve(struct sys_message *m)
{
    struct sys_message reply = { 0 };
    struct process *p = caller_of(m);
    bool kept = false;
    uint32_t error = p == NULL ? E_SRCH : serve_call(p, m, &reply, &kept);

    service_close_handles(m);
    reply.tag |= error;
    *m = reply;
    return !kept;
}

static void
take_death(const struct sys_message *m)
{
    struct process *p = table_id(&server.table, m->process);
    int status, killer;

    if (p == NULL)
        return; /* what exec left behind */
    killer = extra_of(p)->killer;
    if (m->words[0] == SYS_DEATH_EXIT)
        status = table_status_exit((int)m->words[1]);
    else if (m->words[0] == SYS_DEATH_FAULT)
        status = table_status_signal(deliver_signal_of(m->words[1]));
    else
        status = table_status_signal(killer != 0 ? killer : SIG_KILL);
    end_extra(p);
    table_ended(&server.table, p, status);
}

static void
take_fault(struct sys_message *m)
{
    struct process *p = table_id(&server.table, m->process);
    bool goes_on = p != NULL && deliver_fault(p, m);

    if (!goes_on && p != NULL)
        print("%s (%d): exception %lu, error %lX, at %lX, address %lX\n",
              p->name, p->number, m->words[SYS_FAULT_VECTOR],
              m->words[SYS_FAULT_ERROR], m->words[SYS_FAULT_RIP],
              m->words[SYS_FAULT_ADDRESS]);
    *m = (struct sys_message){ .tag = goes_on ? SYS_FAULT_RESUME : 0 };
    sys_reply(0, m);
}

/* A service that had children is gone; it alone had that session. */
static void
take_closed(const struct sys_message *m)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct process *p = &server.table.places[i];

        if (p->state != PROCESS_RUNS || !p->is_service ||
            extra_of(p)->badge != m->badge)
            continue;
        end_extra(p);
        table_ended(&server.table, p, table_status_exit(0));
    }
}

static void
begin(uint64_t argument)
{
    service_begin(argument);
    server.endpoint = service_need("proc");
    server.bits = (handle_t)sys_notification_create();
    sys_endpoint_bind(server.endpoint, server.bits);
    server.supervisor = (handle_t)sys_session_create(server.endpoint,
                                                     BADGE_SUPERVISOR);
    server.table.hooks = (struct table_hooks){
        .end = deliver_end, .stop = deliver_stop, .go_on = deliver_go_on,
        .signal = deliver_signal, .event = waits_look,
    };
    service_ready(server.bits);
}

int
main(uint64_t argument)
{
    struct sys_message m;
    int64_t got;

    begin(argument);
    got = sys_receive(server.endpoint, 0, &m);
    for (;;) {
        if (got == SYS_GOT_CALL && serve(&m))
            service_reply(&m);
        else if (got == SYS_GOT_DEATH)
            take_death(&m);
        else if (got == SYS_GOT_FAULT)
            take_fault(&m);
        else if (got == SYS_GOT_CANCEL)
            waits_cancel((handle_t)m.words[0]);
        else if (got == SYS_GOT_CLOSED)
            take_closed(&m);
        else if (got == SYS_GOT_BITS)
            service_bits(m.words[0]);
        else if (got < 0)
            return 1;
        serve_alarms();
        got = sys_receive(server.endpoint, 0, &m);
    }
}
