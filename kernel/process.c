#include "kernel/process.h"

#include <stddef.h>

#include "kernel/cpu_local.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/ipc.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/root.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

/* What one step does at most. */
#define KILL_MAX  16u
#define CLOSE_MAX 16u
#define COPY_MAX  256u
#define SWEEP_MAX 16u

static struct cache cache = CACHE(sizeof(struct process), 8);
static uint64_t last_id, count;
static struct list processes = { &processes, &processes }; /* by all links */

static bool ending_step(struct work *work);
static bool sweep_step(struct work *work);

/* payer's is what is left of it when it is dead: the struct. */
static int
make(struct account *account, struct account *payer, struct process **result)
{
    struct process *process = cache_take(&cache, payer);
    int error;

    if (process == NULL)
        return ERR_MEMORY;
    error = space_create(account, &process->space);
    if (error != 0) {
        cache_release(&cache, payer, process);
        return error;
    }
    object_init(&process->object, SYS_OBJECT_PROCESS, payer);
    handle_table_init(&process->handles, account);
    list_init(&process->threads);
    list_init(&process->death.link);
    process->death.kind = SYS_GOT_DEATH;
    process->ending.step = ending_step;
    process->sweep.step = sweep_step;
    process->account = account;
    account_pin(account);
    process->id = ++last_id;
    list_append(&processes, &process->all);
    count++;
    *result = process;
    return 0;
}

int
process_create(struct process *parent, uint64_t limit,
               struct session *supervisor, uint64_t level,
               struct process **process)
{
    struct account *account = &root_account, *payer = &root_account;
    int error;

    if (level > UINT8_MAX)
        return ERR_ARGUMENT;
    if (parent != NULL) {
        if (parent->state != PROCESS_ALIVE)
            return ERR_DEAD;
        if (account_is_sealed(parent->account))
            return ERR_STATE;
        payer = parent->account;
        account = account_create(payer, limit);
        if (account == NULL)
            return ERR_MEMORY;
    }
    error = make(account, payer, process);
    if (error != 0) {
        account_close(account);
        return error;
    }
    (*process)->level = (uint8_t)level;
    (*process)->supervisor = supervisor;
    if (supervisor != NULL)
        object_open(&supervisor->object);
    return 0;
}

/* --- the end -------------------------------------------------------------- */

static bool
kill_threads(struct process *process, unsigned max)
{
    while (!list_is_empty(&process->threads)) {
        if (max-- == 0)
            return true;
        thread_kill(CONTAINER(process->threads.next, struct thread,
                              in_process));
    }
    return false;
}

/*
 * Those that run now may be more urgent than the work that ends the others,
 * and keep it waiting for ever. To end them all here would take a step longer
 * with each CPU, and wait for one after the other: each CPU is asked to, and
 * kernel_choose() ends what it finds.
 */
static void
kill_running(const struct process *process)
{
    for (uint32_t i = 0; i < arch_cpu_count(); i++) {
        struct cpu_local *cpu = arch_cpu_at(i);
        struct thread *thread = cpu->current;

        if (thread == NULL || thread->process != process)
            continue;
        if (cpu == arch_cpu())
            thread_kill(thread);
        else
            sched_unload(cpu);
    }
}

void
process_end(struct process *process, const uint64_t words[4])
{
    if (process->state != PROCESS_ALIVE)
        return;
    if (process->id == ROOT_PROCESS)
        root_ended(words);
#ifdef DEBUG
    arch_space_check(space_arch(process->space));
#endif
    process->state = PROCESS_DYING;
    for (unsigned i = 0; i < 4; i++)
        process->death_words[i] = words[i];
    object_ref(&process->object); /* the work's */
    kill_running(process);
    kill_threads(process, KILL_MAX);
    sched_add_work(&process->ending);
}

void
process_thread_ended(struct process *process)
{
    static const uint64_t words[4] = { SYS_DEATH_EXIT };

    process_end(process, words);
}

/* No CPU may have page tables that go away; true: one still has. */
static bool
is_loaded(const struct space *space)
{
    bool loaded = false;

    for (uint32_t i = 0; i < arch_cpu_count(); i++) {
        struct cpu_local *cpu = arch_cpu_at(i);

        if (cpu->space != space)
            continue;
        sched_unload(cpu);
        loaded |= cpu->space == space;
    }
    return loaded;
}

