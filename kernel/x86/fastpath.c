#include "kernel/x86/fastpath.h"

#include <stddef.h>

#include "kernel/endpoint.h"
#include "kernel/entry.h"
#include "kernel/handle.h"
#include "kernel/ipc.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/x86/context.h"
#include "kernel/x86/switch.h"

/* The object by a handle, or NULL where the slow path has to say why. */
static inline struct object *
object_of(const struct process *process, uint64_t handle,
          enum sys_object type, uint32_t right)
{
    const struct handle_slot *slot = handle_find(&process->handles, handle);

    if (slot == NULL || slot->object->type != type ||
        (slot->rights & right) == 0)
        return NULL;
    return slot->object;
}

/*
 * Whether that thread, blocked so far, would be the scheduler's choice here and
 * now, with no timer to set for it. What is blocked is on no CPU.
 */
static inline bool
may_run(const struct x86_cpu *self, const struct thread *thread,
        unsigned priority)
{
    const struct cpu_local *local = &self->local;

    return !thread->stopped && (thread->affinity & self->bit) != 0 &&
           local->queue.levels >> priority == 0 && local->slice_end == 0 &&
           !local->resched && sched_first_work == NULL;
}

static inline void
check(const struct endpoint *endpoint)
{
#ifdef DEBUG
    ipc_check(endpoint);
#else
    (void)endpoint;
#endif
}

/* The caller's receiver, or NULL: not this way, and nothing has changed. */
static inline struct thread *
call(struct x86_cpu *self, struct thread *caller)
{
    struct trap_frame *from = frame_of(caller), *to;
    struct object *object = object_of(caller->process, from->rdi,
                                      SYS_OBJECT_SESSION, SYS_RIGHT_SEND);
    struct session *session;
    struct endpoint *endpoint;
    struct thread *server;
    unsigned priority = caller->priority;

    if (object == NULL || from->rsi >> 32 != 0)
        return NULL;
    session = CONTAINER(object, struct session, object);
    endpoint = session->endpoint;
#ifdef DEBUG
    if (caller->process->level <= endpoint->level)
        return NULL;
#endif
    if (list_is_empty(&endpoint->receivers))
        return NULL;
    server = CONTAINER(endpoint->receivers.next, struct thread, queue);
    if (server->priority > priority)
        priority = server->priority;
    if (!may_run(self, server, priority))
        return NULL;
    list_remove_first(&endpoint->receivers);
    session->object.handles++; /* not the first: no reference to take */
    caller->session = session;
    caller->kind = SYS_GOT_CALL;
    caller->cancel = false;
    caller->leases = 0;
    caller->state = SYS_THREAD_CALLING;
    caller->server = server;
    server->caller = caller;
    server->priority = (uint8_t)priority;
    to = frame_of(server);
    to->rax = SYS_GOT_CALL;
    to->rdi = caller->process->id;
    to->rbx = session->badge;
    to->r14 = 0;
    to->r15 = 0;
    check(endpoint);
    return server;
}

/* The endpoint if a receiver would have to wait there, or NULL. */
static inline struct endpoint *
quiet_endpoint(const struct thread *server, uint64_t handle)
{
    struct object *object = object_of(server->process, handle,
                                      SYS_OBJECT_ENDPOINT, SYS_RIGHT_RECEIVE);
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

/* The upper half of RDI is 0 as well: the current caller is answered. */
static inline struct thread *
reply_receive(struct x86_cpu *self, struct thread *server)
{
    struct thread *caller = server->caller;
    struct trap_frame *from = frame_of(server), *to;
    struct endpoint *endpoint = quiet_endpoint(server, from->rdi);
    struct object *session;

    if (endpoint == NULL || caller == NULL || from->rsi >> 32 != 0 ||
        caller->kind != SYS_GOT_CALL ||
        !may_run(self, caller, caller->priority))
        return NULL;
    session = &caller->session->object;
    if (session->handles == 1)
        return NULL;
    session->handles--; /* not the last: nothing is closed */
    caller->session = NULL;
    caller->server = NULL;
    server->caller = NULL;
    server->priority = server->base_priority;
    server->state = SYS_THREAD_RECEIVING;
    list_prepend(&endpoint->receivers, &server->queue);
    to = frame_of(caller);
    to->rax = 0;
    to->rdi = 0;
    to->r14 = 0;
    check(endpoint);
    return caller;
}

static inline struct fastpath_result
finish(struct x86_cpu *self, struct thread *from, struct thread *to)
{
    struct fastpath_result result = { to, frame_of(from) };

    if (to == NULL)
        return result;
    to->state = SYS_THREAD_RUNNING;
    switch_threads(self, from, to);
    kernel_end(&self->local);
    times_lock_given();
    return result;
}

/* While this CPU waited for the lock, the thread may have been stopped. */
struct fastpath_result
fastpath_call(struct x86_cpu *self)
{
    struct thread *thread = self->local.current;

    kernel_enter(&self->local);
    return finish(self, thread, thread->state == SYS_THREAD_RUNNING
                                    ? call(self, thread)
                                    : NULL);
}

struct fastpath_result
fastpath_reply_receive(struct x86_cpu *self)
{
    struct thread *thread = self->local.current;

    kernel_enter(&self->local);
    return finish(self, thread, thread->state == SYS_THREAD_RUNNING
                                    ? reply_receive(self, thread)
                                    : NULL);
}
