#include "kernel/x86/fastpath.h"

#include <stddef.h>

#include "kernel/endpoint.h"
#include "kernel/entry.h"
#include "kernel/handle.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/x86/context.h"

bool fastpath_off;

/* The object by a handle, or NULL where the slow path has to say why. */
static inline struct object *
object_of(const struct thread *thread, uint64_t handle, enum sys_object type,
          uint32_t right)
{
    struct handle_slot *slot;

    if (handle >> 32 != 0)
        return NULL;
    slot = handle_find(&thread->process->handles, (handle_t)handle);
    if (slot == NULL || slot->object->type != type ||
        (slot->rights & right) == 0)
        return NULL;
    return slot->object;
}

/* Whether that thread, blocked so far, may run here now, at once. */
static inline bool
may_run(const struct cpu_local *cpu, const struct thread *thread,
        unsigned priority)
{
    return !thread->stopped && thread->on_cpu < 0 &&
           (thread->affinity >> cpu->number & 1) != 0 &&
           cpu->queue.levels >> priority <= 1 && !cpu->resched &&
           !sched_has_work();
}

static inline void
copy_message(struct trap_frame *to, const struct trap_frame *from)
{
    to->rsi = from->rsi;
    to->rdx = from->rdx;
    to->r10 = from->r10;
    to->r8 = from->r8;
    to->r9 = from->r9;
    to->r12 = from->r12;
    to->r13 = from->r13;
}

bool
fastpath_call(struct cpu_local *cpu)
{
    struct thread *caller = cpu->current, *server;
    struct trap_frame *from = frame_of(caller), *to;
    struct object *object =
        object_of(caller, from->rdi, SYS_OBJECT_SESSION, SYS_RIGHT_SEND);
    struct session *session;
    struct endpoint *endpoint;
    unsigned priority = caller->priority;

    if (object == NULL || from->rsi >> 32 != 0)
        return false;
    session = CONTAINER(object, struct session, object);
    endpoint = session->endpoint;
    if (list_is_empty(&endpoint->receivers))
        return false;
    server = CONTAINER(endpoint->receivers.next, struct thread, queue);
    if (server->base_priority > priority)
        priority = server->base_priority;
    if (!may_run(cpu, server, priority))
        return false;
    list_remove(&server->queue);
    object_ref(&session->object);
    caller->session = session;
    caller->kind = SYS_GOT_CALL;
    caller->leases = 0;
    caller->cancel = false;
    caller->state = SYS_THREAD_CALLING;
    caller->server = server;
    server->caller = caller;
    server->priority = (uint8_t)priority;
    to = frame_of(server);
    copy_message(to, from);
    to->rax = SYS_GOT_CALL;
    to->rdi = caller->process->id;
    to->rbx = session->badge;
    to->r14 = 0;
    to->r15 = 0;
    arch_switch(cpu, server);
    return true;
}

/* The endpoint if a receiver would have to wait there, or NULL. */
static inline struct endpoint *
quiet_endpoint(const struct thread *server, uint64_t handle)
{
    struct object *object =
        object_of(server, handle, SYS_OBJECT_ENDPOINT, SYS_RIGHT_RECEIVE);
    struct endpoint *endpoint;

    if (object == NULL)
        return NULL;
    endpoint = CONTAINER(object, struct endpoint, object);
    if (!list_is_empty(&endpoint->senders) ||
        !list_is_empty(&endpoint->events) ||
        (endpoint->bound != NULL && endpoint->bound->bits != 0))
        return NULL;
    return endpoint;
}

bool
fastpath_reply_receive(struct cpu_local *cpu)
{
    struct thread *server = cpu->current, *caller = server->caller;
    struct trap_frame *from = frame_of(server), *to;
    struct endpoint *endpoint;
    struct session *session;

    /* The upper half of RDI is 0 as well: the current caller is answered. */
    endpoint = quiet_endpoint(server, from->rdi);
    if (endpoint == NULL || caller == NULL || from->rsi >> 32 != 0 ||
        caller->kind != SYS_GOT_CALL ||
        !may_run(cpu, caller, caller->priority))
        return false;
    session = caller->session;
    caller->session = NULL;
    caller->server = NULL;
    caller->leases = 0;
    server->caller = NULL;
    server->priority = server->base_priority;
    server->state = SYS_THREAD_RECEIVING;
    list_prepend(&endpoint->receivers, &server->queue);
    to = frame_of(caller);
    copy_message(to, from);
    to->rax = 0;
    to->rdi = 0;
    to->r14 = 0;
    object_unref(&session->object);
    arch_switch(cpu, caller);
    return true;
}
