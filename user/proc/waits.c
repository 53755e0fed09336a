#include "user/proc/server.h"

#include "user/proto/error.h"

#define WAIT_NOHANG    1u
#define WAIT_UNTRACED  2u
#define WAIT_CONTINUED 8u

static struct wait {
    handle_t reply; /* 0: a free place */
    struct process *process;
    bool for_child;
    int which;
    unsigned events;
    uint64_t wanted; /* signals */
} waits[WAITS_MAX];

static uint32_t
keep(const struct wait *wait)
{
    int64_t reply;

    for (unsigned i = 0; i < WAITS_MAX; i++) {
        if (waits[i].reply != 0)
            continue;
        reply = sys_reply_keep();
        if (reply < 0)
            return E_NOMEM;
        waits[i] = *wait;
        waits[i].reply = (handle_t)reply;
        return 0;
    }
    return E_NOMEM;
}

static uint32_t
look_for_child(const struct wait *wait, struct sys_message *reply)
{
    int number, status;
    int error = table_wait(&server.table, wait->process, wait->which,
                           wait->events, &number, &status);

    if (error != 0)
        return (uint32_t)error;
    reply->words[0] = (uint64_t)number;
    reply->words[1] = (uint64_t)(unsigned)status;
    return 0;
}

static uint32_t
look_for_signal(const struct wait *wait, struct sys_message *reply)
{
    int signal = table_take(&server.table, wait->process, wait->wanted);

    reply->words[0] = (uint64_t)signal;
    return signal != 0 ? 0 : E_AGAIN;
}

uint32_t
waits_for_child(struct process *p, int which, unsigned options,
                struct sys_message *reply, bool *kept)
{
    struct wait wait = {
        .process = p, .for_child = true, .which = which,
        .events = EVENT_EXITED |
                  ((options & WAIT_UNTRACED) != 0 ? EVENT_STOPPED : 0) |
                  ((options & WAIT_CONTINUED) != 0 ? EVENT_CONTINUED : 0),
    };
    uint32_t error = look_for_child(&wait, reply);

    if (error != E_AGAIN)
        return error;
    if ((options & WAIT_NOHANG) != 0) {
        reply->words[0] = 0;
        return 0;
    }
    error = keep(&wait);
    *kept = error == 0;
    return error;
}

uint32_t
waits_for_signal(struct process *p, uint64_t wanted,
                 struct sys_message *reply, bool *kept)
{
    struct wait wait = { .process = p, .wanted = wanted };
    uint32_t error = look_for_signal(&wait, reply);

    if (error != E_AGAIN)
        return error;
    error = keep(&wait);
    *kept = error == 0;
    return error;
}

void
waits_look(struct process *p)
{
    for (unsigned i = 0; i < WAITS_MAX; i++) {
        struct wait *wait = &waits[i];
        struct sys_message reply = { 0 };
        uint32_t error;

        if (wait->reply == 0 || wait->process != p)
            continue;
        error = wait->for_child ? look_for_child(wait, &reply)
                                : look_for_signal(wait, &reply);
        if (error == E_AGAIN)
            continue;
        reply.tag = error;
        sys_reply(wait->reply, &reply);
        wait->reply = 0;
    }
}

void
waits_cancel(handle_t reply)
{
    struct sys_message m = { .tag = E_INTR };

    for (unsigned i = 0; i < WAITS_MAX; i++)
        if (waits[i].reply == reply && reply != 0) {
            sys_reply(reply, &m);
            waits[i].reply = 0;
        }
}

void
waits_forget(struct process *p)
{
    for (unsigned i = 0; i < WAITS_MAX; i++)
        if (waits[i].reply != 0 && waits[i].process == p) {
            sys_close(waits[i].reply);
            waits[i].reply = 0;
        }
}
