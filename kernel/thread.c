#include "kernel/thread.h"

#include "kernel/cpu_local.h"
#include "kernel/entry.h"
#include "kernel/heap.h"
#include "kernel/ipc.h"
#include "kernel/process.h"
#include "kernel/sched.h"

#define REAP_MAX 16u

static struct cache cache;
static uint64_t last_id, count;
static struct list corpses = { &corpses, &corpses }; /* by queue links */
static bool reaping;        /* the work for them is queued */

static bool
reap_step(struct work *work)
{
    (void)work;
    reaping = thread_reap();
    return reaping;
}

static struct work reaper = { .step = reap_step };

void
threads_init(void)
{
    cache.size = (uint32_t)(THREAD_FPU_OFFSET + arch_thread_fpu_size());
    cache.alignment = THREAD_FPU_ALIGNMENT;
}

/*
 * Two references: the caller's; and that of its reply, which the thread's end
 * drops, so that it lives as long as it may run.
 */
static int
make(struct process *process, unsigned priority, struct thread **result)
{
    struct thread *thread;

    if (process->state != PROCESS_ALIVE)
        return ERR_DEAD;
    thread = cache_take(&cache, process->account);
    if (thread == NULL)
        return ERR_MEMORY;
    object_init(&thread->object, SYS_OBJECT_THREAD, process->account);
    object_init(&thread->reply, SYS_OBJECT_REPLY, process->account);
    object_ref(&thread->object);
    object_ref(&process->object);
    thread->id = ++last_id;
    thread->process = process;
    thread->state = SYS_THREAD_STOPPED;
    thread->stopped = true;
    thread->priority = thread->base_priority = (uint8_t)priority;
    thread->on_cpu = -1;
    thread->last_cpu = (uint16_t)arch_cpu()->number;
    thread->affinity = UINT64_MAX;
    list_init(&thread->queue);
    list_init(&thread->cancel_event.link);
    thread->cancel_event.kind = SYS_GOT_CANCEL;
    list_append(&process->threads, &thread->in_process);
    process->thread_count++;
    count++;
    *result = thread;
    return 0;
}

int
thread_create(struct process *process, uint64_t entry, uint64_t stack,
              uint64_t argument, unsigned priority, struct thread **thread)
{
    int error;

    if (priority >= SYS_PRIORITIES)
        return ERR_ARGUMENT;
    if (entry >= SYS_USER_END || stack > SYS_USER_END)
        return ERR_ADDRESS;
    error = make(process, priority, thread);
    if (error == 0)
        arch_thread_init(*thread, entry, stack, argument);
    return error;
}

int
thread_copy(struct process *process, const struct thread *like,
            struct thread **thread)
{
    int error = make(process, like->base_priority, thread);

    if (error != 0)
        return error;
    (*thread)->affinity = like->affinity;
    (*thread)->fs_base = like->fs_base;
    arch_thread_copy(*thread, like);
    return 0;
}

/* Its frame stands still from here on. */
static void
hold(struct thread *thread)
{
    if (thread->on_cpu >= 0 && thread->on_cpu != (int)arch_cpu()->number)
        arch_thread_hold(thread);
}

/* A CPU has it that should look for something else. */
static void
leave_cpu(const struct thread *thread)
{
    if (thread->on_cpu >= 0)
        arch_cpu_at((uint32_t)thread->on_cpu)->resched = true;
}

int
thread_start(struct thread *thread)
{
    if (thread->state == SYS_THREAD_DEAD)
        return ERR_DEAD;
    if (!thread->stopped)
        return 0;
    thread->stopped = false;
    if (thread->state == SYS_THREAD_STOPPED)
        sched_ready(thread);
    return 0;
}

int
thread_stop(struct thread *thread)
{
    if (thread->state == SYS_THREAD_DEAD)
        return ERR_DEAD;
    thread->stopped = true;
    if (thread->state != SYS_THREAD_READY &&
        thread->state != SYS_THREAD_RUNNING)
        return 0;
    hold(thread);
    sched_block(thread);
    thread->state = SYS_THREAD_STOPPED;
    leave_cpu(thread);
    return 0;
}

void
thread_leave(struct thread *thread)
{
    ipc_abandon(thread);
    sched_block(thread);
    list_remove(&thread->queue); /* what waits for a page is in one, too */
}

/*
 * The last but one step may drop the last reference: thread_free() then only
 * notes it, so thread and process are still there.
 */
void
thread_kill(struct thread *thread)
{
    struct process *process = thread->process;
    struct object *operation = thread->operation;

    if (thread->state == SYS_THREAD_DEAD)
        return;
    thread->killed = true;
    hold(thread);
    thread_leave(thread);
    thread->state = SYS_THREAD_DEAD;
    leave_cpu(thread);
    thread->operation = NULL;
    if (operation != NULL)
        object_unref(operation);
    list_remove(&thread->in_process);
    process->thread_count--;
    object_unref(&thread->reply);
    if (process->thread_count == 0)
        process_thread_ended(process);
}

int
thread_interrupt(struct thread *thread)
{
    return thread->state == SYS_THREAD_DEAD ? ERR_DEAD
                                            : ipc_interrupt(thread);
}

int
thread_read(struct thread *thread, struct sys_registers *registers)
{
    if (thread->state == SYS_THREAD_DEAD)
        return ERR_DEAD;
    if (thread->state == SYS_THREAD_RUNNING && thread != arch_cpu()->current)
        return ERR_STATE;
    arch_thread_get(thread, registers);
    return 0;
}

static bool
waits_for_verdict(const struct thread *thread)
{
    return (thread->state == SYS_THREAD_SENDING ||
            thread->state == SYS_THREAD_CALLING) &&
           thread->kind == SYS_GOT_FAULT;
}

int
thread_write(struct thread *thread, const struct sys_registers *registers)
{
    if (thread->state == SYS_THREAD_DEAD)
        return ERR_DEAD;
    if (thread->state != SYS_THREAD_STOPPED && !waits_for_verdict(thread))
        return ERR_STATE;
    return arch_thread_set(thread, registers);
}

void
thread_free(struct thread *thread)
{
    list_append(&corpses, &thread->queue);
    if (!reaping)
        sched_add_work(&reaper);
    reaping = true;
}

bool
thread_reap(void)
{
    unsigned i;

    for (i = 0; i < REAP_MAX && !list_is_empty(&corpses); i++) {
        struct thread *thread =
            CONTAINER(corpses.next, struct thread, queue);
        struct process *process = thread->process;

        if (thread->on_cpu >= 0)
            sched_unload(arch_cpu_at((uint32_t)thread->on_cpu));
        if (thread->on_cpu >= 0) {
            list_remove(&thread->queue); /* others first */
            list_append(&corpses, &thread->queue);
            return true;
        }
        list_remove(&thread->queue);
        count--;
        cache_release(&cache, thread->object.payer, thread);
        object_unref(&process->object);
    }
    return i > 0;
}

uint64_t
thread_count(void)
{
    return count;
}
