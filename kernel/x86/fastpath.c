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

/*
 * Whether that thread, blocked so far, would be the scheduler's choice here and
 * now, with no timer to set for it.
 */
static inline bool
may_run(const struct cpu_local *cpu, const struct thread *thread,
        unsigned priority)
{
    return !thread->stopped && thread->on_cpu < 0 &&
           (thread->affinity >> cpu->number & 1) != 0 &&
           cpu->queue.levels >> priority == 0 && cpu->slice_end == 0 &&
           !cpu->resched && sched_first_work == NULL;
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

static inline void
run(struct cpu_local *cpu, struct thread *thread)
{
    thread->state = SYS_THREAD_RUNNING;
    arch_switch(cpu, thread);
    kernel_exit(cpu);
}

static inline bool
call(struct cpu_local *cpu, struct thread *caller)
{
    struct thread *server;
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
#ifdef DEBUG
    if (caller->process->level <= endpoint->level)
        return false;
#endif
    if (list_is_empty(&endpoint->receivers))
        return false;
    server = CONTAINER(endpoint->receivers.next, struct thread, queue);
    if (server->priority > priority)
        priority = server->priority;
    if (!may_run(cpu, server, priority))
        return false;
    list_remove(&server->queue);
    session->object.handles++; /* not the first: no reference to take */
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
    run(cpu, server);
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

static inline bool
reply_receive(struct cpu_local *cpu, struct thread *server)
{
    struct thread *caller = server->caller;
    struct trap_frame *from = frame_of(server), *to;
    struct endpoint *endpoint;

    /* The upper half of RDI is 0 as well: the current caller is answered. */
    endpoint = quiet_endpoint(server, from->rdi);
    if (endpoint == NULL || caller == NULL || from->rsi >> 32 != 0 ||
        caller->kind != SYS_GOT_CALL ||
        caller->session->object.handles == 1 ||
        !may_run(cpu, caller, caller->priority))
        return false;
    caller->session->object.handles--; /* not the last: nothing is closed */
    caller->session = NULL;
    caller->server = NULL;
    server->caller = NULL;
    server->priority = server->base_priority;
    server->state = SYS_THREAD_RECEIVING;
    list_prepend(&endpoint->receivers, &server->queue);
    to = frame_of(caller);
    copy_message(to, from);
    to->rax = 0;
    to->rdi = 0;
    to->r14 = 0;
    run(cpu, caller);
    return true;
}

bool
fastpath_try(struct cpu_local *cpu, struct thread *thread, uint64_t number)
{
    bool done = false;

    /* While this CPU waited for the lock, it may have been stopped. */
    if (thread->state != SYS_THREAD_RUNNING || fastpath_off)
        return false;
    if (number == SYS_CALL)
        done = call(cpu, thread);
    else if (number == SYS_REPLY_RECEIVE)
        done = reply_receive(cpu, thread);
    return done;
}