static void
forget_clone(struct process *process)
{
    struct process *original = process->clone_of;

    process->clone_of = NULL;
    if (original != NULL)
        object_unref(&original->object);
}

static void
release_ports(struct process *process)
{
    if (process->ports == NULL)
        return;
    ASSERT(frame_release(process->ports_payer, virt_to_phys(process->ports),
                         1) == 0);
    process->ports = NULL;
}

/*
 * All that it held is back: only now somebody is told. Nobody knows of a clone
 * that was not finished.
 */
static void
finish(struct process *process)
{
    struct session *supervisor =
        process->clone_of == NULL ? process->supervisor : NULL;

    forget_clone(process);
    release_ports(process);
    account_close(process->account);
    process->state = PROCESS_DEAD;
    if (supervisor != NULL && !supervisor->endpoint->object.dead) {
        object_ref(&process->object);
        endpoint_post(supervisor->endpoint, &process->death);
    }
    object_unref(&process->object);
}

static bool
ending_step(struct work *work)
{
    struct process *process = CONTAINER(work, struct process, ending);

    if (process->thread_count > 0) {
        kill_threads(process, KILL_MAX);
        return true;
    }
    if (thread_reap() || handle_table_clear(&process->handles, CLOSE_MAX))
        return true;
    if (process->space != NULL) {
        if (!is_loaded(process->space) &&
            !space_destroy_step(process->space))
            process->space = NULL;
        return true;
    }
    finish(process);
    return false;
}

/* One that nobody knows any more, and that never had a thread, ends first. */
void
process_free(struct process *process)
{
    static const uint64_t words[4] = { SYS_DEATH_KILLED };
    struct account *account = process->account;

    if (process->state != PROCESS_DEAD) {
        process_end(process, words);
        return;
    }
    if (process->supervisor != NULL)
        object_close(&process->supervisor->object);
    count--;
    list_remove(&process->all);
    cache_release(&cache, process->object.payer, process);
    account_unpin(account);
}

/* --- the end of all below ------------------------------------------------- */

void
process_end_below(struct process *process)
{
    if (process->account->sealed)
        return; /* that goes on already, and nothing new can be below */
    process->account->sealed = true;
    process->sweep_end = last_id;
    object_ref(&process->object); /* the work's */
    sched_add_work(&process->sweep);
}

static void
move_sweep(struct process *process, struct process *to)
{
    struct process *from = process->swept;

    if (to != NULL)
        object_ref(&to->object);
    process->swept = to;
    if (from != NULL)
        object_unref(&from->object);
}

/* The next one that the sweep has not looked at, or NULL. */
static struct process *
next_to_sweep(const struct process *process)
{
    const struct process *last = process->swept;
    struct list *link = last != NULL ? last->all.next : processes.next;
    struct process *next = CONTAINER(link, struct process, all);

    return link == &processes || next->id > process->sweep_end ? NULL : next;
}

/* At most one ends in a step. */
static bool
sweep_step(struct work *work)
{
    static const uint64_t words[4] = { SYS_DEATH_KILLED };
    struct process *process = CONTAINER(work, struct process, sweep), *at;

    for (unsigned i = 0; i < SWEEP_MAX; i++) {
        at = next_to_sweep(process);
        move_sweep(process, at);
        if (at == NULL) {
            process->account->sealed = false;
            object_unref(&process->object);
            return false;
        }
        if (at->state == PROCESS_ALIVE &&
            account_is_below(at->account, process->account)) {
            process_end(at, words);
            return true;
        }
    }
    return true;
}

void
process_fault(struct thread *thread, const uint64_t words[SYS_WORDS])
{
    struct process *process = thread->process;
    const uint64_t death[4] = {
        SYS_DEATH_FAULT, words[SYS_FAULT_VECTOR], words[SYS_FAULT_ADDRESS],
        words[SYS_FAULT_RIP],
    };

    if (process->supervisor == NULL ||
        ipc_report(thread, process->supervisor, SYS_GOT_FAULT, words) < 0)
        process_end(process, death);
}

uint64_t
process_count(void)
{
    return count;
}

/* --- clone ---------------------------------------------------------------- */

static int
begin_clone(struct process *process, uint64_t limit, struct process *payer,
            struct process **result)
{
    struct process *clone;
    int error = process_create(payer, limit, process->supervisor,
                               process->level, &clone);

