#include "kernel/ipc.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/vm.h"

/* Bytes that one step of a lease copy moves, if no page has to be made. */
#define LEASE_STEP 8192u

#define TAG_MOVES (SYS_TAG_MOVE(0) | SYS_TAG_MOVE(1))

static unsigned
tag_handles(uint64_t tag)
{
    return tag >> 32 & 3;
}

static unsigned
tag_leases(uint64_t tag)
{
    return tag >> 34 & 3;
}

static struct thread *
thread_of(struct object *reply)
{
    return CONTAINER(reply, struct thread, reply);
}

/* --- what a message carries ---------------------------------------------- */

/* May the handle go along? A reply can only move: it is answered once. */
static int
check_handle(const struct process *process, handle_t handle, bool move)
{
    const struct handle_slot *slot = handle_find(&process->handles, handle);

    if (slot == NULL)
        return ERR_HANDLE;
    if ((slot->rights & SYS_RIGHT_TRANSFER) == 0 ||
        (slot->object->type == SYS_OBJECT_REPLY && !move))
        return ERR_RIGHTS;
    return 0;
}

static int
check_message(const struct thread *thread, uint64_t tag, unsigned leases_max)
{
    uint64_t handles = arch_thread_handles(thread);
    int error = 0;

    if ((tag & ~SYS_TAG_VALID) != 0 || tag_handles(tag) > SYS_HANDLES ||
        tag_leases(tag) > leases_max)
        return ERR_ARGUMENT;
    for (unsigned i = 0; i < tag_handles(tag) && error == 0; i++)
        error = check_handle(thread->process, (handle_t)(handles >> 32 * i),
                             (tag & SYS_TAG_MOVE(i)) != 0);
    return error;
}

/* 0 when it is gone by now, or finds no room: then nothing has moved. */
static handle_t
pass_handle(struct process *from, struct process *to, handle_t handle,
            bool move)
{
    const struct handle_slot *slot = handle_find(&from->handles, handle);
    struct object *object;
    handle_t new;

    if (slot == NULL || check_handle(from, handle, move) != 0)
        return 0;
    object = slot->object;
    if (handle_add(&to->handles, object, slot->rights, &new) != 0)
        return 0;
    if (object->type == SYS_OBJECT_REPLY &&
        thread_of(object)->kept_in != NULL) {
        thread_of(object)->kept_in = to;
        thread_of(object)->kept_handle = new;
    }
    if (move)
        (void)handle_close(&from->handles, handle);
    return new;
}

/*
 * The message in from's registers arrives in to's: the one place where words,
 * handles and leases change hands. *delivery has all but handles and leases.
 */
static void
transfer(struct thread *from, struct thread *to, struct delivery *delivery)
{
    struct message message;
    uint64_t handles = arch_thread_handles(from);

    arch_thread_message(from, &message);
    for (unsigned i = 0; i < tag_handles(message.tag); i++)
        delivery->handles |=
            (uint64_t)pass_handle(from->process, to->process,
                                  (handle_t)(handles >> 32 * i),
                                  (message.tag & SYS_TAG_MOVE(i)) != 0)
            << 32 * i;
    if (!delivery->is_reply)
        for (unsigned i = 0; i < from->leases; i++)
            delivery->leases |= from->lease[i].length << 32 * i;
    message.tag &= ~TAG_MOVES;
    arch_thread_deliver(to, delivery, &message);
}

static int
read_leases(struct thread *caller, uint64_t tag)
{
    struct sys_lease leases[SYS_LEASES];
    unsigned count = tag_leases(tag);
    uint64_t address, length;
    int error;

    error = space_read(caller->process->space, arch_thread_leases(caller),
                       leases, count * sizeof leases[0]);
    for (unsigned i = 0; i < count && error == 0; i++) {
        address = leases[i].address;
        length = leases[i].length;
        if (length >= SYS_LEASE_MAX)
            error = ERR_ARGUMENT;
        else if (length != 0 && (address < SYS_USER_BASE ||
                                 address > SYS_USER_END - length))
            error = ERR_ADDRESS;
        caller->lease[i].address = address;
        caller->lease[i].length = length;
        caller->lease[i].rights =
            ((tag & SYS_TAG_READ(i)) != 0 ? SYS_RIGHT_READ : 0) |
            ((tag & SYS_TAG_WRITE(i)) != 0 ? SYS_RIGHT_WRITE : 0);
    }
    return error;
}

