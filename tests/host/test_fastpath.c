/*
 * kernel/x86/fastpath.c leaves exactly the state that the slow path leaves:
 * kernel/ipc.c, kernel/sched.c and kernel_leave().
 *
 * Random threads do random system calls on up to four CPUs, so that all kinds
 * of states come about as they would. At each SYS_CALL and SYS_REPLY_RECEIVE
 * the fast path is tried, in this state and in some that differ from it in one
 * or two things, which need not come about by themselves. When it declines,
 * nothing may have changed; when it did the call, everything is put back, the
 * slow path does it, and not one byte may differ: of threads, queues, objects,
 * handles, CPUs, address spaces, nor of what the machine was told.
 *
 * In passing, no CPU may sleep for good while a thread waits that it may run.
 *
 * Two differences are meant, for the fast path is no point of scheduling: it
 * does what two threads would that go on without a system call.
 *   - A timer that was set for a timeout that is gone stays set; it may come
 *     for nothing (kernel/timeout.c).
 *   - Threads of lower priority in this CPU's queue, which others were asked
 *     to take when they came there, are not offered to them again.
 *
 * KINDLING_SEED=N begins elsewhere; KINDLING_SOAK=1 goes on for longer.
 */
#include "tests/host/unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/host/fastpath_world.h"

#include "kernel/entry.h"
#include "kernel/timeout.h"
#include "kernel/x86/fastpath.h"

#define COMPARISONS 1000000u /* of states */
#define STEPS       60u     /* in one world */
#define VARIANTS    3u      /* of a state */
#define LEAST       100u    /* times that each guard alone must have failed */

static uint64_t seed, random_state;

static uint64_t
random64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545F4914F6CDD1DULL;
}

static unsigned
below(unsigned limit)
{
    return (unsigned)(random64() >> 32) % limit;
}

static bool
once_in(unsigned times)
{
    return below(times) == 0;
}

static struct thread *
any_thread(void)
{
    return world_thread(below(WORLD_THREADS));
}

static struct process *
any_process(void)
{
    return &world.processes[below(WORLD_PROCESSES)];
}

static struct handle_slot *
slot_at(const struct process *process, unsigned index)
{
    return &process->handles.first.slots[index];
}

/* One of that type, if there is any; else whatever. */
static handle_t
pick_handle(const struct process *process, enum sys_object type)
{
    unsigned first = below(WORLD_SLOTS), index = first;
    const struct handle_slot *slot;

    do {
        index = (index + 1) % WORLD_SLOTS;
        slot = slot_at(process, index);
        if (slot->object != NULL && slot->object->type == type)
            break;
    } while (index != first);
    return (handle_t)slot->generation << HANDLE_INDEX_BITS | index;
}

static struct object *
object_by(const struct process *process, handle_t handle,
          enum sys_object type)
{
    struct object *object;

    return handle_get(&process->handles, handle, type, 0, &object) == 0
               ? object : NULL;
}

static struct endpoint *
endpoint_by(const struct process *process, handle_t handle)
{
    struct object *object = object_by(process, handle, SYS_OBJECT_ENDPOINT);

    return object != NULL ? CONTAINER(object, struct endpoint, object) : NULL;
}

static struct session *
session_by(const struct process *process, handle_t handle)
{
    struct object *object = object_by(process, handle, SYS_OBJECT_SESSION);

    return object != NULL ? CONTAINER(object, struct session, object) : NULL;
}

/* --- when the fast path should serve ------------------------------------- */

enum guard {
    STATE, HIGH_HALF, HANDLE, RIGHT, TAG, LEVEL, NO_RECEIVER, SENDERS,
    EVENTS, BITS, NO_CALLER, KIND, LAST_HANDLE, STOPPED, AFFINITY,
    QUEUE, SLICE, RESCHED, WORK, GUARDS,
};

static const char *const guard_names[] = {
    "state", "high half", "handle", "right", "tag", "level",
    "no receiver", "senders", "events", "bits", "no caller", "kind",
    "last handle", "stopped", "affinity", "queue", "slice",
    "resched", "work",
};

