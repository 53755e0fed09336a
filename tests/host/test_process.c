/*
 * Processes, threads and devices from their making to their end. IPC,
 * scheduler, address spaces and CPUs are stand-ins that check what they are
 * asked for: nothing runs twice, no page table goes away while it is loaded.
 */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cpu_local.h"
#include "kernel/device.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/image.h"
#include "kernel/interrupt.h"
#include "kernel/ipc.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/root.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "tests/host/frames_stand_in.h"

#define SEED 20261121u
#define CPUS 3u

/* --- CPUs ----------------------------------------------------------------- */

static struct cpu_local cpus[CPUS];
static uint32_t this_cpu;
static unsigned kicks[CPUS], holds;
static uint8_t loaded_ports[CPUS][8192];

struct cpu_local *
arch_cpu(void)
{
    return &cpus[this_cpu];
}

struct cpu_local *
arch_cpu_at(uint32_t number)
{
    assert_true(number < CPUS);
    return &cpus[number];
}

uint32_t
arch_cpu_count(void)
{
    return CPUS;
}

void
arch_switch(struct cpu_local *cpu, struct thread *thread)
{
    assert_ptr_equal(cpu, arch_cpu());
    if (cpu->current != NULL)
        cpu->current->on_cpu = -1;
    cpu->current = thread;
    cpu->space = NULL;
    if (thread != NULL) {
        assert_int_equal(thread->on_cpu, -1);
        thread->on_cpu = (int16_t)cpu->number;
        cpu->space = thread->process->space;
    }
}

void
arch_cpu_kick(uint32_t number)
{
    assert_int_not_equal(number, this_cpu);
    assert_true(cpus[number].resched);
    kicks[number]++;
}

void
arch_thread_hold(struct thread *thread)
{
    assert_true(thread->on_cpu >= 0);
    assert_int_not_equal(thread->on_cpu, this_cpu);
    holds++;
}

void
arch_load_ports(struct cpu_local *cpu, const uint8_t *bitmap)
{
    memcpy(loaded_ports[cpu->number], bitmap, sizeof loaded_ports[0]);
}

void
sched_unload(struct cpu_local *cpu)
{
    if (cpu == arch_cpu()) {
        arch_switch(cpu, NULL);
    } else if (!cpu->resched) {
        cpu->resched = true;
        arch_cpu_kick(cpu->number);
    }
}

static unsigned lent; /* ports that drivers have */

void
arch_ports_lend(uint32_t first, uint32_t count, bool is_lent)
{
    (void)first;
    lent += is_lent ? count : 0 - count;
}

/* The others take up what they were asked to look at. */
static void
others_leave(void)
{
    uint32_t me = this_cpu;

    for (this_cpu = 0; this_cpu < CPUS; this_cpu++) {
        struct cpu_local *cpu = &cpus[this_cpu];

        if (this_cpu == me || !cpu->resched)
            continue;
        cpu->resched = false;
        if (cpu->current != NULL &&
            cpu->current->process->state != PROCESS_ALIVE)
            thread_kill(cpu->current); /* as kernel_choose() does */
        if (cpu->current == NULL || cpu->current->state != SYS_THREAD_RUNNING)
            arch_switch(cpu, NULL);
    }
    this_cpu = me;
}

static void
run_on(struct thread *thread, uint32_t number)
{
    uint32_t me = this_cpu;

    assert_int_equal(thread->state, SYS_THREAD_READY);
    sched_block(thread);
    this_cpu = number;
    arch_switch(arch_cpu(), thread);
    this_cpu = me;
    thread->state = SYS_THREAD_RUNNING;
}

/* --- scheduler ------------------------------------------------------------ */

static struct work *works;
static bool last_first; /* no order of works may be relied on */
static unsigned steps;
static unsigned closed_in_step, killed_in_step;

void
sched_ready(struct thread *thread)
{
    assert_int_not_equal(thread->state, SYS_THREAD_DEAD);
    assert_false(thread->queued);
    assert_true(list_is_empty(&thread->queue));
    thread->queued = !thread->stopped;
    thread->state = thread->stopped ? SYS_THREAD_STOPPED : SYS_THREAD_READY;
}

void
sched_block(struct thread *thread)
{
    thread->queued = false;
}

void
sched_add_work(struct work *work)
{
    struct work **last = &works;

    for (; *last != NULL; last = &(*last)->next)
        assert_ptr_not_equal(*last, work);
    if (last_first)
        last = &works;
    work->next = *last;
    *last = work;
}

/* All of it, as long as it takes; a step may free its work. */
static void
do_work(void)
{
    for (unsigned i = 0; works != NULL; i++) {
        struct work *work = works;

        assert_true(i < 100000);
        works = work->next;
        closed_in_step = killed_in_step = 0;
        steps++;
        if (work->step(work))
            sched_add_work(work);
        assert_true(closed_in_step <= 16 && killed_in_step <= 16);
        others_leave();
    }
}

/* --- registers ------------------------------------------------------------ */

#define FPU_SIZE 576u

size_t
arch_thread_fpu_size(void)
{
    return FPU_SIZE;
}

void
arch_thread_init(struct thread *thread, uint64_t entry, uint64_t stack,
                 uint64_t argument)
{
    assert_int_equal((uintptr_t)thread_fpu(thread) % 64, 0);
    memset(thread->frame, 0, sizeof thread->frame);
    memset(thread_fpu(thread), 0, FPU_SIZE);
    thread->frame[0] = entry;
    thread->frame[1] = stack;
    thread->frame[2] = argument;
}

void
arch_thread_copy(struct thread *to, const struct thread *from)
{
    assert_int_equal(from->on_cpu, -1);
    memcpy(to->frame, from->frame, sizeof to->frame);
    memcpy(thread_fpu(to), thread_fpu(from), FPU_SIZE);
}

void
arch_thread_get(const struct thread *thread, struct sys_registers *registers)
{
    registers->rip = thread->frame[0];
}

int
arch_thread_set(struct thread *thread, const struct sys_registers *registers)
{
    if (registers->rip >= SYS_USER_END)
        return ERR_ARGUMENT;
    thread->frame[0] = registers->rip;
    return 0;
}

void
arch_thread_result(struct thread *thread, int64_t result)
{
    thread->frame[3] = (uint64_t)result;
}

/* --- IPC ------------------------------------------------------------------ */

static int report_result, adopt_error;
static unsigned reports, interrupted;

/* A kept reply is closed in its table, as the real one does. */
void
ipc_abandon(struct thread *thread)
{
    killed_in_step++;
    thread->session = NULL;
    if (thread->notification != NULL)
        notification_leave(thread);
    if (thread->kept_in != NULL) {
        struct process *in = thread->kept_in;

        thread->kept_in = NULL;
        assert_int_equal(handle_close(&in->handles, thread->kept_handle), 0);
    }
    if (thread->state >= SYS_THREAD_SENDING &&
        thread->state <= SYS_THREAD_RECEIVING) {
        list_remove(&thread->queue);
        thread->state = SYS_THREAD_STOPPED;
    }
}

void
reply_closed(struct object *reply)
{
    CONTAINER(reply, struct thread, reply)->kept_in = NULL;
}

