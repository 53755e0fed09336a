#include "kernel/endpoint.h"

#include <stddef.h>

#include "kernel/heap.h"
#include "kernel/ipc.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

/* Threads that one step of a closing endpoint wakes. */
#define CLOSING_STEP 20u

static struct cache endpoints = CACHE(sizeof(struct endpoint), 16);
static struct cache sessions = CACHE(sizeof(struct session), 16);

int
endpoint_create(struct account *payer, uint64_t level,
                struct endpoint **endpoint)
{
    struct endpoint *new;

    if (level > UINT8_MAX)
        return ERR_ARGUMENT;
    new = cache_take(&endpoints, payer);
    if (new == NULL)
        return ERR_MEMORY;
    object_init(&new->object, SYS_OBJECT_ENDPOINT, payer);
    list_init(&new->senders);
    list_init(&new->receivers);
    list_init(&new->events);
    new->level = (uint8_t)level;
    *endpoint = new;
    return 0;
}

int
session_create(struct account *payer, struct endpoint *endpoint,
               uint64_t badge, struct session **session)
{
    struct session *new;

    if (endpoint->object.dead)
        return ERR_DEAD;
    new = cache_take(&sessions, payer);
    if (new == NULL)
        return ERR_MEMORY;
    object_init(&new->object, SYS_OBJECT_SESSION, payer);
    object_ref(&endpoint->object);
    new->endpoint = endpoint;
    new->badge = badge;
    new->closed.kind = SYS_GOT_CLOSED;
    list_init(&new->closed.link);
    *session = new;
    return 0;
}

int
endpoint_bind(struct endpoint *endpoint, struct notification *notification)
{
    if (notification == NULL) {
        if (endpoint->bound != NULL)
            endpoint->bound->bound = NULL;
        endpoint->bound = NULL;
        return 0;
    }
    if (endpoint->bound == notification)
        return 0;
    if (endpoint->bound != NULL || notification->bound != NULL)
        return ERR_STATE;
    if (endpoint->object.dead || notification->object.dead)
        return ERR_DEAD;
    endpoint->bound = notification;
    notification->bound = endpoint;
    endpoint_wake(endpoint);
    return 0;
}

/* --- events -------------------------------------------------------------- */

static struct session *
session_of(struct event *event)
{
    return CONTAINER(event, struct session, closed);
}

static struct process *
process_of(struct event *event)
{
    return CONTAINER(event, struct process, death);
}

/* The reference that came with it. */
static void
event_done(struct event *event)
{
    if (event->kind == SYS_GOT_CLOSED)
        object_unref(&session_of(event)->object);
    else if (event->kind == SYS_GOT_DEATH)
        object_unref(&process_of(event)->object);
}

void
event_withdraw(struct event *event)
{
    if (list_is_empty(&event->link))
        return;
    list_remove(&event->link);
    event_done(event);
}

/* False for a cancel whose reply is another process's: nobody is told. */
static bool
event_deliver(struct event *event, struct thread *receiver)
{
    struct delivery delivery = { .result = event->kind };
    struct message message = { 0 };
    struct process *process;
    struct thread *caller;

    if (event->kind == SYS_GOT_CLOSED) {
        delivery.badge = session_of(event)->badge;
    } else if (event->kind == SYS_GOT_DEATH) {
        process = process_of(event);
        delivery.badge = process->supervisor->badge;
        delivery.process = process->id;
        for (unsigned i = 0; i < 4; i++)
            message.words[i] = process->death_words[i];
    } else {
        caller = CONTAINER(event, struct thread, cancel_event);
        if (caller->kept_in != receiver->process)
            return false;
        delivery.badge = caller->session->badge;
        delivery.process = caller->process->id;
        message.words[0] = caller->kept_handle;
    }
    arch_thread_deliver(receiver, &delivery, &message);
    event_done(event);
    return true;
}

int
endpoint_take(struct endpoint *endpoint, struct thread *receiver)
{
    struct delivery delivery = { .result = SYS_GOT_BITS };
    struct message message = { 0 };
    struct event *event;

    if (!list_is_empty(&endpoint->events)) {
        event = CONTAINER(endpoint->events.next, struct event, link);
        list_remove(&event->link);
        return event_deliver(event, receiver) ? 1 : ERR_AGAIN;
    }
    if (endpoint->bound == NULL || endpoint->bound->bits == 0)
        return 0;
    message.words[0] = endpoint->bound->bits;
    endpoint->bound->bits = 0;
    arch_thread_deliver(receiver, &delivery, &message);
    return 1;
}

/* Where somebody receives, there was no event before this one. */
void
endpoint_wake(struct endpoint *endpoint)
{
    struct thread *receiver;

    if (list_is_empty(&endpoint->receivers))
        return;
    receiver = CONTAINER(endpoint->receivers.next, struct thread, queue);
    if (endpoint_take(endpoint, receiver) > 0) {
        list_remove(&receiver->queue);
        sched_ready(receiver);
    }
}

void
endpoint_post(struct endpoint *endpoint, struct event *event)
{
    if (endpoint->object.dead) {
        event_done(event);
        return;
    }
    list_append(&endpoint->events, &event->link);
    endpoint_wake(endpoint);
}

/* --- the end ------------------------------------------------------------- */

/* Events, senders, receivers, a few at a time; the work holds a reference. */
static bool
closing_step(struct work *work)
{
    struct endpoint *endpoint = CONTAINER(work, struct endpoint, closing);
    struct thread *thread;

    for (unsigned i = 0; i < CLOSING_STEP; i++) {
        if (!list_is_empty(&endpoint->events)) {
            event_withdraw(CONTAINER(endpoint->events.next, struct event,
                                     link));
        } else if (!list_is_empty(&endpoint->senders)) {
            ipc_drop(CONTAINER(endpoint->senders.next, struct thread, queue),
                     ERR_DEAD);
        } else if (!list_is_empty(&endpoint->receivers)) {
            thread = CONTAINER(endpoint->receivers.next, struct thread, queue);
            list_remove(&thread->queue);
            arch_thread_result(thread, ERR_DEAD);
            sched_ready(thread);
        } else {
            object_unref(&endpoint->object);
            return false;
        }
    }
    return true;
}

void
endpoint_closed(struct endpoint *endpoint)
{
    (void)endpoint_bind(endpoint, NULL);
    object_ref(&endpoint->object);
    if (closing_step(&endpoint->closing)) {
        endpoint->closing.step = closing_step;
        sched_add_work(&endpoint->closing);
    }
}

void
endpoint_free(struct endpoint *endpoint)
{
    cache_release(&endpoints, endpoint->object.payer, endpoint);
}

void
session_closed(struct session *session)
{
    object_ref(&session->object);
    endpoint_post(session->endpoint, &session->closed);
}

void
session_free(struct session *session)
{
    struct endpoint *endpoint = session->endpoint;

    cache_release(&sessions, session->object.payer, session);
    object_unref(&endpoint->object);
}