#define FAILS(guard, condition) ((condition) ? 1u << (guard) : 0)
#define FOR_CALL_ONLY  (1u << LEVEL | 1u << NO_RECEIVER)
#define FOR_REPLY_ONLY (1u << SENDERS | 1u << EVENTS | 1u << BITS | \
                        1u << NO_CALLER | 1u << KIND | 1u << LAST_HANDLE)

static unsigned
run_guards(const struct thread *thread, unsigned priority)
{
    const struct cpu_local *cpu = world_cpu();

    return FAILS(STOPPED, thread->stopped) |
           FAILS(AFFINITY, (thread->affinity & 1ULL << cpu->number) == 0) |
           FAILS(QUEUE, cpu->queue.levels >= 1ULL << priority) |
           FAILS(SLICE, cpu->slice_end != 0) | FAILS(RESCHED, cpu->resched) |
           FAILS(WORK, sched_first_work != NULL);
}

static bool
lacks(const struct thread *thread, handle_t handle, uint32_t right)
{
    return (slot_at(thread->process, handle % WORLD_SLOTS)->rights & right)
           == 0;
}

static unsigned
call_guards(const struct thread *caller, handle_t handle)
{
    const struct session *session = session_by(caller->process, handle);
    const struct endpoint *endpoint;
    const struct thread *server;
    unsigned failed;

    if (session == NULL)
        return 1u << HANDLE;
    endpoint = session->endpoint;
    failed = FAILS(RIGHT, lacks(caller, handle, SYS_RIGHT_SEND)) |
             FAILS(LEVEL, world_is_debug &&
                              caller->process->level <= endpoint->level);
    if (list_is_empty(&endpoint->receivers))
        return failed | 1u << NO_RECEIVER;
    server = CONTAINER(endpoint->receivers.next, struct thread, queue);
    return failed | run_guards(server, server->priority > caller->priority
                                           ? server->priority
                                           : caller->priority);
}

static unsigned
reply_guards(const struct thread *server, handle_t handle)
{
    const struct endpoint *endpoint = endpoint_by(server->process, handle);
    const struct thread *caller = server->caller;
    unsigned failed = FAILS(NO_CALLER, caller == NULL);

    if (endpoint == NULL)
        failed |= 1u << HANDLE;
    else
        failed |= FAILS(RIGHT, lacks(server, handle, SYS_RIGHT_RECEIVE)) |
                  FAILS(SENDERS, !list_is_empty(&endpoint->senders)) |
                  FAILS(EVENTS, !list_is_empty(&endpoint->events)) |
                  FAILS(BITS, endpoint->bound != NULL &&
                                  endpoint->bound->bits != 0);
    if (caller != NULL)
        failed |= FAILS(KIND, caller->kind != SYS_GOT_CALL) |
                  FAILS(LAST_HANDLE, caller->session->object.handles == 1) |
                  run_guards(caller, caller->priority);
    return failed;
}

static unsigned
guards(struct thread *thread, uint64_t number)
{
    const struct trap_frame *frame = frame_of(thread);
    unsigned failed = FAILS(STATE, thread->state != SYS_THREAD_RUNNING) |
                      FAILS(HIGH_HALF, frame->rdi >> 32 != 0) |
                      FAILS(TAG, frame->rsi >> 32 != 0);

    return failed | (number == SYS_CALL
                         ? call_guards(thread, (handle_t)frame->rdi)
                         : reply_guards(thread, (handle_t)frame->rdi));
}

/* --- the comparison ------------------------------------------------------ */

/* SYS_CALL first, then SYS_REPLY_RECEIVE. */
static unsigned taken[2], declined[2], alone[2][GUARDS];
static unsigned late_timers, offers;
static unsigned which_world, which_step;

static int64_t
slow_call(struct thread *thread, uint64_t number)
{
    uint64_t both = frame_of(thread)->rdi;

    if (number == SYS_CALL)
        return ipc_call(thread);
    return ipc_reply_receive(thread, (handle_t)both, (handle_t)(both >> 32));
}