/* --- caller and server --------------------------------------------------- */

/* The server has no caller any more, nor its priority. */
static void
part(struct thread *server)
{
    server->caller->server = NULL;
    server->caller = NULL;
    sched_set_priority(server, server->base_priority);
}

static void
meet(struct thread *caller, struct thread *server)
{
    struct delivery delivery = {
        .result = caller->kind,
        .process = caller->process->id,
        .badge = caller->session->badge,
    };
    struct message message = { 0 };

    caller->state = SYS_THREAD_CALLING;
    caller->server = server;
    server->caller = caller;
    if (caller->priority > server->priority)
        sched_set_priority(server, caller->priority);
    if (caller->kind == SYS_GOT_CALL) {
        transfer(caller, server, &delivery);
        return;
    }
    for (unsigned i = 0; i < SYS_WORDS; i++)
        message.words[i] = caller->fault[i];
    arch_thread_deliver(server, &delivery, &message);
}

/* The thread asks that session: a server that waits, or the queue. */
static void
begin(struct thread *caller, struct session *session, enum sys_received kind)
{
    struct endpoint *endpoint = session->endpoint;
    struct thread *server;

#ifdef DEBUG
    ipc_check(endpoint);
#endif
    object_open(&session->object);
    caller->session = session;
    caller->kind = (uint8_t)kind;
    caller->cancel = false;
    caller->state = SYS_THREAD_SENDING;
    sched_block(caller);
    if (list_is_empty(&endpoint->receivers)) {
        list_append(&endpoint->senders, &caller->queue);
        return;
    }
    server = CONTAINER(endpoint->receivers.next, struct thread, queue);
    list_remove(&server->queue);
    meet(caller, server);
    sched_hand_over(server);
}

/* Its call is over, or it is: in no queue, with no server, no reply of it. */
static void
leave(struct thread *caller)
{
    struct session *session = caller->session;
    struct process *kept_in = caller->kept_in;

    if (caller->state == SYS_THREAD_SENDING)
        list_remove(&caller->queue);
    else if (caller->server != NULL)
        part(caller->server);
    caller->state = SYS_THREAD_READY;
    caller->session = NULL;
    caller->kept_in = NULL;
    event_withdraw(&caller->cancel_event);
    if (kept_in != NULL)
        (void)handle_close(&kept_in->handles, caller->kept_handle);
    object_close(&session->object);
}

/* The supervisor does not let the thread go on. */
static void
end_faulted(struct thread *thread)
{
    const uint64_t words[4] = {
        SYS_DEATH_FAULT, thread->fault[SYS_FAULT_VECTOR],
        thread->fault[SYS_FAULT_ADDRESS], thread->fault[SYS_FAULT_RIP],
    };

    thread->stopped = true;
    thread->state = SYS_THREAD_STOPPED;
    process_end(thread->process, words);
}

void
ipc_drop(struct thread *caller, int error)
{
    leave(caller);
    if (caller->kind == SYS_GOT_CALL)
        arch_thread_result(caller, error);
    sched_ready(caller);
}

/*
 * The server's message is the answer. Whether the caller goes on: it is to be
 * made ready.
 */
static bool
answer(struct thread *server, struct thread *caller)
{
    struct delivery delivery = { .is_reply = true };
    struct message message;

    leave(caller);
    if (caller->kind == SYS_GOT_CALL) {
        transfer(server, caller, &delivery);
    } else if (caller->kind == SYS_GOT_FAULT) {
        arch_thread_message(server, &message);
        if ((uint32_t)message.tag != SYS_FAULT_RESUME) {
            end_faulted(caller);
            return false;
        }
    }
    return true;
}

/* Whose call the reply is; 0 names the current one. */
static int
find_caller(const struct thread *server, uint64_t reply,
            struct thread **caller)
{
    struct object *object = NULL;
    int error;

    *caller = server->caller;
    if (reply == 0)
        return *caller != NULL ? 0 : ERR_STATE;
    error = handle_get(&server->process->handles, reply, SYS_OBJECT_REPLY, 0,
                       &object);
    if (error != 0)
        return error;
    *caller = thread_of(object);
    return (*caller)->kept_in != NULL ? 0 : ERR_DEAD;
}

