#include "kernel/syscall.h"

#include <stddef.h>

#include "kernel/entry.h"
#include "kernel/time.h"

int
syscall_process(struct thread *thread, handle_t handle, uint32_t rights,
                struct process **process)
{
    struct object *object;
    int error;

    *process = thread->process;
    if (handle == SYS_SELF)
        return 0;
    error = handle_get(&thread->process->handles, handle, SYS_OBJECT_PROCESS,
                       rights, &object);
    if (error != 0)
        return error;
    *process = CONTAINER(object, struct process, object);
    return (*process)->state == PROCESS_ALIVE ? 0 : ERR_DEAD;
}

int
syscall_system(struct thread *thread, handle_t handle)
{
    struct object *object;

    return handle_get(&thread->process->handles, handle, SYS_OBJECT_SYSTEM,
                      SYS_RIGHT_USE, &object);
}

int64_t
syscall_add(struct thread *thread, struct object *object, uint32_t rights)
{
    handle_t handle = 0;
    int error = handle_add(&thread->process->handles, object, rights, &handle);

    object_unref(object);
    return error != 0 ? error : (int64_t)handle;
}

int64_t
syscall_again(struct thread *thread)
{
    arch_thread_restart(thread);
    return IPC_LATER;
}

static int64_t
endpoint_make(struct thread *thread)
{
    struct endpoint *endpoint;
    int error = endpoint_create(thread->process->account, argument(thread, 0),
                                &endpoint);

    if (error != 0)
        return error;
    return syscall_add(thread, &endpoint->object,
                       RIGHTS_COMMON | SYS_RIGHT_RECEIVE | SYS_RIGHT_MINT);
}

static int64_t
session_make(struct thread *thread)
{
    struct endpoint *endpoint;
    struct session *session;
    int error = get_endpoint(thread, 0, SYS_RIGHT_MINT, &endpoint);

    if (error == 0)
        error = session_create(thread->process->account, endpoint,
                               argument(thread, 1), &session);
    if (error != 0)
        return error;
    return syscall_add(thread, &session->object,
                       RIGHTS_COMMON | SYS_RIGHT_SEND);
}

static int64_t
bind(struct thread *thread)
{
    struct notification *notification = NULL;
    struct endpoint *endpoint;
    int error = get_endpoint(thread, 0, SYS_RIGHT_RECEIVE, &endpoint);

    if (error == 0 && argument(thread, 1) != 0)
        error = get_notification(thread, 1, SYS_RIGHT_WAIT, &notification);
    return error != 0 ? error : endpoint_bind(endpoint, notification);
}

static int64_t
notification_make(struct thread *thread)
{
    struct notification *notification;
    int error = notification_create(thread->process->account, &notification);

    if (error != 0)
        return error;
    return syscall_add(thread, &notification->object,
                       RIGHTS_COMMON | SYS_RIGHT_NOTIFY | SYS_RIGHT_WAIT);
}

static int64_t
notify(struct thread *thread)
{
    struct notification *notification;
    int error = get_notification(thread, 0, SYS_RIGHT_NOTIFY, &notification);

    if (error == 0)
        notification_signal(notification, argument(thread, 1));
    return error;
}

static int64_t
wait(struct thread *thread)
{
    struct notification *notification;
    uint64_t bits = 0;
    int result = get_notification(thread, 0, SYS_RIGHT_WAIT, &notification);

    if (result == 0)
        result = notification_wait(notification, thread, argument(thread, 1),
                                   argument(thread, 2), &bits);
    if (result != 0)
        return result > 0 ? IPC_LATER : result;
    arch_thread_result(thread, 0);
    arch_thread_result2(thread, bits);
    return IPC_LATER;
}

static int64_t
timer(struct thread *thread)
{
    struct notification *notification;
    int error = get_notification(thread, 0, SYS_RIGHT_NOTIFY, &notification);

    if (error == 0)
        notification_set_timer(notification, argument(thread, 1),
                               argument(thread, 2));
    return error;
}

/* A copy of a handle in a table, with rights that are part of its own. */
static int64_t
copy_handle(struct thread *thread, handle_t handle, uint32_t need,
            uint64_t rights, struct handle_table *to)
{
    struct handle_slot *slot = handle_find(&thread->process->handles, handle);
    handle_t copy = 0;
    int error;

    if (slot == NULL)
        return ERR_HANDLE;
    /* A reply is answered once: by whom must be clear. */
    if (slot->object->type == SYS_OBJECT_REPLY)
        return ERR_TYPE;
    if ((slot->rights & need) != need || (rights & ~slot->rights) != 0)
        return ERR_RIGHTS;
    error = handle_add(to, slot->object, (uint32_t)rights, &copy);
    return error != 0 ? error : (int64_t)copy;
}

static int64_t
duplicate(struct thread *thread)
{
    return copy_handle(thread, handle_argument(thread, 0),
                       SYS_RIGHT_DUPLICATE, argument(thread, 1),
                       &thread->process->handles);
}