int
ipc_interrupt(struct thread *thread)
{
    if (thread->state < SYS_THREAD_SENDING ||
        (thread->state <= SYS_THREAD_CALLING &&
         thread->kind != SYS_GOT_CALL) ||
        (thread->state == SYS_THREAD_WAITING && thread->notification == NULL))
        return ERR_STATE;
    if (thread->state != SYS_THREAD_WAITING) {
        interrupted++;
        return 0;
    }
    notification_leave(thread);
    arch_thread_result(thread, ERR_INTERRUPTED);
    sched_ready(thread);
    return 0;
}

int
ipc_report(struct thread *thread, struct session *session,
           enum sys_received kind, const uint64_t words[SYS_WORDS])
{
    assert_int_equal(kind, SYS_GOT_FAULT);
    assert_ptr_equal(session, thread->process->supervisor);
    assert_int_equal(words[SYS_FAULT_VECTOR], 14);
    reports++;
    return report_result;
}

/* Make thread one that waits in a call, its reply kept by that process. */
static int
keep(struct thread *thread, struct process *server, handle_t *reply)
{
    int error = handle_add(&server->handles, &thread->reply, 0, reply);

    if (error != 0)
        return error;
    thread->state = SYS_THREAD_CALLING;
    thread->kind = SYS_GOT_CALL;
    thread->kept_handle = *reply;
    thread->kept_in = server;
    return 0;
}

int
ipc_adopt(struct thread *child, const struct thread *like,
          struct process *server, handle_t *reply)
{
    assert_int_equal(child->state, SYS_THREAD_STOPPED);
    assert_false(child->stopped);
    assert_int_equal(like->state, SYS_THREAD_CALLING);
    if (adopt_error != 0)
        return adopt_error;
    return keep(child, server, reply);
}

void
notification_leave(struct thread *thread)
{
    assert_non_null(thread->notification);
    thread->notification = NULL;
    list_remove(&thread->queue);
}

/* --- other objects -------------------------------------------------------- */

static unsigned objects_freed;
static uint64_t signaled;
static struct process *dead; /* whose death was posted last */
static unsigned deaths;
static uint64_t frames_at_death;

void
notification_signal(struct notification *notification, uint64_t bits)
{
    (void)notification;
    signaled |= bits;
}

void
notification_closed(struct notification *notification)
{
    (void)notification;
    closed_in_step++;
}

void
notification_free(struct notification *notification)
{
    (void)notification;
    objects_freed++;
}

void
endpoint_post(struct endpoint *endpoint, struct event *event)
{
    struct process *process = CONTAINER(event, struct process, death);

    assert_false(endpoint->object.dead);
    assert_int_equal(event->kind, SYS_GOT_DEATH);
    assert_int_equal(process->state, PROCESS_DEAD);
    assert_true(process->account->closed);
    assert_null(process->space);
    deaths++;
    dead = process;
    frames_at_death = frames_out;
}

_Noreturn void
root_ended(const uint64_t words[4])
{
    fail_msg("%lu", words[0]);
    abort();
}

#define NEVER(name, type) void name(struct type *it) { fail_msg("%p", it); }
NEVER(endpoint_closed, endpoint)
NEVER(endpoint_free, endpoint)
NEVER(session_closed, session)
NEVER(session_free, session)
NEVER(memory_free, memory)

/* --- address spaces ------------------------------------------------------- */

#define SPACE_FRAMES 4u
#define CLONE_STEPS  3u

struct space {
    struct account *account;
    paddr_t frames[SPACE_FRAMES];
    unsigned count;
};

static unsigned spaces;

static int
space_grow(struct space *space)
{
    paddr_t frame = frame_take(space->account, 0, 0);

    if (frame == 0)
        return ERR_MEMORY;
    space->frames[space->count++] = frame;
    return 0;
}

int
space_create(struct account *account, struct space **result)
{
    struct space *space = calloc(1, sizeof *space);

    space->account = account;
    if (space_grow(space) != 0) {
        free(space);
        return ERR_MEMORY;
    }
    spaces++;
    *result = space;
    return 0;
}

bool
space_destroy_step(struct space *space)
{
    for (uint32_t i = 0; i < CPUS; i++)
        assert_ptr_not_equal(cpus[i].space, space);
    if (space->count > 0) {
        paddr_t frame = space->frames[--space->count];

        assert_int_equal(frame_release(space->account, frame, 0), 0);
        return true;
    }
    free(space);
    spaces--;
    return false;
}

int
space_clone(struct space *to, struct space *from, uint64_t *address)
{
    assert_ptr_not_equal(to, from);
    assert_true(from->count > 0);
    if (space_grow(to) != 0)
        return ERR_MEMORY;
    *address = to->count > CLONE_STEPS ? SYS_USER_END : to->count;
    return 0;
}

/* --- interrupt lines ------------------------------------------------------ */

#define ISA  SYS_DEVICE_ISA_INTERRUPT
#define LINES 18u

static interrupt_fn *line_handlers[LINES];
static void *line_contexts[LINES];
static bool line_open[LINES], line_made[LINES];

unsigned
arch_irq_vector(unsigned irq)
{
    return irq == 2 ? 0 : 32 + irq;
}

bool
arch_irq_loses(unsigned irq)
{
    return irq == 5;
}

bool
irq_attach(unsigned irq, interrupt_fn *handler, void *context)
{
    if (line_handlers[irq] != NULL)
        return false;
    line_handlers[irq] = handler;
    line_contexts[irq] = context;
    return true;
}

void
irq_detach(unsigned irq)
{
    assert_non_null(line_handlers[irq]);
    line_handlers[irq] = NULL;
    line_open[irq] = false;
}

void
arch_irq_mask(unsigned irq, bool masked)
{
    line_open[irq] = !masked;
}

/* Two at a time. */
static int
open_line(unsigned *irq)
{
    for (*irq = 16; *irq < LINES; (*irq)++)
        if (!line_made[*irq]) {
            line_made[*irq] = true;
            return 0;
        }
    return ERR_MEMORY;
}

/* Line 3 has ISA interrupt 3, and beyond 23 there are no lines. */
int
arch_irq_open_gsi(uint32_t gsi, unsigned *irq)
{
    *irq = gsi;
    if (gsi > 23)
        return ERR_ARGUMENT;
    return gsi == 3 ? 0 : open_line(irq);
}

int
arch_irq_open_message(unsigned *irq)
{
    return open_line(irq);
}

void
arch_irq_close(unsigned irq)
{
    assert_null(irq < 16 ? NULL : line_handlers[irq]);
    line_made[irq] = false;
}

static unsigned own_ranges;

/* At the borders of words. */
struct port_range
arch_own_ports(unsigned n)
{
    static const struct port_range ranges[] = { { 448, 1 }, { 575, 65 } };

    return n < own_ranges ? ranges[n] : (struct port_range){ 0, 0 };
}

/* --- set-up --------------------------------------------------------------- */

static struct endpoint endpoint;
static struct session supervisor;
static struct notification things[64];
#define THINGS (sizeof things / sizeof *things)

static struct process *root;