int
ipc_find_caller(const struct thread *server, uint64_t reply,
                struct thread **caller)
{
    int error = find_caller(server, reply, caller);

    return error == ERR_DEAD ? 0 : error; /* its end is no matter here */
}

/* Find whom to answer, and check the answer: 0, or why nothing happens. */
static int
prepare(struct thread *server, handle_t reply, struct thread **caller)
{
    struct message message;
    int error = find_caller(server, reply, caller);

    if (error == ERR_DEAD)
        (void)handle_close(&server->process->handles, reply);
    if (error != 0)
        return error;
    arch_thread_message(server, &message);
    return check_message(server, message.tag, 0);
}

/* --- the calls ----------------------------------------------------------- */

int
ipc_call(struct thread *caller)
{
    struct message message;
    struct session *session;
    struct object *object;
    int error;

    error = handle_get(&caller->process->handles,
                       arch_thread_argument(caller, 0), SYS_OBJECT_SESSION,
                       SYS_RIGHT_SEND, &object);
    if (error != 0)
        return error;
    session = CONTAINER(object, struct session, object);
    if (session->endpoint->object.dead)
        return ERR_DEAD;
#ifdef DEBUG
    if (caller->process->level <= session->endpoint->level)
        return ERR_LEVEL;
#endif
    arch_thread_message(caller, &message);
    error = check_message(caller, message.tag, SYS_LEASES);
    if (error == 0 && tag_leases(message.tag) != 0)
        error = read_leases(caller, message.tag);
    if (error != 0)
        return error;
    caller->leases = (uint8_t)tag_leases(message.tag);
    begin(caller, session, SYS_GOT_CALL);
    return IPC_LATER;
}

int
ipc_report(struct thread *thread, struct session *session,
           enum sys_received kind, const uint64_t words[SYS_WORDS])
{
    if (session->endpoint->object.dead)
        return ERR_DEAD;
    for (unsigned i = 0; i < SYS_WORDS; i++)
        thread->fault[i] = words[i];
    thread->leases = 0;
    begin(thread, session, kind);
    return 0;
}

static int
find_endpoint(const struct thread *server, handle_t handle,
              struct endpoint **endpoint)
{
    struct object *object;
    int error = handle_get(&server->process->handles, handle,
                           SYS_OBJECT_ENDPOINT, SYS_RIGHT_RECEIVE, &object);

    if (error == 0)
        *endpoint = CONTAINER(object, struct endpoint, object);
    return error;
}

static int
receive(struct thread *server, struct endpoint *endpoint, uint64_t flags)
{
    struct thread *caller;
    int taken;

#ifdef DEBUG
    ipc_check(endpoint);
#endif
    if (server->caller != NULL)
        ipc_drop(server->caller, ERR_DROPPED);
    taken = endpoint_take(endpoint, server);
    if (taken == ERR_AGAIN) { /* in a new step, and nothing to answer */
        arch_thread_set_argument(server, 0,
                                 (uint32_t)arch_thread_argument(server, 0));
        arch_thread_restart(server);
    }
    if (taken != 0)
        return IPC_LATER;
    if (!list_is_empty(&endpoint->senders)) {
        caller = CONTAINER(endpoint->senders.next, struct thread, queue);
        list_remove(&caller->queue);
        meet(caller, server);
        return IPC_LATER;
    }
    if ((flags & SYS_NOWAIT) != 0)
        return ERR_AGAIN;
    server->state = SYS_THREAD_RECEIVING;
    sched_block(server);
    list_prepend(&endpoint->receivers, &server->queue);
    return IPC_LATER;
}

int
ipc_receive(struct thread *server, handle_t handle, uint64_t flags)
{
    struct endpoint *endpoint;
    int error = find_endpoint(server, handle, &endpoint);

    if (error != 0)
        return error;
    if ((flags & ~(uint64_t)SYS_NOWAIT) != 0)
        return ERR_ARGUMENT;
    return receive(server, endpoint, flags);
}

int
ipc_reply(struct thread *server, handle_t reply)
{
    struct thread *caller;
    int error = prepare(server, reply, &caller);

    if (error != 0)
        return error;
    if (answer(server, caller))
        sched_ready(caller);
    return 0;
}

