#include "user/proc/table.h"

#include <stddef.h>

#include "kernel/lib/mem.h"
#include "user/proto/error.h"

#define ANY_STOP (SIGNAL_BIT(SIG_STOP) | SIGNAL_BIT(SIG_TSTP) | \
                  SIGNAL_BIT(SIG_TTIN) | SIGNAL_BIT(SIG_TTOU))
#define FROM_TERMINAL (ANY_STOP & ~SIGNAL_BIT(SIG_STOP))
#define ALWAYS (SIGNAL_BIT(SIG_KILL) | SIGNAL_BIT(SIG_STOP))
#define DEFAULT_NOTHING (SIGNAL_BIT(SIG_CHLD) | SIGNAL_BIT(SIG_URG) | \
                         SIGNAL_BIT(SIG_WINCH) | SIGNAL_BIT(SIG_CONT))

#define STATUS_STOPPED(signal) ((signal) << 8 | 0x7F)
#define STATUS_CONTINUED 0xFFFF

int
table_status_exit(int value)
{
    return (value & 0xFF) << 8;
}

int
table_status_signal(int signal)
{
    return signal & 0x7F;
}

/* --- finding -------------------------------------------------------------- */

static bool
is_alive(const struct process *p)
{
    return p->state == PROCESS_RUNS || p->state == PROCESS_STOPPED;
}

struct process *
table_number(struct table *table, int number)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++)
        if (table->places[i].state != PROCESS_NONE &&
            table->places[i].number == number)
            return &table->places[i];
    return NULL;
}

struct process *
table_id(struct table *table, uint64_t id)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++)
        if (is_alive(&table->places[i]) && table->places[i].id == id)
            return &table->places[i];
    return NULL;
}

struct process *
table_next(struct table *table, int number)
{
    struct process *next = NULL;

    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct process *p = &table->places[i];

        if (p->state != PROCESS_NONE && p->number > number &&
            (next == NULL || p->number < next->number))
            next = p;
    }
    return next;
}

/* --- birth and death ------------------------------------------------------ */

/* A number is also no group's and no session's that still has members. */
static bool
is_taken(struct table *table, int number)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        const struct process *p = &table->places[i];

        if (p->state != PROCESS_NONE &&
            (p->number == number || p->group == number ||
             p->session == number))
            return true;
    }
    return false;
}

static int
new_number(struct table *table)
{
    do
        table->last_number = table->last_number >= NUMBER_MAX
                                 ? 2 : table->last_number + 1;
    while (is_taken(table, table->last_number));
    return table->last_number;
}

struct process *
table_add(struct table *table, struct process *parent, uint64_t id)
{
    struct process *p = NULL;

    for (unsigned i = 0; i < PROCESSES_MAX && p == NULL; i++)
        if (table->places[i].state == PROCESS_NONE)
            p = &table->places[i];
    if (p == NULL)
        return NULL;
    memset(p, 0, sizeof *p);
    p->number = new_number(table);
    p->state = PROCESS_RUNS;
    p->id = id;
    p->parent = parent;
    p->group = p->session = p->number;
    if (parent == NULL)
        return p;
    p->group = parent->group;
    p->session = parent->session;
    p->blocked = parent->blocked;
    p->caught = parent->caught;
    p->ignored = parent->ignored;
    memcpy(p->name, parent->name, sizeof p->name);
    return p;
}

void
table_forget(struct table *table, struct process *p)
{
    (void)table;
    p->state = PROCESS_NONE;
}

static void
tell_parent(struct table *table, struct process *p, unsigned event,
            int status)
{
    p->status = status;
    p->events = event;
    if (p->parent == NULL)
        return;
    table_signal(table, p->parent, SIG_CHLD);
    table->hooks.event(p->parent);
}

bool
table_is_orphaned(struct table *table, int group)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        const struct process *p = &table->places[i];

        if (is_alive(p) && p->group == group && p->parent != NULL &&
            p->parent->group != group && p->parent->session == p->session)
            return false;
    }
    return true;
}

static bool
has_stopped(struct table *table, int group)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++)
        if (table->places[i].state == PROCESS_STOPPED &&
            table->places[i].group == group)
            return true;
    return false;
}

/* Who stands still in a group that nobody looks after any more would do so for
 * ever. */
