/*
 * Endpoints, where callers and servers meet, and sessions, by which callers
 * reach them.
 *
 * An endpoint outlives its servers: calls queue until somebody receives. A
 * session is a badge that the server chose; all handles to it are one session,
 * and when the last one closes the server is told by an event whose link is
 * part of the session, so that it cannot be lost for want of memory.
 *
 * A call under way counts as a handle to its session, and so does what the
 * kernel itself sends by (supervisor, pager: object_open(), object_close()):
 * "closed" is the last that a server hears of a session.
 */
#ifndef KERNEL_ENDPOINT_H
#define KERNEL_ENDPOINT_H

#include <stdint.h>

#include "kernel/lib/list.h"
#include "kernel/object.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

struct notification;

struct endpoint {
    struct object object;
    struct list senders;   /* threads SENDING, first come first served */
    struct list receivers; /* threads RECEIVING, the last that came first:
                              its memory is still in the caches */
    struct list events;
    struct notification *bound;
    struct work closing;   /* waking all of them goes in steps */
    uint8_t level; /* callers stand at a higher one (debug kernels) */
};

struct session {
    struct object object;
    struct endpoint *endpoint; /* a reference */
    uint64_t badge;
    struct event closed; /* while queued it holds a reference to the session */
};

int endpoint_create(struct account *payer, uint64_t level,
                    struct endpoint **endpoint);
int session_create(struct account *payer, struct endpoint *endpoint,
                   uint64_t badge, struct session **session);

/* notification may be NULL. ERR_STATE when either has another partner. */
int endpoint_bind(struct endpoint *endpoint,
                  struct notification *notification);

/*
 * Queue the event, or give it to a receiver that waits. SYS_GOT_CLOSED and
 * _DEATH come with a reference to their object, which goes with the delivery,
 * or at once when the endpoint is dead.
 */
void endpoint_post(struct endpoint *endpoint, struct event *event);

/* It is not to be delivered any more. */
void event_withdraw(struct event *event);

/*
 * The first event, or else the bits of the bound notification, for the thread:
 * its result registers are set. 0 when there is neither; ERR_AGAIN when there
 * was an event for nobody: more of them may follow.
 */
int endpoint_take(struct endpoint *endpoint, struct thread *receiver);

/* Bits of the bound notification may have come: a receiver that waits. */
void endpoint_wake(struct endpoint *endpoint);

/* The last handle is gone: senders and receivers get ERR_DEAD, in steps. */
void endpoint_closed(struct endpoint *endpoint);
void endpoint_free(struct endpoint *endpoint);
void session_closed(struct session *session);
void session_free(struct session *session);

#endif
