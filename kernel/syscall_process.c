#include <stddef.h>

#include "kernel/cpu_local.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"

#define PROCESS_RIGHTS (RIGHTS_COMMON | SYS_RIGHT_MANAGE | SYS_RIGHT_GRANT)
#define THREAD_RIGHTS  (RIGHTS_COMMON | SYS_RIGHT_MANAGE)

int64_t
syscall_process_create(struct thread *thread)
{
    struct session *supervisor = NULL;
    struct process *process;
    int error = 0;

    if (argument(thread, 1) != 0)
        error = get_session(thread, 1, SYS_RIGHT_SEND, &supervisor);
    if (error == 0)
        error = process_create(thread->process, argument(thread, 0),
                               supervisor, argument(thread, 2), &process);
    if (error != 0)
        return error;
    return syscall_add(thread, &process->object, PROCESS_RIGHTS);
}

/* A clone that gets no name ends, and its call with it. */
static int64_t
give_clone(struct thread *thread, struct process *clone, handle_t reply)
{
    static const uint64_t words[4] = { SYS_DEATH_KILLED };
    int64_t result = syscall_add(thread, &clone->object, PROCESS_RIGHTS);

    if (result < 0) {
        process_end(clone, words);
        (void)handle_close(&thread->process->handles, reply);
        return result;
    }
    arch_thread_result(thread, result);
    arch_thread_result2(thread, reply);
    return IPC_LATER;
}

/*
 * The clone under way is the thread's operation: it goes on when the call is
 * executed again, and ends with the thread.
 */
int64_t
syscall_process_clone(struct thread *thread)
{
    struct process *process, *clone = NULL;
    struct thread *caller;
    handle_t reply = 0;
    int error = syscall_process(thread, handle_argument(thread, 0),
                                SYS_RIGHT_MANAGE, &process);

    if (thread->operation != NULL)
        clone = CONTAINER(thread->operation, struct process, object);
    if (error == 0)
        error = ipc_find_caller(thread, argument(thread, 1), &caller);
    if (error == 0)
        error = process_clone(process, caller, argument(thread, 2), thread,
                              &clone, &reply);
    thread->operation = clone != NULL ? &clone->object : NULL;
    if (error == ERR_AGAIN)
        return syscall_again(thread);
    thread->operation = NULL;
    if (error == 0)
        return give_clone(thread, clone, reply);
    if (clone != NULL)
        object_unref(&clone->object); /* what was begun ends */
    return error;
}

int64_t
syscall_process_swap(struct thread *thread)
{
    struct process *source;
    int error;

    if (argument(thread, 0) != SYS_SELF)
        return ERR_ARGUMENT;
    error = syscall_process(thread, handle_argument(thread, 1),
                            SYS_RIGHT_MANAGE | SYS_RIGHT_GRANT, &source);
    if (error == 0)
        error = process_swap(thread->process, source, thread,
                             argument(thread, 2), argument(thread, 3),
                             argument(thread, 4));
    if (error == ERR_AGAIN)
        return syscall_again(thread);
    return error != 0 ? error : IPC_LATER; /* it starts anew */
}

int64_t
syscall_process_control(struct thread *thread)
{
    uint64_t words[4] = { SYS_DEATH_KILLED, argument(thread, 2) };
    struct process *process;
    int error = syscall_process(thread, handle_argument(thread, 0),
                                SYS_RIGHT_MANAGE, &process);

    if (error == ERR_DEAD && argument(thread, 1) == SYS_PROCESS_KILL_TREE)
        error = 0; /* what it left */
    if (error != 0)
        return error;
    switch (argument(thread, 1)) {
    case SYS_PROCESS_KILL:
        if (process == thread->process)
            words[0] = SYS_DEATH_EXIT;
        process_end(process, words);
        return 0;
    case SYS_PROCESS_KILL_TREE:
        process_end_below(process);
        if (process != thread->process)
            process_end(process, words);
        return 0;
    case SYS_PROCESS_LIMIT:
        /* After a swap one's own frames may be carved from process's. */
        if (!account_is_below(process->account, thread->process->account))
            return ERR_RIGHTS;
        return account_set_limit(process->account, argument(thread, 2))
                   ? 0
                   : ERR_MEMORY;
    default:
        return ERR_ARGUMENT;
    }
}