static void
wake_orphans(struct table *table, int session, int group)
{
    if (!table_is_orphaned(table, group) || !has_stopped(table, group))
        return;
    table_kill_group(table, session, group, SIG_HUP);
    table_kill_group(table, session, group, SIG_CONT);
}

static void
leave_children(struct table *table, struct process *p)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct process *child = &table->places[i];

        if (child->state == PROCESS_NONE || child->parent != p)
            continue;
        child->parent = NULL;
        if (child->state == PROCESS_ZOMBIE)
            child->state = PROCESS_NONE;
        else if (child->group != p->group && child->session == p->session)
            wake_orphans(table, child->session, child->group);
    }
}

void
table_ended(struct table *table, struct process *p, int status)
{
    struct process *parent = p->parent;
    bool nobody_asks = parent == NULL ||
                       (parent->ignored & SIGNAL_BIT(SIG_CHLD)) != 0;

    p->state = PROCESS_ZOMBIE;
    p->id = 0;
    p->pending = 0;
    leave_children(table, p);
    if (p->parent != NULL && p->parent->group != p->group)
        wake_orphans(table, p->session, p->group);
    tell_parent(table, p, EVENT_EXITED, status);
    if (nobody_asks)
        p->state = PROCESS_NONE;
    if (nobody_asks && parent != NULL)
        table->hooks.event(parent); /* it may have no child any more */
}

void
table_executed(struct process *p, const char *name)
{
    size_t i = 0;

    for (; i < NAME_SIZE - 1 && name[i] != '\0'; i++)
        p->name[i] = name[i];
    memset(p->name + i, 0, NAME_SIZE - i);
    p->caught = 0;
    p->executed = true;
}

/* --- waiting -------------------------------------------------------------- */

static bool
is_meant(const struct process *p, const struct process *parent, int which)
{
    if (p->state == PROCESS_NONE || p->parent != parent)
        return false;
    return which == -1 || (which > 0 && p->number == which) ||
           (which == 0 && p->group == parent->group) ||
           (which < -1 && p->group == -which);
}

int
table_wait(struct table *table, struct process *p, int which, unsigned events,
           int *number, int *status)
{
    int result = E_CHILD;

    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct process *child = &table->places[i];

        if (!is_meant(child, p, which))
            continue;
        result = E_AGAIN;
        if ((child->events & events) == 0)
            continue;
        *number = child->number;
        *status = child->status;
        child->events = 0;
        if (child->state == PROCESS_ZOMBIE)
            child->state = PROCESS_NONE;
        return 0;
    }
    return result;
}

/* --- signals -------------------------------------------------------------- */

static void
stop(struct table *table, struct process *p, int signal)
{
    if (p->state != PROCESS_RUNS)
        return;
    p->state = PROCESS_STOPPED;
    table->hooks.stop(p);
    tell_parent(table, p, EVENT_STOPPED, STATUS_STOPPED(signal));
}

static void
go_on(struct table *table, struct process *p)
{
    if (p->state != PROCESS_STOPPED)
        return;
    p->state = PROCESS_RUNS;
    table->hooks.go_on(p);
    tell_parent(table, p, EVENT_CONTINUED, STATUS_CONTINUED);
}

/* What a signal that is neither caught nor ignored does. */
static void
act(struct table *table, struct process *p, int signal)
{
    uint64_t bit = SIGNAL_BIT(signal);

    p->pending &= ~bit;
    if ((DEFAULT_NOTHING & bit) != 0)
        return;
    if ((ANY_STOP & bit) == 0) {
        p->ending = true;
        table->hooks.end(p, signal);
    } else if ((FROM_TERMINAL & bit) == 0 ||
               !table_is_orphaned(table, p->group)) {
        stop(table, p, signal);
    }
}

/* All that is pending and may work now does; what is caught stays pending
 * until libc takes it. */
static void
deliver(struct table *table, struct process *p)
{
    for (int signal = 1; signal <= SIG_MAX && !p->ending; signal++) {
        uint64_t bit = SIGNAL_BIT(signal);

        if ((p->pending & bit) == 0 || (p->blocked & bit) != 0 ||
            (p->state == PROCESS_STOPPED && signal != SIG_KILL))
            continue;
        if ((p->caught & bit) == 0)
            act(table, p, signal);
    }
    if (p->state == PROCESS_RUNS &&
        (p->pending & p->caught & ~p->blocked) != 0)
        table->hooks.signal(p);
}