static int64_t
grant(struct thread *thread)
{
    struct process *process;
    int error = syscall_process(thread, handle_argument(thread, 0),
                                SYS_RIGHT_GRANT, &process);

    if (error != 0)
        return error;
    return copy_handle(thread, handle_argument(thread, 1),
                       SYS_RIGHT_TRANSFER, argument(thread, 2),
                       &process->handles);
}

static int64_t
reply_receive(struct thread *thread)
{
    uint64_t both = argument(thread, 0);

    return ipc_reply_receive(thread, (handle_t)both, (handle_t)(both >> 32));
}

static int64_t
keep(struct thread *thread)
{
    handle_t reply = 0;
    int error = ipc_keep(thread, &reply);

    return error != 0 ? error : (int64_t)reply;
}

static int64_t
message_call(struct thread *thread, uint64_t number)
{
    switch (number) {
    case SYS_CALL:
        return ipc_call(thread);
    case SYS_RECEIVE:
        return ipc_receive(thread, handle_argument(thread, 0),
                           argument(thread, 1));
    case SYS_REPLY_RECEIVE:
        return reply_receive(thread);
    case SYS_REPLY:
        return ipc_reply(thread, handle_argument(thread, 0));
    case SYS_REPLY_KEEP:
        return keep(thread);
    case SYS_LEASE_READ:
    case SYS_LEASE_WRITE:
        return ipc_lease(thread, number == SYS_LEASE_WRITE);
    case SYS_ENDPOINT_CREATE:
        return endpoint_make(thread);
    case SYS_SESSION_CREATE:
        return session_make(thread);
    case SYS_ENDPOINT_BIND:
        return bind(thread);
    default:
        return ERR_CALL;
    }
}

static int64_t
handle_call(struct thread *thread, uint64_t number)
{
    switch (number) {
    case SYS_NOTIFICATION_CREATE:
        return notification_make(thread);
    case SYS_NOTIFY:
        return notify(thread);
    case SYS_WAIT:
        return wait(thread);
    case SYS_TIMER_SET:
        return timer(thread);
    case SYS_CLOCK:
        return (int64_t)time_now_ns();
    case SYS_DUPLICATE:
        return duplicate(thread);
    case SYS_CLOSE:
        return handle_close(&thread->process->handles,
                            handle_argument(thread, 0));
    case SYS_GRANT:
        return grant(thread);
    case SYS_INSPECT:
        return syscall_inspect(thread);
    default:
        return ERR_CALL;
    }
}

static int64_t
process_call(struct thread *thread, uint64_t number)
{
    switch (number) {
    case SYS_MEMORY_CREATE:
        return syscall_memory_create(thread);
    case SYS_MEMORY_SUPPLY:
        return syscall_memory_supply(thread);
    case SYS_MEMORY_PHYSICAL:
        return syscall_memory_physical(thread);
    case SYS_MAP:
        return syscall_map(thread);
    case SYS_UNMAP:
        return syscall_unmap(thread);
    case SYS_PROTECT:
        return syscall_protect(thread);
    case SYS_PROCESS_CREATE:
        return syscall_process_create(thread);
    case SYS_PROCESS_CLONE:
        return syscall_process_clone(thread);
    case SYS_PROCESS_SWAP:
        return syscall_process_swap(thread);
    case SYS_PROCESS_CONTROL:
        return syscall_process_control(thread);
    case SYS_THREAD_CREATE:
        return syscall_thread_create(thread);
    case SYS_THREAD_CONTROL:
        return syscall_thread_control(thread);
    default:
        return ERR_CALL;
    }
}

static int64_t
machine_call(struct thread *thread, uint64_t number)
{
    switch (number) {
    case SYS_DEVICE_CREATE:
        return syscall_device_create(thread);
    case SYS_INTERRUPT_BIND:
        return syscall_interrupt_bind(thread);
    case SYS_INTERRUPT_DONE:
        return syscall_interrupt_done(thread);
    case SYS_PORTS_ENABLE:
        return syscall_ports_enable(thread);
    case SYS_SYSTEM:
        return syscall_system_control(thread);
    default:
        return ERR_CALL;
    }
}

/* By comparisons: a jump table is an indirect branch that can be mistrained. */
void
system_call(struct cpu_local *cpu, uint64_t number)
{
    struct thread *thread = cpu->current;
    int64_t result;

    if (number <= SYS_ENDPOINT_BIND)
        result = number == SYS_NULL ? 0 : message_call(thread, number);
    else if (number <= SYS_INSPECT)
        result = handle_call(thread, number);
    else if (number <= SYS_THREAD_CONTROL)
        result = process_call(thread, number);
    else
        result = machine_call(thread, number);
    if (result != IPC_LATER)
        arch_thread_result(thread, result);
}