    if (error != 0)
        return error;
    clone->clone_of = process;
    object_ref(&process->object);
    *result = clone;
    return 0;
}

/* Registers and FPU state are complete only when no CPU has them. */
static int
clone_thread(struct process *clone, const struct thread *caller,
             struct process *server, handle_t *reply)
{
    struct thread *thread;
    int error = thread_copy(clone, caller, &thread);

    if (error != 0)
        return error;
    thread->stopped = false;
    error = ipc_adopt(thread, caller, server, reply);
    if (error != 0)
        thread_kill(thread); /* and with its last thread the clone */
    object_unref(&thread->object);
    if (error == 0)
        forget_clone(clone);
    return error;
}

static int
clone_step(struct process *clone, struct process *process,
           const struct thread *caller, struct process *server,
           handle_t *reply)
{
    int error = 0;

    if (clone->clone_address < SYS_USER_END)
        error = space_clone(clone->space, process->space,
                            &clone->clone_address);
    else if (clone->clone_handle < HANDLE_MAX)
        error = handle_table_copy(&clone->handles, &process->handles,
                                  &clone->clone_handle, COPY_MAX);
    else if (caller->on_cpu < 0)
        return clone_thread(clone, caller, server, reply);
    return error != 0 ? error : ERR_AGAIN;
}

int
process_clone(struct process *process, struct thread *caller, uint64_t limit,
              struct thread *server, struct process **clone, handle_t *reply)
{
    int error;

    if (process->state != PROCESS_ALIVE)
        return ERR_DEAD;
    if (caller->process != process || caller->state != SYS_THREAD_CALLING ||
        caller->kind != SYS_GOT_CALL)
        return ERR_STATE;
    if (*clone == NULL) {
        error = begin_clone(process, limit, server->process, clone);
        return error != 0 ? error : ERR_AGAIN;
    }
    if ((*clone)->state != PROCESS_ALIVE)
        return ERR_DEAD;
    if ((*clone)->clone_of != process)
        return ERR_STATE;
    return clone_step(*clone, process, caller, server->process, reply);
}

/* --- swap ----------------------------------------------------------------- */

static void
exchange(struct process *a, struct process *b)
{
    struct space *space = a->space;
    struct account *account = a->account;

    a->space = b->space;
    b->space = space;
    a->account = a->handles.payer = b->account;
    b->account = b->handles.payer = account;
}

/* All but keep; true when there are more than one step may end. */
static bool
kill_others(struct process *process, const struct thread *keep)
{
    for (unsigned i = 0; process->thread_count > 1; i++) {
        struct list *link = process->threads.next;

        if (i == KILL_MAX)
            return true;
        if (link == &keep->in_process)
            link = link->next;
        thread_kill(CONTAINER(link, struct thread, in_process));
    }
    return false;
}

static bool
may_swap(const struct process *process, const struct process *source,
         const struct thread *keep)
{
    return process != source && source->thread_count == 0 &&
           source->clone_of == NULL && keep->process == process &&
           !account_is_sealed(process->account) &&
           !account_is_sealed(source->account) &&
           (keep->state != SYS_THREAD_RUNNING ||
            keep == arch_cpu()->current);
}

int
process_swap(struct process *process, struct process *source,
             struct thread *keep, uint64_t entry, uint64_t stack,
             uint64_t argument)
{
    struct cpu_local *cpu = arch_cpu();

    if (process->state != PROCESS_ALIVE || source->state != PROCESS_ALIVE ||
        keep->state == SYS_THREAD_DEAD)
        return ERR_DEAD;
    if (entry >= SYS_USER_END || stack > SYS_USER_END)
        return ERR_ADDRESS;
    if (!may_swap(process, source, keep))
        return ERR_STATE;
    if (kill_others(process, keep))
        return ERR_AGAIN;
    if (cpu->current == keep)
        arch_switch(cpu, NULL); /* no CPU has the old page tables now */
    if (keep->on_cpu >= 0)
        return ERR_AGAIN; /* its CPU is about to leave it */
    thread_leave(keep);
    exchange(process, source);
    keep->fs_base = 0;
    arch_thread_init(keep, entry, stack, argument);
    sched_ready(keep);
    return 0;
}