/* As kernel/x86/usermode.c does it. */
static void
slow_path(uint64_t number)
{
    struct thread *thread = world_cpu()->current;
    int64_t result;

    kernel_enter(world_cpu());
    if (thread->state == SYS_THREAD_RUNNING) {
        result = slow_call(thread, number);
        if (result != IPC_LATER)
            arch_thread_result(thread, result);
    } else if (!thread->killed && frame_of(thread)->vector == FRAME_SYSCALL) {
        arch_thread_restart(thread);
    }
    world_leave();
}

static void
assert_same(const struct snapshot *snapshot, const char *when)
{
    const char *text = world_differs(snapshot);

    if (text != NULL)
        fail_msg("seed %llu, world %u, step %u, %s: %s",
                 (unsigned long long)seed, which_world, which_step, when,
                 text);
}

/* The slow path sets it for what there is now, the fast one when it fires. */
static void
allow_late_timer(struct snapshot *fast, uint64_t timer_before)
{
    struct x86_cpu *cpu = (void *)fast->cpus[world.self];
    uint64_t timer = world_cpu()->timer_at;

    if (timer <= timer_before || cpu->local.timer_at != timer_before)
        return;
    cpu->local.timer_at = timer;
    fast->world.machines[world.self].timer =
        world.machines[world.self].timer;
    late_timers++;
}

/* CPUs that slept, and that the slow path has asked to look here. */
static void
allow_offers(struct snapshot *fast)
{
    uint64_t asked;

    world_sched_save(&world.sched);
    asked = fast->world.sched.idle_cpus & ~world.sched.idle_cpus;
    if (asked == 0 || world_cpu()->queue.count == 0)
        return;
    offers++;
    fast->world.sched.idle_cpus &= ~asked;
    for (; asked != 0; asked &= asked - 1) {
        unsigned number = (unsigned)__builtin_ctzll(asked);
        struct x86_cpu *cpu = (void *)fast->cpus[number];

        assert_true(cpu->local.idle && cpu->local.current == NULL);
        cpu->local.resched = true;
        fast->world.machines[number].kicks++;
    }
}

/*
 * As kernel/x86/syscall.asm does it: words go to the registers of the thread
 * that is resumed, that is, to where its frame has them; then the lock goes.
 * False: declined, and the kernel entered.
 */
static bool
fast_path(uint64_t number)
{
    struct x86_cpu *self = &world_cpus[world.self];
    struct fastpath_result result = number == SYS_CALL
                                        ? fastpath_call(self)
                                        : fastpath_reply_receive(self);
    struct trap_frame *to, *from = result.message;

    assert_int_equal(kernel_lock_word.word, world.self + 1);
    if (result.next == NULL)
        return false;
    assert_ptr_equal(result.next, self->local.current);
    to = frame_of(result.next);
    assert_int_equal(to->vector, FRAME_SYSCALL); /* goes on by SYSRET */
    to->rsi = from->rsi;
    to->rdx = from->rdx;
    to->r10 = from->r10;
    to->r8 = from->r8;
    to->r9 = from->r9;
    to->r12 = from->r12;
    to->r13 = from->r13;
    kernel_unlock();
    return true;
}

/* Try the fast path; the slow one, if it did the call. Returns whether. */
static bool
compare(uint64_t number)
{
    static struct snapshot before, fast;
    struct cpu_local *cpu = world_cpu();
    struct thread *thread = cpu->current;
    unsigned kind = number == SYS_CALL ? 0 : 1;
    unsigned failed = guards(thread, number);
    uint64_t timer = cpu->timer_at;

    world_save(&before);
    if (!fast_path(number)) {
        assert_int_equal(cpu->in_kernel, 1);
        cpu->in_kernel = 0;
        kernel_unlock();
        assert_same(&before, "declined");
        assert_int_not_equal(failed, 0);
        declined[kind]++;
        for (unsigned i = 0; i < GUARDS; i++)
            alone[kind][i] += failed == 1u << i;
        return false;
    }
    taken[kind]++;
    world_save(&fast);
    world_restore(&before);
    slow_path(number);
    allow_late_timer(&fast, timer);
    allow_offers(&fast);
    assert_same(&fast, number == SYS_CALL ? "call" : "reply");
    return true;
}