int64_t
syscall_thread_create(struct thread *thread)
{
    uint64_t priority = argument(thread, 4);
    struct process *process;
    struct thread *created;
    int error = syscall_process(thread, handle_argument(thread, 0),
                                SYS_RIGHT_MANAGE, &process);

    if (error == 0 && priority > thread->base_priority)
        error = ERR_ARGUMENT;
    if (error == 0)
        error = thread_create(process, argument(thread, 1),
                              argument(thread, 2), argument(thread, 3),
                              (unsigned)priority, &created);
    if (error != 0)
        return error;
    return syscall_add(thread, &created->object, THREAD_RIGHTS);
}

static int64_t
set_priority(struct thread *self, struct thread *thread, uint64_t priority)
{
    if (priority > self->base_priority)
        return ERR_ARGUMENT;
    thread->base_priority = (uint8_t)priority;
    if (thread->caller != NULL && thread->caller->priority > priority)
        priority = thread->caller->priority;
    sched_set_priority(thread, (unsigned)priority);
    return 0;
}

static int64_t
set_affinity(struct thread *thread, uint64_t affinity)
{
    uint32_t cpus = arch_cpu_count();

    if (cpus < 64)
        affinity &= (1ULL << cpus) - 1;
    if (affinity == 0)
        return ERR_ARGUMENT;
    sched_set_affinity(thread, affinity);
    return 0;
}

static int64_t
transfer_registers(struct thread *self, struct thread *thread, bool write)
{
    struct space *space = self->process->space;
    struct sys_registers registers;
    uint64_t address = argument(self, 2);
    int error;

    if (thread == self)
        return ERR_STATE;
    if (argument(self, 3) != sizeof registers)
        return ERR_ARGUMENT;
    if (!write) {
        error = thread_read(thread, &registers);
        return error != 0 ? error
                          : space_write(space, address, &registers,
                                        sizeof registers);
    }
    error = space_read(space, address, &registers, sizeof registers);
    return error != 0 ? error : thread_write(thread, &registers);
}

static int64_t
set_tls(struct thread *self, struct thread *thread, uint64_t base)
{
    if (base >= SYS_USER_END)
        return ERR_ARGUMENT;
    if (thread != self && !thread->stopped)
        return ERR_STATE;
    arch_thread_set_tls(thread, base);
    return 0;
}

/* What only makes sense, or only is safe, for others or for oneself. */
static int64_t
control(struct thread *self, struct thread *thread, uint64_t operation,
        uint64_t value)
{
    switch (operation) {
    case SYS_THREAD_START:
        return thread_start(thread);
    case SYS_THREAD_STOP:
        return thread_stop(thread);
    case SYS_THREAD_KILL:
        thread_kill(thread);
        return 0;
    case SYS_THREAD_INTERRUPT:
        return thread_interrupt(thread);
    case SYS_THREAD_YIELD:
        if (thread != self)
            return ERR_ARGUMENT;
        sched_yield(thread);
        return 0;
    case SYS_THREAD_READ:
    case SYS_THREAD_WRITE:
        return transfer_registers(self, thread, operation == SYS_THREAD_WRITE);
    case SYS_THREAD_PRIORITY:
        return set_priority(self, thread, value);
    case SYS_THREAD_AFFINITY:
        return set_affinity(thread, value);
    case SYS_THREAD_TLS:
        return set_tls(self, thread, value);
    default:
        return ERR_ARGUMENT;
    }
}

int64_t
syscall_thread_control(struct thread *thread)
{
    struct thread *other = thread;
    int error = 0;

    if (argument(thread, 0) != SYS_SELF)
        error = get_thread(thread, 0, SYS_RIGHT_MANAGE, &other);
    if (error == 0 && other->state == SYS_THREAD_DEAD)
        error = ERR_DEAD;
    if (error != 0)
        return error;
    return control(thread, other, argument(thread, 1), argument(thread, 2));
}