static int
reset(void **state)
{
    static bool begun;

    (void)state;
    memset(cpus, 0, sizeof cpus);
    for (uint32_t i = 0; i < CPUS; i++)
        cpus[i].number = i;
    this_cpu = 0;
    works = NULL;
    frames_fail_at = 0;
    dead = NULL;
    deaths = reports = interrupted = holds = steps = 0;
    report_result = IPC_LATER;
    accounts_init();
    if (!begun) { /* as at the start of a machine, once */
        threads_init();
        devices_init();
    }
    begun = true;
    object_init(&endpoint.object, SYS_OBJECT_ENDPOINT, &root_account);
    object_init(&supervisor.object, SYS_OBJECT_SESSION, &root_account);
    supervisor.endpoint = &endpoint;
    object_open(&supervisor.object); /* a handle of whoever made it */
    for (size_t i = 0; i < THINGS; i++)
        object_init(&things[i].object, SYS_OBJECT_NOTIFICATION,
                    &root_account);
    assert_int_equal(process_create(NULL, 0, NULL, 3, &root), 0);
    root->id = UINT64_MAX; /* it may end here, as the root task may not */
    return 0;
}

static void
take_death(const struct process *process)
{
    assert_int_equal(deaths, 1);
    assert_ptr_equal(dead, process);
    object_unref(&dead->object);
    deaths = 0;
}

static const uint64_t killed[4] = { SYS_DEATH_KILLED, 9 };

static void
end(struct process *process)
{
    process_end(process, killed);
    do_work();
}

static int
nothing_left(void **state)
{
    (void)state;
    end(root);
    object_unref(&root->object);
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(things[i].object.references, 1);
    assert_int_equal(supervisor.object.handles, 1);
    assert_int_equal(process_count(), 0);
    assert_int_equal(lent, 0);
    assert_int_equal(thread_count(), 0);
    assert_int_equal(spaces, 0);
    assert_int_equal(deaths, 0);
    assert_int_equal(heap_bytes(), 0);
    assert_int_equal(root_account.used, 0);
    assert_int_equal(frames_out, 0);
    return 0;
}

static struct process *
make_process(uint64_t limit)
{
    struct process *process;

    assert_int_equal(process_create(root, limit, &supervisor, 5, &process),
                     0);
    return process;
}

/* Its reference is given up: it lives by itself. */
static struct thread *
make_thread(struct process *process)
{
    struct thread *thread;

    assert_int_equal(thread_create(process, 0x401000, 0x7000, 77, 10,
                                   &thread), 0);
    assert_int_equal(thread->object.references, 2);
    object_unref(&thread->object);
    return thread;
}

static struct thread *
make_ready(struct process *process)
{
    struct thread *thread = make_thread(process);

    assert_int_equal(thread_start(thread), 0);
    assert_int_equal(thread->state, SYS_THREAD_READY);
    return thread;
}

static handle_t
give(struct process *process, size_t thing, uint32_t rights)
{
    handle_t handle;

    assert_int_equal(handle_add(&process->handles, &things[thing].object,
                                rights, &handle), 0);
    return handle;
}

/* --- processes ------------------------------------------------------------ */

static void
create_and_end_once(void)
{
    uint64_t before = frames_out, used = root_account.used;
    struct process *process = make_process(100), *other;

    assert_true(root_account.used >= used + 100);
    assert_int_equal(process->level, 5);
    assert_int_equal(process_create(process, 99, NULL, 1, &other),
                     ERR_MEMORY);
    assert_int_equal(process_create(root, 5, NULL, 256, &other),
                     ERR_ARGUMENT);
    for (size_t i = 0; i < THINGS; i++)
        give(process, i, 0);
    for (unsigned i = 0; i < 40; i++)
        make_thread(process);
    assert_int_equal(process->thread_count, 40);
    process_end(process, killed);
    process_end(process, (uint64_t[4]){ SYS_DEATH_EXIT });
    assert_int_equal(process->thread_count, 40 - 16);
    assert_int_equal(process->state, PROCESS_DYING);
    assert_int_equal(process_create(process, 1, NULL, 1, &other), ERR_DEAD);
    do_work();
    assert_true(steps > 5);
    assert_int_equal(process->death_words[0], SYS_DEATH_KILLED);
    assert_int_equal(process->death_words[1], 9);
    assert_true(frames_at_death <= before + 1); /* the corpse's struct */
    take_death(process);
    object_unref(&process->object);
    assert_int_equal(frames_out, before);
    assert_int_equal(root_account.used, used);
}

static void
create_and_end(void **state)
{
    (void)state;
    create_and_end_once();
    last_first = true;
    create_and_end_once();
    last_first = false;
}

static void
every_refusal(void **state)
{
    uint64_t before = frames_out, used = root_account.used;
    struct process *process;
    unsigned fail = 0, limit = 0;
    int error;

    (void)state;
    do {
        frames_fail_at = ++fail;
        error = process_create(root, 20, &supervisor, 1, &process);
        if (error == 0)
            break;
        assert_int_equal(error, ERR_MEMORY);
        assert_int_equal(frames_out, before);
        assert_int_equal(root_account.used, used);
        assert_int_equal(supervisor.object.handles, 1);
    } while (true);
    assert_true(fail > 2);
    frames_fail_at = 0;
    end(process);
    take_death(process);
    object_unref(&process->object);
    while ((error = process_create(root, limit, NULL, 1, &process)) != 0) {
        assert_int_equal(error, ERR_MEMORY);
        assert_int_equal(root_account.used, used);
        limit++;
    }
    assert_true(limit >= 1);
    end(process);
    object_unref(&process->object);
}

/* Nobody knows it and it never lived: it goes by itself. */
static void
forgotten(void **state)
{
    struct process *process = make_process(10);

    (void)state;
    give(process, 0, 0);
    object_unref(&process->object);
    do_work();
    take_death(process);
}

static void
last_thread(void **state)
{
    struct process *process = make_process(100);
    struct thread *a = make_ready(process), *b = make_ready(process);

    (void)state;
    thread_kill(a);
    assert_int_equal(process->state, PROCESS_ALIVE);
    thread_kill(b);
    assert_int_equal(process->state, PROCESS_DYING);
    thread_kill(b);
    do_work();
    assert_int_equal(process->death_words[0], SYS_DEATH_EXIT);
    take_death(process);
    object_unref(&process->object);
}

/* One step of the work that came last; what a step may end. */
static void
do_step(void)
{
    struct work *work = works;

    works = work->next;
    killed_in_step = 0;
    if (work->step(work))
        sched_add_work(work);
    assert_true(killed_in_step <= 16);
}

static struct process *
make_below(struct process *parent, uint64_t limit)
{
    struct process *process;
    handle_t own;

    assert_int_equal(process_create(parent, limit, NULL, 5, &process), 0);
    assert_int_equal(handle_add(&process->handles, &process->object, 0, &own),
                     0);
    object_unref(&process->object); /* only it knows itself */
    return process;
}

/*
 * All below one process ends, whether it lives or not, and however deep; it
 * alone, those beside it, and those of a later time do not.
 */