/* Without a caller to answer it is a receive: a server's loop begins so. */
int
ipc_reply_receive(struct thread *server, handle_t handle, handle_t reply)
{
    struct thread *caller = NULL;
    struct endpoint *endpoint;
    int error = find_endpoint(server, handle, &endpoint);

    if (error == 0 && (reply != 0 || server->caller != NULL))
        error = prepare(server, reply, &caller);
    if (error != 0)
        return error;
    if (caller != NULL && !answer(server, caller))
        caller = NULL;
    if (server->killed) /* with its process, whose fault it did not resume */
        return IPC_LATER;
    error = receive(server, endpoint, 0);
    if (caller != NULL && server->state == SYS_THREAD_RECEIVING)
        sched_hand_over(caller);
    else if (caller != NULL)
        sched_ready(caller);
    return error;
}

/* The thread's call gets a reply handle in the process. */
static int
keep(struct thread *caller, struct process *process, handle_t *reply)
{
    int error = handle_add(&process->handles, &caller->reply,
                           SYS_RIGHT_TRANSFER | SYS_RIGHT_USE, reply);

    if (error != 0)
        return error;
    caller->kept_in = process;
    caller->kept_handle = *reply;
    return 0;
}

static void
post_cancel(struct thread *caller)
{
    event_withdraw(&caller->cancel_event);
    endpoint_post(caller->session->endpoint, &caller->cancel_event);
}

int
ipc_keep(struct thread *server, handle_t *reply)
{
    struct thread *caller = server->caller;
    int error;

    if (caller == NULL)
        return ERR_STATE;
    error = keep(caller, server->process, reply);
    if (error != 0)
        return error;
    part(server);
    if (caller->cancel)
        post_cancel(caller);
    caller->cancel = false;
    return 0;
}

int
ipc_adopt(struct thread *child, const struct thread *like,
          struct process *process, handle_t *reply)
{
    int error = keep(child, process, reply);

    if (error != 0)
        return error;
    object_open(&like->session->object);
    child->session = like->session;
    child->kind = like->kind;
    child->leases = like->leases;
    for (unsigned i = 0; i < SYS_LEASES; i++)
        child->lease[i] = like->lease[i];
    child->state = SYS_THREAD_CALLING;
    return 0;
}

void
reply_closed(struct object *reply)
{
    struct thread *caller = thread_of(reply);

    if (caller->kept_in == NULL)
        return;
    caller->kept_in = NULL;
    ipc_drop(caller, ERR_DROPPED);
}

/* --- leases -------------------------------------------------------------- */

static int
find_lease(const struct thread *server, unsigned index, bool write,
           struct thread **caller, const struct lease **lease)
{
    int error = find_caller(server, arch_thread_argument(server, 0), caller);

    if (error != 0)
        return error;
    if (index >= (*caller)->leases)
        return ERR_ARGUMENT;
    *lease = &(*caller)->lease[arch_index(index, (*caller)->leases)];
    if (((*lease)->rights & (write ? SYS_RIGHT_WRITE : SYS_RIGHT_READ)) == 0)
        return ERR_RIGHTS;
    return 0;
}

int
ipc_lease(struct thread *server, bool write)
{
    uint64_t index = arch_thread_argument(server, 1), done = index >> 32;
    uint64_t offset = arch_thread_argument(server, 2);
    uint64_t buffer = arch_thread_argument(server, 3);
    uint64_t length = arch_thread_argument(server, 4), step;
    struct space *here = server->process->space, *there;
    const struct lease *lease;
    struct thread *caller;
    int error = find_lease(server, (uint32_t)index, write, &caller, &lease);

    if (error != 0)
        return error;
    if (offset > lease->length)
        return ERR_ARGUMENT;
    if (length > lease->length - offset)
        length = lease->length - offset;
    if (done > length)
        return ERR_ARGUMENT;
    if (buffer > SYS_USER_END)
        return ERR_ADDRESS;
    if (done == length)
        return (int)done;
    step = length - done < LEASE_STEP ? length - done : LEASE_STEP;
    buffer += done;
    offset += done + lease->address;
    there = caller->process->space;
    error = write ? space_copy(there, offset, here, buffer, step, &step)
                  : space_copy(here, buffer, there, offset, step, &step);
    if (error != 0)
        return error;
    arch_thread_set_argument(server, 1,
                             (uint32_t)index | (done + step) << 32);
    arch_thread_restart(server);
    return IPC_LATER;
}