/* --- variants of a state ------------------------------------------------- */

/* Whom the fast path would switch to, or NULL. */
static struct thread *
other_side(const struct thread *thread, uint64_t number)
{
    const struct session *session;

    if (number == SYS_REPLY_RECEIVE)
        return thread->caller;
    session = session_by(thread->process,
                         (handle_t)frame_of(world_cpu()->current)->rdi);
    if (session == NULL || list_is_empty(&session->endpoint->receivers))
        return NULL;
    return CONTAINER(session->endpoint->receivers.next, struct thread, queue);
}

static void
add_work(void)
{
    if (sched_first_work == NULL)
        sched_add_work(&world.work);
}

/* A ready thread in this CPU's queue, that nobody has to look at. */
static void
add_ready(const struct thread *not_this, const struct thread *nor_this)
{
    struct run_queue *queue = &world_cpu()->queue;
    struct thread *thread = any_thread();

    if (thread == not_this || thread == nor_this || thread->on_cpu >= 0 ||
        thread->state != SYS_THREAD_STOPPED || thread->queued)
        return;
    thread->state = SYS_THREAD_READY;
    thread->stopped = false;
    thread->queued = true;
    thread->last_cpu = (uint16_t)world.self;
    thread->affinity = 1ULL << world.self;
    thread->priority = (uint8_t)below(SYS_PRIORITIES);
    list_append(&queue->lists[thread->priority], &thread->queue);
    queue->levels |= 1u << thread->priority;
    queue->count++;
}

/* Something about this CPU, or about what is asked. */
static void
change_call(struct thread *thread, uint64_t number)
{
    struct cpu_local *cpu = world_cpu();
    struct trap_frame *frame = frame_of(thread);

    switch (below(10)) {
    case 0: cpu->resched = true; break;
    case 1: cpu->slice_end = world.now + 1 + below(100000); break;
    case 2: add_work(); cpu->resched = once_in(4); break;
    case 3: cpu->flush = 1; break;
    case 4: frame->rsi |= 1ULL << (32 + below(32)); break;
    case 5: frame->rdi |= 1ULL << (32 + below(32)); break;
    case 6: frame->rdi ^= 1ULL << below(32); break;
    case 7: frame->rdi = pick_handle(thread->process, SYS_OBJECT_NOTIFICATION);
            break;
    case 8: slot_at(thread->process, frame->rdi % WORLD_SLOTS)->rights &=
                number == SYS_CALL ? ~SYS_RIGHT_SEND : ~SYS_RIGHT_RECEIVE;
            break;
    default: add_ready(thread, other_side(thread, number)); break;
    }
}

/* Something about the thread, or what its last call has left behind. */
static void
change_thread(struct thread *thread)
{
    switch (below(6)) {
    case 0: thread->state = SYS_THREAD_STOPPED; break;
    case 1: thread->priority = (uint8_t)below(SYS_PRIORITIES); break;
    case 2: thread->base_priority = (uint8_t)below(SYS_PRIORITIES); break;
    case 3: thread->cancel = true; break;
    case 4: thread->leases = (uint8_t)below(SYS_LEASES + 1); break;
    default: thread->kind = SYS_GOT_FAULT; break;
    }
}

static void
change_other_side(struct thread *thread)
{
    switch (below(5)) {
    case 0: thread->stopped = true; break;
    case 1: thread->affinity = random64() & random64(); break;
    case 2: thread->affinity &= ~(1ULL << world.self); break;
    case 3: thread->base_priority = (uint8_t)below(SYS_PRIORITIES); break;
    default: thread->priority = (uint8_t)below(SYS_PRIORITIES); break;
    }
}