static void
end_below_once(bool dead_itself)
{
    uint64_t before = frames_out, used = root_account.used, count;
    struct process *top = make_process(5000), *beside = make_process(100);
    struct process *below[40], *other;

    for (unsigned i = 0; i < 40; i++) {
        below[i] = make_below(i % 3 == 0 ? top : below[i - 1],
                              300 - i % 3 * 100);
        for (unsigned j = 0; j < 20; j++)
            make_thread(below[i]);
    }
    if (dead_itself) {
        end(top);
        take_death(top);
        assert_true(frames_out > before + 100);
    }
    count = process_count();
    process_end_below(top);
    process_end_below(top);
    do_step();
    assert_int_equal(process_count(), count);
    assert_int_equal(process_create(top, 1, NULL, 1, &other),
                     dead_itself ? ERR_DEAD : ERR_STATE);
    if (below[39]->state == PROCESS_ALIVE)
        assert_int_equal(process_create(below[39], 1, NULL, 1, &other),
                         ERR_STATE);
    other = make_process(50); /* later, beside */
    do_work();
    assert_int_equal(process_count(), count - 40 + 1);
    assert_int_equal(beside->state, PROCESS_ALIVE);
    assert_int_equal(other->state, PROCESS_ALIVE);
    assert_int_equal(deaths, 0);
    if (!dead_itself) {
        assert_int_equal(top->state, PROCESS_ALIVE);
        make_below(top, 10); /* it may again */
        process_end_below(top);
        end(top);
        take_death(top);
    }
    object_unref(&top->object);
    end(beside);
    take_death(beside);
    object_unref(&beside->object);
    end(other);
    take_death(other);
    object_unref(&other->object);
    assert_int_equal(frames_out, before);
    assert_int_equal(root_account.used, used);
}

static void
end_below(void **state)
{
    (void)state;
    root->id = 0;
    for (unsigned i = 0; i < 4; i++) {
        last_first = i % 2 != 0;
        end_below_once(i / 2 != 0);
    }
    last_first = false;
    root->id = UINT64_MAX;
}

/* What was swapped in comes later in the list than what is paid for. */
static void
no_way_out_by_a_swap(void **state)
{
    struct process *top = make_process(500), *friend = make_process(500);
    struct process *in, *out;
    struct thread *thread;

    (void)state;
    root->id = 0;
    assert_int_equal(process_create(friend, 100, NULL, 5, &out), 0);
    assert_int_equal(process_create(top, 100, NULL, 5, &in), 0);
    thread = make_ready(in);
    process_end_below(top);
    assert_int_equal(process_swap(in, out, thread, 0x401000, 0x7000, 0),
                     ERR_STATE);
    assert_int_equal(process_swap(out, in, thread, 0x401000, 0x7000, 0),
                     ERR_STATE);
    do_work();
    assert_int_equal(in->state, PROCESS_DEAD);
    assert_int_equal(out->state, PROCESS_ALIVE);
    object_unref(&in->object);
    assert_int_equal(process_create(top, 100, NULL, 5, &in), 0);
    thread = make_ready(out);
    assert_int_equal(process_swap(out, in, thread, 0x401000, 0x7000, 0), 0);
    process_end_below(top); /* pays for out, which is the older one */
    do_work();
    assert_int_equal(out->state, PROCESS_DEAD);
    assert_int_equal(in->state, PROCESS_ALIVE);
    object_unref(&in->object);
    object_unref(&out->object);
    assert_int_equal(process_create(top, 100, NULL, 5, &in), 0);
    thread = make_ready(top);
    assert_int_equal(process_swap(top, in, thread, 0x401000, 0x7000, 0), 0);
    process_end_below(in); /* now that pays for top */
    do_work();
    take_death(top);
    end(in);
    object_unref(&in->object);
    object_unref(&top->object);
    end(friend);
    take_death(friend);
    object_unref(&friend->object);
    root->id = UINT64_MAX;
}

/* Its threads run here, elsewhere and nowhere when it ends. */
static void
end_while_running(void **state)
{
    struct process *process = make_process(200);
    struct thread *threads[60];

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        threads[i] = make_ready(process);
    run_on(threads[59], 0);
    run_on(threads[40], 2);
    kicks[2] = 0;
    process_end(process, killed);
    assert_int_equal(threads[59]->state, SYS_THREAD_DEAD);
    assert_int_equal(process->thread_count, 60 - 1 - 16);
    assert_true(cpus[0].resched && cpus[2].resched);
    assert_int_equal(threads[40]->state, SYS_THREAD_RUNNING);
    assert_int_equal(kicks[2], 1); /* asked, and not waited for */
    assert_int_equal(holds, 0);
    others_leave();
    assert_int_equal(process->thread_count, 60 - 2 - 16);
    assert_null(cpus[2].current);
    assert_ptr_equal(cpus[0].current, threads[59]); /* still its registers */
    do_work();
    assert_null(cpus[0].current);
    take_death(process);
    object_unref(&process->object);
}

/* A CPU that keeps the tables loaded after its thread has gone. */
static void
loaded_elsewhere(void **state)
{
    struct process *process = make_process(50);

    (void)state;
    cpus[1].space = process->space;
    cpus[0].space = process->space;
    kicks[1] = 0;
    end(process);
    assert_true(kicks[1] > 0);
    take_death(process);
    object_unref(&process->object);
}

static void
faults(void **state)
{
    static const uint64_t words[SYS_WORDS] = {
        [SYS_FAULT_VECTOR] = 14, [SYS_FAULT_ADDRESS] = 0x1234,
        [SYS_FAULT_RIP] = 0x401007,
    };
    struct process *process;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        bool known = i > 0, dies = i != 1;
        struct thread *thread;

        reports = 0;
        report_result = i == 1 ? IPC_LATER : ERR_DEAD;
        assert_int_equal(process_create(root, 50, known ? &supervisor : NULL,
                                        1, &process), 0);
        thread = make_ready(process);
        run_on(thread, 0);
        process_fault(thread, words);
        assert_int_equal(reports, known);
        assert_int_equal(process->state,
                         dies ? PROCESS_DYING : PROCESS_ALIVE);
        if (dies) {
            assert_int_equal(process->death_words[0], SYS_DEATH_FAULT);
            assert_int_equal(process->death_words[1], 14);
            assert_int_equal(process->death_words[2], 0x1234);
            assert_int_equal(process->death_words[3], 0x401007);
        }
        end(process);
        if (known)
            take_death(process);
        object_unref(&process->object);
    }
}

static void
dead_supervisor(void **state)
{
    struct process *process = make_process(50);

    (void)state;
    endpoint.object.dead = true;
    end(process);
    assert_int_equal(deaths, 0);
    object_unref(&process->object);
    endpoint.object.dead = false;
}

/* --- threads -------------------------------------------------------------- */

static void
creation(void **state)
{
    struct process *process = make_process(50);
    struct thread *thread;
    uint64_t id = make_thread(process)->id;
    int error;

    (void)state;
    assert_int_equal(thread_create(process, 0, 0, 0, 32, &thread),
                     ERR_ARGUMENT);
    assert_int_equal(thread_create(process, SYS_USER_END, 0, 0, 1, &thread),
                     ERR_ADDRESS);
    assert_int_equal(thread_create(process, 0, SYS_USER_END + 1, 0, 1,
                                   &thread), ERR_ADDRESS);
    thread = make_thread(process);
    assert_true(thread->id > id);
    assert_int_equal(thread->frame[0], 0x401000);
    assert_int_equal(thread->frame[1], 0x7000);
    assert_int_equal(thread->frame[2], 77);
    assert_int_equal(thread->priority, 10);
    while ((error = thread_create(process, 0, 0, 0, 1, &thread)) == 0)
        object_unref(&thread->object);
    assert_int_equal(error, ERR_MEMORY); /* its quota */
    assert_true(process->thread_count > 50);
    assert_int_equal(thread_count(), process->thread_count);
    end(process);
    assert_int_equal(thread_create(process, 0, 0, 0, 1, &thread), ERR_DEAD);
    take_death(process);
    object_unref(&process->object);
}