static bool
is_ignored(const struct process *p, int signal)
{
    uint64_t bit = SIGNAL_BIT(signal);

    if ((ALWAYS & bit) != 0 || (p->caught & bit) != 0)
        return false;
    return (p->ignored & bit) != 0 ||
           ((DEFAULT_NOTHING & bit) != 0 && (p->blocked & bit) == 0);
}

void
table_signal(struct table *table, struct process *p, int signal)
{
    uint64_t bit = SIGNAL_BIT(signal);

    if (!is_alive(p) || p->ending || p->is_service)
        return;
    if (signal == SIG_CONT) {
        p->pending &= ~ANY_STOP;
        go_on(table, p);
    } else if ((ANY_STOP & bit) != 0) {
        p->pending &= ~SIGNAL_BIT(SIG_CONT);
    }
    if (!is_ignored(p, signal))
        p->pending |= bit;
    deliver(table, p);
}

void
table_kill_group(struct table *table, int session, int group, int signal)
{
    if (signal < 1 || signal > SIG_MAX)
        return;
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct process *p = &table->places[i];

        if (is_alive(p) && p->group == group && p->session == session)
            table_signal(table, p, signal);
    }
}

/* A zombie can be meant, and nothing happens to it. */
static bool
is_target(const struct process *p, const struct process *caller, int which)
{
    if (p->state == PROCESS_NONE || p->is_service)
        return false;
    if (which > 0)
        return p->number == which;
    if (which == 0)
        return caller != NULL && p->group == caller->group;
    if (which == -1)
        return p != caller;
    return p->group == -which;
}

int
table_kill(struct table *table, struct process *caller, int which, int signal)
{
    const struct process *meant = table_number(table, which);
    int result = meant != NULL && meant->is_service ? E_PERM : E_SRCH;

    if (signal < 0 || signal > SIG_MAX || which < -NUMBER_MAX)
        return E_INVAL;
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        struct process *p = &table->places[i];

        if (!is_target(p, caller, which) || p == caller)
            continue;
        result = 0;
        if (signal != 0)
            table_signal(table, p, signal);
    }
    /* Itself last: it may not come back. */
    if (caller == NULL || !is_target(caller, caller, which))
        return result;
    if (signal != 0)
        table_signal(table, caller, signal);
    return 0;
}

void
table_masks(struct table *table, struct process *p, uint64_t blocked,
            uint64_t caught, uint64_t ignored)
{
    p->blocked = blocked & ~ALWAYS;
    p->caught = caught & ~ALWAYS;
    p->ignored = ignored & ~ALWAYS & ~p->caught;
    for (int signal = 1; signal <= SIG_MAX; signal++)
        if (is_ignored(p, signal))
            p->pending &= ~SIGNAL_BIT(signal);
    deliver(table, p);
}

int
table_take(struct table *table, struct process *p, uint64_t wanted)
{
    uint64_t ready = p->pending & (wanted | (p->caught & ~p->blocked));

    (void)table;
    if (ready == 0)
        return 0;
    p->pending &= ~(ready & -ready);
    return __builtin_ctzll(ready) + 1;
}

/* --- groups and sessions -------------------------------------------------- */

static bool
has_group(struct table *table, int session, int group)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++)
        if (table->places[i].state != PROCESS_NONE &&
            table->places[i].session == session &&
            table->places[i].group == group)
            return true;
    return false;
}

int
table_set_group(struct table *table, struct process *caller, int number,
                int group)
{
    struct process *p = number == 0 ? caller : table_number(table, number);
    int old;

    if (group < 0)
        return E_INVAL;
    if (p == NULL || (p != caller && p->parent != caller) || !is_alive(p))
        return E_SRCH;
    if (group == 0)
        group = p->number;
    if (p != caller && p->executed)
        return E_ACCES;
    if (p->session == p->number || p->session != caller->session ||
        (group != p->number && !has_group(table, p->session, group)))
        return E_PERM;
    old = p->group;
    p->group = group;
    if (old != group)
        wake_orphans(table, p->session, old);
    return 0;
}

int
table_set_session(struct table *table, struct process *p)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++)
        if (table->places[i].state != PROCESS_NONE &&
            table->places[i].group == p->number)
            return E_PERM;
    p->session = p->group = p->number;
    return 0;
}