/* Something about the endpoint where the server waits, or will. */
static void
change_endpoint(struct thread *thread, uint64_t number)
{
    struct endpoint *endpoint = world.endpoints[below(WORLD_ENDPOINTS)];
    struct session *session = thread->caller != NULL
                                  ? thread->caller->session : NULL;

    if (number == SYS_CALL) {
        endpoint->level = (uint8_t)below(20);
        if (!list_is_empty(&endpoint->receivers) && once_in(2)) {
            add_work(); /* endpoint_closed() has not done all of it */
            endpoint->object.dead = true;
            world_cpu()->resched = false;
        }
        return;
    }
    if (session != NULL && once_in(4)) {
        session->object.handles = 1;
    } else if (session != NULL && once_in(3)) {
        thread->caller->kind = once_in(2) ? SYS_GOT_FAULT : SYS_GOT_PAGE;
    } else if (list_is_empty(&endpoint->receivers)) {
        if (endpoint->bound != NULL && once_in(2))
            endpoint->bound->bits |= 1;
        else if (list_is_empty(&world.processes[0].death.link))
            list_append(&endpoint->events, &world.processes[0].death.link);
    }
}

static void
change_something(uint64_t number)
{
    struct thread *thread = world_cpu()->current;
    struct thread *other = other_side(thread, number);

    switch (below(other != NULL ? 5 : 3)) {
    case 0: change_call(thread, number); break;
    case 1: change_thread(thread); break;
    case 2: change_endpoint(thread, number); break;
    default: change_other_side(other); break;
    }
}

/* What the thread asks is done for good only in the state as it is. */
static void
message(uint64_t number)
{
    static struct snapshot as_it_is;

    world_save(&as_it_is);
    for (unsigned i = 0; i < VARIANTS; i++) {
        change_something(number);
        if (once_in(3))
            change_something(number);
        compare(number);
        world_restore(&as_it_is);
    }
    if (!compare(number))
        slow_path(number);
}

/* --- what threads do ----------------------------------------------------- */

static void
fill_registers(struct thread *thread)
{
    struct trap_frame *frame = frame_of(thread);

    for (unsigned i = 0; i < sizeof thread->frame / 8; i++)
        thread->frame[i] = random64();
    frame->vector = FRAME_SYSCALL;
    frame->rip = SYS_USER_BASE + 100;
    frame->rsi &= once_in(8) ? SYS_TAG_VALID : UINT32_MAX;
    frame->rsi = once_in(8) ? SYS_FAULT_RESUME : frame->rsi;
    if ((frame->rsi >> 32) != 0 && !once_in(4)) /* handles that there are */
        frame->r14 =
            pick_handle(thread->process, SYS_OBJECT_SESSION) |
            (uint64_t)pick_handle(thread->process, SYS_OBJECT_REPLY) << 32;
}

static void
control(struct thread *thread)
{
    switch (below(12)) {
    case 0: case 1:
        world_stop(thread);
        break;
    case 2: case 3: case 4:
        thread->stopped = false;
        if (thread->state == SYS_THREAD_STOPPED)
            sched_ready(thread);
        break;
    case 5: case 6:
        (void)ipc_interrupt(thread);
        break;
    case 7:
        thread->base_priority = (uint8_t)below(SYS_PRIORITIES);
        sched_set_priority(thread, thread->base_priority);
        break;
    case 8:
        sched_set_affinity(thread, once_in(3) ? random64() : UINT64_MAX);
        break;
    case 9:
        thread->fs_base = random64() & 0xFFFFFF;
        break;
    case 10:
        if (once_in(6))
            world_kill(thread);
        break;
    default:
        sched_yield(thread);
        break;
    }
}

static void
handles(struct process *process)
{
    handle_t handle = pick_handle(process, SYS_OBJECT_SESSION);
    struct session *session = session_by(process, handle);

    if (once_in(20))
        handle = pick_handle(process, SYS_OBJECT_ENDPOINT);
    if (once_in(3))
        (void)handle_close(&process->handles, handle);
    else if (session != NULL && process->handles.count < WORLD_SLOTS / 2)
        (void)world_add(any_process(), &session->object,
                        SYS_RIGHT_SEND | SYS_RIGHT_TRANSFER);
}

static void
time_passes(struct process *process)
{
    handle_t handle = pick_handle(process, SYS_OBJECT_NOTIFICATION);
    struct object *object = object_by(process, handle,
                                      SYS_OBJECT_NOTIFICATION);
    struct notification *bell;

    if (object == NULL)
        return;
    bell = CONTAINER(object, struct notification, object);
    if (once_in(2))
        notification_signal(bell, 1u << below(8));
    else
        notification_set_timer(bell, 1, once_in(2)
                                            ? world.now + below(1000000) : 0);
}