enum place {
    STOPPED, READY, HERE, ELSEWHERE, SENDING, CALLING, FAULTED, RECEIVING,
    WAITING, FOR_PAGE, DEAD, PLACES,
};

static struct list waiting;

static void
put(struct thread *thread, enum place place)
{
    static const uint8_t states[] = {
        [SENDING] = SYS_THREAD_SENDING, [CALLING] = SYS_THREAD_CALLING,
        [FAULTED] = SYS_THREAD_CALLING, [RECEIVING] = SYS_THREAD_RECEIVING,
        [WAITING] = SYS_THREAD_WAITING, [FOR_PAGE] = SYS_THREAD_WAITING,
    };

    if (place == STOPPED)
        return;
    assert_int_equal(thread_start(thread), 0);
    if (place == READY)
        return;
    if (place == HERE || place == ELSEWHERE) {
        run_on(thread, place == HERE ? 0 : 1);
    } else if (place == DEAD) {
        thread_kill(thread);
    } else {
        sched_block(thread);
        thread->state = states[place];
        thread->kind = place == FAULTED ? SYS_GOT_FAULT : SYS_GOT_CALL;
        list_append(&waiting, &thread->queue);
        if (place == WAITING)
            thread->notification = &things[0];
    }
}

/* What each request says, wherever the thread is. */
static void
every_place(void **state)
{
    static const struct {
        int start, stop, interrupt, read, write, state_stopped;
    } want[PLACES] = {
        [STOPPED] = { 0, 0, ERR_STATE, 0, 0, SYS_THREAD_STOPPED },
        [READY] = { 0, 0, ERR_STATE, 0, ERR_STATE, SYS_THREAD_STOPPED },
        [HERE] = { 0, 0, ERR_STATE, 0, ERR_STATE, SYS_THREAD_STOPPED },
        [ELSEWHERE] = { 0, 0, ERR_STATE, ERR_STATE, ERR_STATE,
                        SYS_THREAD_STOPPED },
        [SENDING] = { 0, 0, 0, 0, ERR_STATE, SYS_THREAD_SENDING },
        [CALLING] = { 0, 0, 0, 0, ERR_STATE, SYS_THREAD_CALLING },
        [FAULTED] = { 0, 0, ERR_STATE, 0, 0, SYS_THREAD_CALLING },
        [RECEIVING] = { 0, 0, 0, 0, ERR_STATE, SYS_THREAD_RECEIVING },
        [WAITING] = { 0, 0, 0, 0, ERR_STATE, SYS_THREAD_WAITING },
        [FOR_PAGE] = { 0, 0, ERR_STATE, 0, ERR_STATE, SYS_THREAD_WAITING },
        [DEAD] = { ERR_DEAD, ERR_DEAD, ERR_DEAD, ERR_DEAD, ERR_DEAD,
                   SYS_THREAD_DEAD },
    };
    struct process *process = make_process(200);
    struct sys_registers registers = { .rip = 0x5000 };

    (void)state;
    make_thread(process); /* it lives on */
    list_init(&waiting);
    for (unsigned place = 0; place < PLACES; place++) {
        for (unsigned act = 0; act < 6; act++) {
            struct thread *thread = make_thread(process);
            bool waits = place >= SENDING && place != DEAD;

            object_ref(&thread->object);
            put(thread, place);
            interrupted = 0;
            switch (act) {
            case 0:
                assert_int_equal(thread_start(thread), want[place].start);
                break;
            case 1:
                assert_int_equal(thread_stop(thread), want[place].stop);
                assert_int_equal(thread->state, want[place].state_stopped);
                assert_int_equal(thread_read(thread, &registers),
                                 place == DEAD ? ERR_DEAD : 0);
                assert_false(thread->queued);
                assert_true(place != HERE || cpus[0].resched);
                assert_true(place != ELSEWHERE || cpus[1].resched);
                assert_int_equal(holds, place == ELSEWHERE);
                if (!waits && place != DEAD) {
                    assert_int_equal(thread_start(thread), 0);
                    assert_int_equal(thread->state, SYS_THREAD_READY);
                }
                break;
            case 2:
                assert_int_equal(thread_interrupt(thread),
                                 want[place].interrupt);
                if (place == WAITING) {
                    assert_int_equal(thread->frame[3],
                                     (uint64_t)ERR_INTERRUPTED);
                    assert_int_equal(thread->state, SYS_THREAD_READY);
                } else {
                    assert_int_equal(interrupted,
                                     want[place].interrupt == 0);
                }
                break;
            case 3:
                assert_int_equal(thread_read(thread, &registers),
                                 want[place].read);
                break;
            case 4:
                registers.rip = 0x5000;
                assert_int_equal(thread_write(thread, &registers),
                                 want[place].write);
                assert_int_equal(thread->frame[0] == 0x5000,
                                 want[place].write == 0);
                registers.rip = SYS_USER_END;
                assert_int_not_equal(thread_write(thread, &registers), 0);
                break;
            }
            thread_kill(thread);
            assert_int_equal(thread->state, SYS_THREAD_DEAD);
            assert_true(list_is_empty(&waiting));
            assert_false(thread->queued);
            assert_null(thread->notification);
            assert_int_equal(thread->object.references, 1);
            object_unref(&thread->object);
            do_work();
            assert_null(cpus[0].current);
            assert_null(cpus[1].current);
            assert_int_equal(thread_count(), 1);
            holds = 0;
            cpus[0].resched = false;
        }
    }
    end(process);
    take_death(process);
    object_unref(&process->object);
}

/* A thread that was stopped in a wait stays away when the wait is over. */
static void
stopped_in_wait(void **state)
{
    struct process *process = make_process(50);
    struct thread *thread = make_thread(process);

    (void)state;
    list_init(&waiting);
    put(thread, WAITING);
    assert_int_equal(thread_stop(thread), 0);
    assert_int_equal(thread_interrupt(thread), 0);
    assert_int_equal(thread->state, SYS_THREAD_STOPPED);
    assert_int_equal(thread_start(thread), 0);
    assert_int_equal(thread->state, SYS_THREAD_READY);
    end(process);
    take_death(process);
    object_unref(&process->object);
}

/* The memory of one whose CPU has not let go of it stays until it has. */
static void
corpse_on_cpu(void **state)
{
    struct process *process = make_process(50);
    struct thread *thread = make_ready(process);
    struct object *operation = &things[5].object;

    (void)state;
    make_thread(process);
    run_on(thread, 2);
    object_ref(operation);
    thread->operation = operation;
    thread_kill(thread);
    assert_int_equal(operation->references, 1);
    assert_true(thread_reap());
    assert_true(thread_reap());
    assert_int_equal(thread_count(), 2);
    assert_int_equal(thread->state, SYS_THREAD_DEAD); /* readable */
    assert_true(cpus[2].resched);
    others_leave();
    assert_true(thread_reap());
    assert_false(thread_reap());
    assert_int_equal(thread_count(), 1);
    do_work();
    end(process);
    take_death(process);
    object_unref(&process->object);
}

/* --- clone ---------------------------------------------------------------- */

static struct process *original, *server_process;
static struct thread *caller, *server;
static handle_t caller_reply;