/* --- ends ---------------------------------------------------------------- */

int
ipc_interrupt(struct thread *thread)
{
    bool calls = thread->session != NULL;

    if (calls && thread->kind != SYS_GOT_CALL)
        return ERR_STATE;
    if (calls && thread->state == SYS_THREAD_CALLING) {
        if (thread->kept_in != NULL)
            post_cancel(thread);
        else
            thread->cancel = true;
        return 0;
    }
    if (calls) {
        ipc_drop(thread, ERR_INTERRUPTED);
        return 0;
    }
    if (thread->state == SYS_THREAD_RECEIVING)
        list_remove(&thread->queue);
    else if (thread->state == SYS_THREAD_WAITING &&
             thread->notification != NULL)
        notification_leave(thread);
    else
        return ERR_STATE;
    arch_thread_result(thread, ERR_INTERRUPTED);
    sched_ready(thread);
    return 0;
}

/* Whose calls kept replies of dead threads would answer; it has no end. */
static struct thread nobody = {
    .reply = {
        .type = SYS_OBJECT_REPLY, .handles = UINT32_MAX / 2, .references = 2,
    },
};

/* The handle stays with who keeps it, and keeps nothing of the thread. */
static void
orphan_reply(struct thread *thread)
{
    struct handle_slot *slot = handle_find(&thread->kept_in->handles,
                                           thread->kept_handle);

    ASSERT(slot != NULL); /* closing it would have cleared kept_in */
    thread->kept_in = NULL;
    slot->object = &nobody.reply;
    object_open(&nobody.reply);
    object_close(&thread->reply);
}

/*
 * The kept reply of a thread that was killed stays, as nobody's. One that
 * lives on (SYS_PROCESS_SWAP) may call again: the old handle must not answer
 * that.
 */
void
ipc_abandon(struct thread *thread)
{
    if (thread->killed && thread->kept_in != NULL)
        orphan_reply(thread);
    if (thread->session != NULL)
        leave(thread);
    else if (thread->notification != NULL)
        notification_leave(thread);
    else if (thread->state == SYS_THREAD_RECEIVING ||
             thread->state == SYS_THREAD_WAITING)
        list_remove(&thread->queue);
    if (thread->caller != NULL)
        ipc_drop(thread->caller, ERR_DROPPED);
    thread->state = thread->killed ? SYS_THREAD_DEAD : SYS_THREAD_STOPPED;
}

/* --- invariants ---------------------------------------------------------- */

static void
check_thread(const struct thread *thread)
{
    bool sending = thread->state == SYS_THREAD_SENDING;
    bool calling = thread->state == SYS_THREAD_CALLING;

    ASSERT((sending || calling) == (thread->session != NULL));
    ASSERT((thread->server != NULL || thread->kept_in != NULL) == calling);
    ASSERT(thread->server == NULL || thread->kept_in == NULL);
    ASSERT(thread->server == NULL || thread->server->caller == thread);
    ASSERT(thread->caller == NULL || thread->caller->server == thread);
}

void
ipc_check(const struct endpoint *endpoint)
{
    const struct list *link;
    const struct thread *thread;

    ASSERT(list_is_empty(&endpoint->receivers) ||
           (list_is_empty(&endpoint->senders) &&
            list_is_empty(&endpoint->events) &&
            (endpoint->bound == NULL || endpoint->bound->bits == 0)));
    for (link = endpoint->senders.next; link != &endpoint->senders;
         link = link->next) {
        thread = CONTAINER(link, struct thread, queue);
        ASSERT(thread->state == SYS_THREAD_SENDING &&
               thread->session->endpoint == endpoint);
        check_thread(thread);
    }
    for (link = endpoint->receivers.next; link != &endpoint->receivers;
         link = link->next) {
        thread = CONTAINER(link, struct thread, queue);
        ASSERT(thread->state == SYS_THREAD_RECEIVING);
        check_thread(thread);
    }
}
