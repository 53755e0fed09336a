/*
 * The system calls behind kernel_enter(): arguments are read from the calling
 * thread's registers, handles are looked up, and the parts of the kernel do
 * the work. docs/spec/syscalls.md has what each call means.
 *
 * Each function returns the result for RAX, or IPC_LATER.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include "kernel/device.h"
#include "kernel/endpoint.h"
#include "kernel/handle.h"
#include "kernel/ipc.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/vm.h"

#define RIGHTS_COMMON \
    (SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER | SYS_RIGHT_INSPECT)

/* An argument of the call: RDI RSI RDX R10 R8 R9 are 0 to 5. */
static inline uint64_t
argument(const struct thread *thread, unsigned number)
{
    return thread->frame[thread_argument_at[number]];
}

/* Handles are 32 bits wide; whatever has more is none. */
static inline handle_t
handle_argument(const struct thread *thread, unsigned number)
{
    uint64_t value = argument(thread, number);

    return value > UINT32_MAX ? UINT32_MAX : (handle_t)value;
}

/*
 * get_endpoint() and so on: the object that an argument names by a handle with
 * these rights. 0, or an error and *object is as it was.
 */
#define SYSCALL_GETTER(name, type)                                   \
    static inline int                                                \
    get_##name(const struct thread *thread, unsigned number,         \
               uint32_t rights, struct name **result)                \
    {                                                                \
        struct object *object;                                       \
        int error = handle_get(&thread->process->handles,            \
                               argument(thread, number), type,       \
                               rights, &object);                     \
                                                                     \
        if (error == 0)                                              \
            *result = CONTAINER(object, struct name, object);        \
        return error;                                                \
    }

SYSCALL_GETTER(endpoint, SYS_OBJECT_ENDPOINT)
SYSCALL_GETTER(session, SYS_OBJECT_SESSION)
SYSCALL_GETTER(notification, SYS_OBJECT_NOTIFICATION)
SYSCALL_GETTER(memory, SYS_OBJECT_MEMORY)
SYSCALL_GETTER(thread, SYS_OBJECT_THREAD)
SYSCALL_GETTER(interrupt, SYS_OBJECT_INTERRUPT)
SYSCALL_GETTER(ports, SYS_OBJECT_PORTS)

/* The process by a handle with these rights, or the caller's by SYS_SELF. */
int syscall_process(struct thread *thread, handle_t handle, uint32_t rights,
                    struct process **process);

/* Whether that handle is a system handle that may be used: 0 or an error. */
int syscall_system(struct thread *thread, handle_t handle);

/*
 * A new object becomes a handle of the caller, and the creator's reference
 * ends. Returns the handle or ERR_MEMORY.
 */
int64_t syscall_add(struct thread *thread, struct object *object,
                    uint32_t rights);

/* The call goes on with these arguments, after others had their chance. */
int64_t syscall_again(struct thread *thread);

/* syscall_memory.c */
int64_t syscall_memory_create(struct thread *thread);
int64_t syscall_memory_supply(struct thread *thread);
int64_t syscall_memory_physical(struct thread *thread);
int64_t syscall_map(struct thread *thread);
int64_t syscall_unmap(struct thread *thread);
int64_t syscall_protect(struct thread *thread);

/* syscall_process.c */
int64_t syscall_process_create(struct thread *thread);
int64_t syscall_process_clone(struct thread *thread);
int64_t syscall_process_swap(struct thread *thread);
int64_t syscall_process_control(struct thread *thread);
int64_t syscall_thread_create(struct thread *thread);
int64_t syscall_thread_control(struct thread *thread);

/* syscall_device.c */
int64_t syscall_device_create(struct thread *thread);
int64_t syscall_interrupt_bind(struct thread *thread);
int64_t syscall_interrupt_done(struct thread *thread);
int64_t syscall_ports_enable(struct thread *thread);
int64_t syscall_system_control(struct thread *thread);

/* syscall_inspect.c */
int64_t syscall_inspect(struct thread *thread);

#endif