/* What anybody may do to others, an interrupt included. */
static void
meddle(void)
{
    switch (below(5)) {
    case 0: case 1: control(any_thread()); break;
    case 2: handles(any_process()); break;
    case 3: time_passes(any_process()); break;
    default:
        if (once_in(3))
            add_work();
        break;
    }
}

static void
fault(struct thread *thread)
{
    const uint64_t words[SYS_WORDS] = { 14, 1, 2, 3, 4, 5 };
    struct session *session = session_by(
        thread->process, pick_handle(thread->process, SYS_OBJECT_SESSION));

    frame_of(thread)->vector = 14;
    if (session != NULL)
        (void)ipc_report(thread, session,
                         once_in(2) ? SYS_GOT_FAULT : SYS_GOT_PAGE, words);
}

/* Another system call, or a fault. */
static void
other_call(struct thread *thread)
{
    int result = 0;
    handle_t reply = 0;

    switch (below(8)) {
    case 0: case 1:
        result = ipc_receive(thread, pick_handle(thread->process,
                                                 SYS_OBJECT_ENDPOINT),
                             once_in(4));
        break;
    case 2:
        if (!once_in(2))
            reply = pick_handle(thread->process, SYS_OBJECT_REPLY);
        result = ipc_reply(thread, reply);
        break;
    case 3:
        result = ipc_keep(thread, &reply);
        break;
    case 4:
        fault(thread);
        result = IPC_LATER;
        break;
    default:
        meddle();
        break;
    }
    if (result != IPC_LATER)
        arch_thread_result(thread, result);
}

/* Servers mostly receive, others call. */
static void
choose_message(struct thread *thread)
{
    struct trap_frame *frame = frame_of(thread);
    unsigned number = (unsigned)(thread->id - FIRST_ID);
    bool serves = thread->caller != NULL ? !once_in(4) : number * 2 > below(12);

    if (!serves) {
        frame->rdi = pick_handle(thread->process, SYS_OBJECT_SESSION);
        message(SYS_CALL);
        return;
    }
    frame->rdi = pick_handle(thread->process, SYS_OBJECT_ENDPOINT);
    if (once_in(12))
        frame->rdi |= (uint64_t)pick_handle(thread->process,
                                            SYS_OBJECT_REPLY) << 32;
    message(SYS_REPLY_RECEIVE);
}

/* This CPU enters the kernel and leaves it again. */
static void
step(void)
{
    struct cpu_local *cpu = world_cpu();
    struct machine *machine = &world.machines[world.self];
    struct thread *thread = cpu->current;

    if (thread != NULL)
        fill_registers(thread);
    if (machine->timer <= world.now) {
        machine->timer = UINT64_MAX;
        kernel_enter(cpu);
        sched_timer_fired();
        world_leave();
    } else if (thread == NULL || (machine->kicks != 0 && once_in(3))) {
        machine->kicks = 0;
        kernel_enter(cpu);
        if (once_in(2))
            meddle();
        world_leave();
    } else if (!once_in(4)) {
        choose_message(thread);
    } else {
        kernel_enter(cpu);
        if (thread->state == SYS_THREAD_RUNNING)
            other_call(thread);
        world_leave();
    }
}

/* --- worlds -------------------------------------------------------------- */

static bool
works_once(struct work *work)
{
    (void)work;
    return false;
}

/*
 * Somebody's account at an address as the kernel has them. The head of an
 * empty list, taken for a thread, has it where on_cpu is.
 */
#define PAYER ((struct account *)0xFFFF800000000000)