static void
prepare_clone(void)
{
    original = make_process(100);
    server_process = make_process(300);
    caller = make_ready(original);
    make_thread(original);
    server = make_ready(server_process);
    run_on(server, 0);
    for (size_t i = 0; i < THINGS; i++)
        give(original, i, i % 2 ? SYS_RIGHTS_ALL : 0);
    caller->frame[7] = 0xABCDEF;
    memset(thread_fpu(caller), 0x5A, FPU_SIZE);
    caller->fs_base = 0x123000;
    caller->affinity = 5;
    sched_block(caller);
    assert_int_equal(keep(caller, server_process, &caller_reply), 0);
}

static void
finish_clone(void)
{
    end(original);
    take_death(original);
    object_unref(&original->object);
    end(server_process);
    take_death(server_process);
    object_unref(&server_process->object);
}

static void
check_clone(const struct process *clone, handle_t reply)
{
    const struct thread *child = CONTAINER(clone->threads.next,
                                           struct thread, in_process);

    assert_int_equal(clone->thread_count, 1);
    assert_null(clone->clone_of);
    assert_ptr_equal(child->process, clone);
    assert_int_equal(child->state, SYS_THREAD_CALLING);
    assert_int_equal(child->frame[7], 0xABCDEF);
    assert_memory_equal(thread_fpu(child), thread_fpu(caller), FPU_SIZE);
    assert_ptr_not_equal(thread_fpu(child), thread_fpu(caller));
    assert_int_equal(child->fs_base, 0x123000);
    assert_int_equal(child->affinity, 5);
    assert_int_equal(child->object.references, 1);
    assert_ptr_equal(handle_find(&server_process->handles, reply)->object,
                     &child->reply);
    assert_int_equal(clone->handles.count, THINGS / 2);
    assert_int_equal(clone->level, original->level);
    assert_ptr_equal(clone->supervisor, original->supervisor);
}

static int
clone_some(struct process **clone, handle_t *reply, unsigned max)
{
    int error = ERR_AGAIN;

    while (error == ERR_AGAIN && max-- > 0)
        error = process_clone(original, caller, 100, server, clone, reply);
    return error;
}

static void
cloning(void **state)
{
    struct process *clone = NULL;
    handle_t reply;

    (void)state;
    prepare_clone();
    caller->on_cpu = 1; /* its FPU state is still there */
    assert_int_equal(clone_some(&clone, &reply, 50), ERR_AGAIN);
    caller->on_cpu = -1;
    assert_int_equal(clone_some(&clone, &reply, 1), 0);
    check_clone(clone, reply);
    end(clone);
    take_death(clone);
    assert_null(handle_find(&server_process->handles, reply));
    object_unref(&clone->object);
    finish_clone();
}

/* Given up after any step, or out of frames at any: nothing is left. */
static void
clone_ends_early(void **state)
{
    (void)state;
    for (unsigned fail = 0; fail < 2; fail++) {
        int error = ERR_AGAIN;

        for (unsigned n = 1; error != 0; n++) {
            struct process *clone = NULL;
            uint64_t before;
            handle_t reply;

            prepare_clone();
            before = frames_out;
            assert_true(n < 30);
            if (fail)
                frames_fail_at = n;
            error = clone_some(&clone, &reply, fail ? 50 : n);
            assert_int_equal(error == 0 || error ==
                             (fail ? ERR_MEMORY : ERR_AGAIN), 1);
            frames_fail_at = 0;
            if (clone != NULL) {
                if (error == 0)
                    process_end(clone, killed);
                object_unref(&clone->object);
            }
            do_work();
            if (error == 0)
                take_death(dead);
            assert_int_equal(deaths, 0);
            assert_int_equal(original->object.references, 1 + 2);
            assert_int_equal(frames_out, before);
            finish_clone();
        }
    }
}

/* The original changes while it is copied. */
static void
clone_changes(void **state)
{
    (void)state;
    for (unsigned what = 0; what < 4; what++) {
        struct process *clone = NULL;
        handle_t reply;

        for (unsigned n = 1; n < 6; n++) {
            clone = NULL;
            prepare_clone();
            assert_int_equal(clone_some(&clone, &reply, n), ERR_AGAIN);
            switch (what) {
            case 0: process_end(original, killed); break;
            case 1: thread_kill(caller); break;
            case 2: caller->state = SYS_THREAD_READY; break;
            case 3: process_end(clone, killed); break;
            }
            assert_int_equal(clone_some(&clone, &reply, 1),
                             what == 0 || what == 3 ? ERR_DEAD : ERR_STATE);
            if (what == 2)
                caller->state = SYS_THREAD_CALLING;
            if (what == 1)
                do_work();
            object_unref(&clone->object);
            do_work();
            assert_int_equal(deaths, what == 0);
            finish_clone();
        }
    }
}

/* The server has no room for the reply. */
static void
clone_without_reply(void **state)
{
    struct process *clone = NULL;
    handle_t reply;

    (void)state;
    prepare_clone();
    adopt_error = ERR_MEMORY;
    assert_int_equal(clone_some(&clone, &reply, 50), ERR_MEMORY);
    adopt_error = 0;
    assert_int_equal(clone->thread_count, 0);
    object_unref(&clone->object);
    do_work();
    assert_int_equal(deaths, 0);
    finish_clone();
}

static void
clone_of_another(void **state)
{
    struct process *clone = NULL, *other;
    handle_t reply;

    (void)state;
    prepare_clone();
    other = server_process;
    assert_int_equal(process_clone(other, caller, 50, server, &clone,
                                   &reply), ERR_STATE);
    assert_null(clone);
    clone = other; /* not one that is being made */
    assert_int_equal(clone_some(&clone, &reply, 1), ERR_STATE);
    clone = NULL;
    assert_int_equal(process_clone(original, caller, 5000, server, &clone,
                                   &reply), ERR_MEMORY);
    assert_null(clone);
    finish_clone();
}

/* --- swap ----------------------------------------------------------------- */

static int
swap_all(struct process *process, struct process *source,
         struct thread *thread)
{
    int error;

    for (unsigned i = 0; i < 100; i++) {
        killed_in_step = 0;
        error = process_swap(process, source, thread, 0x600000, 0x8000, 42);
        assert_true(killed_in_step <= 16 + 1);
        if (error != ERR_AGAIN)
            return error;
        others_leave();
    }
    return ERR_AGAIN;
}

static void
check_swapped(const struct thread *thread)
{
    assert_int_equal(thread->state, SYS_THREAD_READY);
    assert_true(thread->queued);
    assert_int_equal(thread->frame[0], 0x600000);
    assert_int_equal(thread->frame[1], 0x8000);
    assert_int_equal(thread->frame[2], 42);
    assert_int_equal(thread->fs_base, 0);
    assert_int_equal(thread->on_cpu, -1);
}

/* Ten programs in one process: every account but the last one is gone. */
static void
swapping(void **state)
{
    struct process *process = make_process(200);
    uint64_t used = root_account.used;

    (void)state;
    make_ready(process);
    for (unsigned i = 0; i < 10; i++) {
        struct thread *thread = CONTAINER(process->threads.next,
                                          struct thread, in_process);
        struct process *source = make_process(200);
        struct space *new = source->space, *old = process->space;
        struct account *account = source->account;
        bool current = i % 2;

        for (unsigned n = 0; n < 40; n++)
            make_ready(process);
        run_on(CONTAINER(process->threads.prev, struct thread, in_process),
               2);
        give(process, i, 0);
        thread->fs_base = 0x99;
        if (current)
            run_on(thread, 0);
        assert_int_equal(swap_all(process, source, thread), 0);
        check_swapped(thread);
        assert_null(cpus[0].current);
        assert_int_equal(process->thread_count, 1);
        assert_ptr_equal(process->space, new);
        assert_ptr_equal(source->space, old);
        assert_ptr_equal(process->account, account);
        assert_ptr_equal(process->handles.payer, account);
        end(source);
        take_death(source);
        object_unref(&source->object);
        do_work();
        /* What the first account still carries, and two structs. */
        assert_true(root_account.used <= used + 4);
    }
    assert_int_equal(process->handles.count, 10);
    end(process);
    take_death(process);
    object_unref(&process->object);
}

static void
swap_refused(void **state)
{
    struct process *process = make_process(100), *source = make_process(50);
    struct thread *thread = make_ready(process), *other;
    struct space *space = process->space;

    (void)state;
    other = make_thread(source);
    assert_int_equal(swap_all(process, source, thread), ERR_STATE);
    assert_int_equal(swap_all(process, process, thread), ERR_STATE);
    assert_int_equal(swap_all(process, source, other), ERR_STATE);
    object_ref(&source->object);
    thread_kill(other);
    assert_int_equal(swap_all(process, source, thread), ERR_DEAD);
    do_work();
    take_death(source);
    object_unref(&source->object);
    object_unref(&source->object);

    source = make_process(50);
    assert_int_equal(process_swap(process, source, thread, SYS_USER_END, 0,
                                  0), ERR_ADDRESS);
    assert_int_equal(process_swap(process, source, thread, 0,
                                  SYS_USER_END + 1, 0), ERR_ADDRESS);
    run_on(thread, 1);
    assert_int_equal(swap_all(process, source, thread), ERR_STATE);
    assert_ptr_equal(process->space, space);

    /* Stopped, but its CPU has not left it yet: one try more. */
    assert_int_equal(thread_stop(thread), 0);
    assert_int_equal(process_swap(process, source, thread, 0, 0, 0),
                     ERR_AGAIN);
    assert_int_equal(swap_all(process, source, thread), 0);
    assert_int_equal(thread->state, SYS_THREAD_STOPPED);
    object_ref(&thread->object);
    end(process);
    take_death(process);
    object_unref(&process->object);
    assert_int_equal(swap_all(source, process, thread), ERR_DEAD);
    object_unref(&thread->object);
    do_work();
    end(source);
    take_death(source);
    object_unref(&source->object);
}

/* --- devices -------------------------------------------------------------- */

static void
interrupts(void **state)
{
    struct interrupt *a, *b;

    (void)state;
    assert_int_equal(interrupt_create(root->account, ISA, 16, &a),
                     ERR_ARGUMENT);
    assert_int_equal(interrupt_create(root->account, ISA, 2, &a), ERR_ARGUMENT);
    frames_fail_at = 1;
    assert_int_equal(interrupt_create(root->account, ISA, 1, &a), ERR_MEMORY);
    assert_null(line_handlers[1]);
    assert_int_equal(interrupt_create(root->account, ISA, 1, &a), 0);
    assert_int_equal(interrupt_create(root->account, ISA, 1, &b), ERR_EXISTS);
    assert_int_equal(interrupt_done(a), ERR_STATE);
    assert_false(line_open[1]);

    interrupt_bind(a, &things[0], 0x30);
    assert_true(line_open[1]);
    signaled = 0;
    line_handlers[1](line_contexts[1]);
    assert_int_equal(signaled, 0x30);
    assert_false(line_open[1]);
    interrupt_bind(a, &things[1], 0x40); /* still to be answered */
    assert_false(line_open[1]);
    assert_int_equal(things[0].object.references, 1);
    assert_int_equal(things[1].object.references, 2);
    assert_int_equal(interrupt_done(a), 0);
    assert_true(line_open[1]);
    interrupt_bind(a, &things[1], 0x50);
    assert_int_equal(things[1].object.references, 2);
    interrupt_bind(a, NULL, 0);
    assert_false(line_open[1]);
    line_handlers[1](line_contexts[1]);
    interrupt_bind(a, &things[1], 1);
    object_open(&a->object);
    object_unref(&a->object);
    object_close(&a->object);
    assert_null(line_handlers[1]);
    assert_false(line_open[1]);
    assert_int_equal(interrupt_create(root->account, ISA, 1, &a), 0);
    object_unref(&a->object); /* without a handle */
    assert_null(line_handlers[1]);
}

/* Where a mask loses edges, a second one waits for the first. */
static void
interrupt_edges(void **state)
{
    struct interrupt *edge;

    (void)state;
    assert_int_equal(interrupt_create(root->account, ISA, 5, &edge), 0);
    interrupt_bind(edge, &things[0], 1);
    signaled = 0;
    line_handlers[5](line_contexts[5]);
    assert_int_equal(signaled, 1);
    assert_true(line_open[5]);
    for (int i = 0; i < 2; i++) {
        signaled = 0;
        line_handlers[5](line_contexts[5]);
        assert_int_equal(signaled, 0);
        assert_false(line_open[5]);
        assert_int_equal(interrupt_done(edge), 0);
        assert_int_equal(signaled, 1);
        assert_true(line_open[5]);
    }
    signaled = 0;
    assert_int_equal(interrupt_done(edge), 0);
    assert_int_equal(signaled, 0);
    object_unref(&edge->object);
}

/* Lines and messages: made, refused, and all given back. */
static void
more_interrupts(void **state)
{
    struct account *payer = root->account;
    struct interrupt *a, *b, *c;

    (void)state;
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_GSI, 24, &a),
                     ERR_ARGUMENT);
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_MSI, 1, &a),
                     ERR_ARGUMENT);
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_PORTS, 1, &a),
                     ERR_ARGUMENT);
    frames_fail_at = 1;
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_MSI, 0, &a),
                     ERR_MEMORY);
    assert_false(line_made[16]);
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_GSI, 3, &a), 0);
    assert_int_equal(interrupt_create(payer, ISA, 3, &b), ERR_EXISTS);
    object_unref(&a->object);
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_GSI, 20, &a), 0);
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_MSI, 0, &b), 0);
    assert_int_equal(interrupt_create(payer, SYS_DEVICE_MSI, 0, &c),
                     ERR_MEMORY);
    assert_int_equal(a->number, 20);
    assert_int_equal(a->kind, SYS_DEVICE_GSI);
    interrupt_bind(b, &things[0], 2);
    signaled = 0;
    line_handlers[17](line_contexts[17]);
    assert_int_equal(signaled, 2);
    object_unref(&a->object);
    object_unref(&b->object);
    assert_int_equal(things[0].object.references, 1);
    assert_false(line_made[16] || line_made[17] || line_open[17]);
}