static void
make_endpoint(unsigned number)
{
    struct process *owner = &world.processes[number + 1];
    struct endpoint *endpoint;
    struct notification *bell;
    struct session *session;

    assert_int_equal(endpoint_create(PAYER, below(6), &endpoint), 0);
    assert_int_equal(notification_create(PAYER, &bell), 0);
    world.endpoints[number] = endpoint;
    world_add(owner, &endpoint->object, SYS_RIGHT_RECEIVE | SYS_RIGHT_MINT);
    world_add(owner, &bell->object, SYS_RIGHTS_ALL);
    if (once_in(3))
        world_add(any_process(), &endpoint->object, SYS_RIGHT_RECEIVE);
    if (once_in(2))
        assert_int_equal(endpoint_bind(endpoint, bell), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(session_create(PAYER, endpoint, random64(),
                                        &session), 0);
        world_add(&world.processes[number], &session->object,
                  SYS_RIGHT_SEND | SYS_RIGHT_TRANSFER);
        if (once_in(2))
            world_add(any_process(), &session->object, SYS_RIGHT_SEND);
    }
}

static void
start_threads(void)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        struct thread *thread = world_thread(i);

        thread->base_priority = (uint8_t)(once_in(2) ? 10
                                                     : below(SYS_PRIORITIES));
        thread->priority = thread->base_priority;
        thread->stopped = once_in(6);
        if (once_in(4))
            thread->affinity = random64();
        sched_ready(thread);
    }
}

/* A thread that waits for a CPU while another one that may run it sleeps. */
static bool
waits_in_vain(const struct thread *thread)
{
    uint64_t cpus = thread->affinity & ((1ULL << world.cpu_count) - 1);

    for (unsigned i = 0; thread->queued && i < world.cpu_count; i++)
        if (world_cpus[i].local.idle && (cpus == 0 || (cpus >> i & 1) != 0))
            return true;
    return false;
}

/* When nobody is about to look, nobody has to. */
static void
check_queues(void)
{
    for (unsigned i = 0; i < world.cpu_count; i++)
        if (world_cpus[i].local.resched)
            return;
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        if (waits_in_vain(world_thread(i)))
            fail_msg("seed %llu, world %u, step %u: thread %u waits in vain",
                     (unsigned long long)seed, which_world, which_step, i);
}

static void
run_world(void)
{
    world_start(1 + below(WORLD_CPUS));
    world.work.step = works_once;
    for (unsigned i = 0; i < WORLD_PROCESSES; i++)
        world.processes[i].level = (uint8_t)(20 - 6 * i);
    for (unsigned i = 0; i < WORLD_ENDPOINTS; i++)
        make_endpoint(i);
    start_threads();
    for (unsigned i = 0; i < STEPS; i++) {
        which_step = i;
        world.self = below(world.cpu_count);
        world.now += below(100000);
        step();
        check_queues();
    }
    world_end();
}

static void
check_guard(unsigned kind, unsigned guard)
{
    static const unsigned others[] = { FOR_REPLY_ONLY, FOR_CALL_ONLY };
    unsigned count = alone[kind][guard];

    print_message("  %-12s %u\n", guard_names[guard], count);
    if ((others[kind] >> guard & 1) != 0 ||
        (guard == LEVEL && !world_is_debug))
        assert_int_equal(count, 0);
    else
        assert_true(count >= LEAST);
}

static void
test_equal_states(void **state)
{
    static const char *const names[] = { "call", "reply and receive" };
    const char *given = getenv("KINDLING_SEED");
    const char *soak = getenv("KINDLING_SOAK");
    unsigned wanted = soak != NULL && *soak == '1' ? COMPARISONS * 8
                                                   : COMPARISONS;

    (void)state;
    seed = given != NULL ? strtoull(given, NULL, 0) : 1;
    random_state = seed * 0x9E3779B97F4A7C15ULL | 1;
    while (taken[0] + taken[1] + declined[0] + declined[1] < wanted) {
        which_world++;
        run_world();
    }
    print_message("seed %llu, %u worlds, %u late timers, %u offers\n",
                  (unsigned long long)seed, which_world, late_timers,
                  offers);
    for (unsigned kind = 0; kind < 2; kind++) {
        print_message("%s: %u done, %u declined, by one guard alone:\n",
                      names[kind], taken[kind], declined[kind]);
        for (unsigned guard = 0; guard < GUARDS; guard++)
            check_guard(kind, guard);
        assert_true(taken[kind] >= wanted / 20);
    }
    assert_true(late_timers > 0 && offers > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