/* What the kernel keeps nobody gets, and nothing beside it is lost. */
static void
ports_of_the_kernel(void **state)
{
    struct ports *a;

    (void)state;
    own_ranges = 2;
    devices_init();
    for (uint32_t port = 400; port < 700; port++) {
        bool own = port == 448 || (port >= 575 && port < 640);
        int error = ports_create(root->account, port, 1, &a);

        assert_int_equal(error, own ? ERR_EXISTS : 0);
        if (!own)
            object_unref(&a->object);
    }
    assert_int_equal(ports_create(root->account, 0, 65536, &a), ERR_EXISTS);
    assert_int_equal(ports_create(root->account, 449, 127, &a), ERR_EXISTS);
    assert_int_equal(ports_create(root->account, 449, 126, &a), 0);
    object_unref(&a->object);
}

/* Every pair of ranges that a few borders allow. */
static void
port_ranges(void **state)
{
    static const uint32_t at[] = { 0, 1, 63, 64, 65, 127, 128, 191, 192,
                                   1000, 65472, 65535, 65536 };
    const unsigned n = sizeof at / sizeof *at;
    struct ports *a, *b;

    (void)state;
    assert_int_equal(ports_create(root->account, 0, 0, &a), ERR_ARGUMENT);
    assert_int_equal(ports_create(root->account, 65536, 1, &a),
                     ERR_ARGUMENT);
    assert_int_equal(ports_create(root->account, 1, 65536, &a),
                     ERR_ARGUMENT);
    assert_int_equal(ports_create(root->account, 2, UINT32_MAX, &a),
                     ERR_ARGUMENT);
    frames_fail_at = 1;
    assert_int_equal(ports_create(root->account, 0, 65536, &a), ERR_MEMORY);
    for (unsigned i = 0; i < n - 1; i++) {
        for (unsigned j = i + 1; j < n; j++) {
            assert_int_equal(ports_create(root->account, at[i],
                                          at[j] - at[i], &a), 0);
            for (unsigned k = 0; k < n - 1; k++) {
                for (unsigned l = k + 1; l < n; l++) {
                    bool apart = at[l] <= at[i] || at[j] <= at[k];

                    assert_int_equal(ports_create(root->account, at[k],
                                                  at[l] - at[k], &b),
                                     apart ? 0 : ERR_EXISTS);
                    if (apart)
                        object_unref(&b->object);
                }
            }
            object_unref(&a->object);
        }
    }
}

static void
check_bitmap(const uint8_t *bitmap, uint32_t first, uint32_t last,
             uint32_t also)
{
    for (uint32_t port = 0; port < 65536; port++)
        assert_int_equal((bitmap[port / 8] >> port % 8 & 1) == 0,
                         (port >= first && port <= last) || port == also);
}

static void
enabling(void **state)
{
    struct process *process = make_process(50);
    struct thread *here = make_ready(process), *there = make_ready(process);
    struct ports *a, *b;
    uint64_t before = process->account->used;

    (void)state;
    run_on(here, 0);
    run_on(there, 2);
    memset(loaded_ports, 0xEE, sizeof loaded_ports);
    assert_int_equal(ports_create(root->account, 0x3F8, 100, &a), 0);
    assert_int_equal(ports_create(root->account, 0xFFFF, 1, &b), 0);
    frames_fail_at = 1;
    assert_int_equal(ports_enable(process, a), ERR_MEMORY);
    assert_null(process->ports);
    assert_int_equal(ports_enable(process, b), 0);
    assert_int_equal(ports_enable(process, a), 0);
    assert_int_equal(process->account->used, before + 2);
    check_bitmap(process->ports, 0x3F8, 0x3F8 + 99, 0xFFFF);
    assert_memory_equal(loaded_ports[0], process->ports, 8192);
    assert_memory_equal(loaded_ports[2], process->ports, 8192);
    assert_int_equal(loaded_ports[1][0], 0xEE);
    end(process);
    assert_int_equal(ports_enable(process, a), ERR_DEAD);
    take_death(process);
    object_unref(&process->object);
    object_unref(&a->object);
    object_unref(&b->object);
}

/* --- at random ------------------------------------------------------------ */

#define PROCESSES 6

/* Which thread, or NULL. */
static struct thread *
any_thread(const struct process *process)
{
    unsigned skip = process->thread_count == 0
                        ? 0 : (unsigned)rand() % process->thread_count;
    const struct list *link = process->threads.next;

    if (process->thread_count == 0)
        return NULL;
    while (skip-- > 0)
        link = link->next;
    return CONTAINER(link, struct thread, in_process);
}

static void
random_thread_step(struct process *process)
{
    struct thread *thread = any_thread(process);
    uint32_t cpu = (uint32_t)rand() % CPUS;

    if (thread == NULL || rand() % 4 == 0) {
        if (thread_create(process, 0, 0, 0, 1, &thread) == 0)
            object_unref(&thread->object);
        return;
    }
    switch (rand() % 6) {
    case 0: thread_start(thread); break;
    case 1: thread_stop(thread); break;
    case 2: thread_kill(thread); break;
    case 3: thread_interrupt(thread); break;
    case 4:
        if (thread->state == SYS_THREAD_READY && thread->on_cpu < 0 &&
            cpus[cpu].current == NULL)
            run_on(thread, cpu);
        break;
    case 5:
        if (thread->state == SYS_THREAD_READY && thread->on_cpu < 0) {
            thread_stop(thread);
            thread_start(thread);
            put(thread, SENDING + (unsigned)rand() % 6);
        }
        break;
    }
}

static void
random_lives(void **state)
{
    static struct process *all[PROCESSES];
    unsigned ends = 0;

    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    list_init(&waiting);
    for (unsigned step = 0; step < 60000; step++) {
        struct process **slot = &all[rand() % PROCESSES];

        this_cpu = (uint32_t)rand() % CPUS;
        if (rand() % 20 == 0)
            frames_fail_at = 1 + (unsigned)rand() % 4;
        if (*slot == NULL) {
            if (process_create(root, (uint64_t)rand() % 40, NULL, 1,
                               slot) != 0)
                *slot = NULL;
        } else if (rand() % 60 == 0) {
            process_end(*slot, killed);
            object_unref(&(*slot)->object);
            *slot = NULL;
            ends++;
        } else if (rand() % 4 == 0) {
            handle_t handle;

            handle_add(&(*slot)->handles,
                       &things[(size_t)rand() % THINGS].object, 0, &handle);
        } else {
            random_thread_step(*slot);
        }
        frames_fail_at = 0;
        if (rand() % 8 == 0)
            do_work();
        if (rand() % 4 == 0)
            others_leave();
    }
    assert_true(ends > 100);
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (all[i] == NULL)
            continue;
        process_end(all[i], killed);
        object_unref(&all[i]->object);
    }
    do_work();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, nothing_left)
    const struct CMUnitTest tests[] = {
        TEST(create_and_end), TEST(every_refusal), TEST(forgotten),
        TEST(last_thread), TEST(end_below), TEST(no_way_out_by_a_swap),
        TEST(end_while_running), TEST(loaded_elsewhere),
        TEST(faults), TEST(dead_supervisor), TEST(creation),
        TEST(every_place), TEST(stopped_in_wait), TEST(corpse_on_cpu),
        TEST(cloning), TEST(clone_ends_early), TEST(clone_changes),
        TEST(clone_without_reply), TEST(clone_of_another),
        TEST(swapping), TEST(swap_refused),
        TEST(interrupts), TEST(interrupt_edges),
        TEST(more_interrupts), TEST(port_ranges), TEST(enabling),
        TEST(random_lives),
        TEST(ports_of_the_kernel), /* which it keeps: the last one */
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
