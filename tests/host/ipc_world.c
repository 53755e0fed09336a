#include "tests/host/unit.h"

#include "tests/host/ipc_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/device.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/vm.h"

struct world world;
uint8_t world_memory[WORLD_PROCESSES][WORLD_MEMORY];

void
panic(const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    vfprintf(stderr, text, arguments);
    va_end(arguments);
    abort();
}

/* --- memory -------------------------------------------------------------- */

static bool
memory_is_out(void)
{
    if (world.memory_fails == 0)
        return false;
    return --world.memory_fails == 0;
}

/* Nothing is used twice, so that a use after the end is noticed. */
void *
cache_take(struct cache *cache, struct account *payer)
{
    char *slot = world.heap + world.heap_used;

    (void)payer;
    if (memory_is_out())
        return NULL;
    world.heap_used += (cache->size + 15) & ~15u;
    assert_true(world.heap_used <= sizeof world.heap);
    memset(slot, 0, cache->size);
    world.objects++;
    return slot;
}

void
cache_release(struct cache *cache, struct account *payer, void *slot)
{
    (void)payer;
    memset(slot, 0xDB, cache->size);
    world.objects--;
}

paddr_t
frame_take(struct account *owner, unsigned order, unsigned flags)
{
    (void)owner;
    (void)flags;
    assert_int_equal(order, 0);
    if (memory_is_out() || world.pages_used == WORLD_PROCESSES)
        return 0;
    world.pages_left++;
    return (uintptr_t)world.pages[world.pages_used++];
}

int
frame_release(struct account *owner, paddr_t run, unsigned order)
{
    (void)owner;
    (void)order;
    assert_non_null((void *)run);
    world.pages_left--;
    return 0;
}

void *
phys_to_virt(paddr_t paddr)
{
    return (void *)paddr;
}

static uint8_t *
memory_at(struct space *space, uint64_t address, uint64_t size)
{
    uint64_t number = (uintptr_t)space - 1;

    assert_true(number < WORLD_PROCESSES);
    if (address < SYS_USER_BASE || size > WORLD_MEMORY ||
        address - SYS_USER_BASE > WORLD_MEMORY - size)
        return NULL;
    return &world_memory[number][address - SYS_USER_BASE];
}

int
space_read(struct space *space, uint64_t address, void *buffer, uint64_t size)
{
    const uint8_t *from = memory_at(space, address, size);

    if (from == NULL)
        return ERR_ADDRESS;
    memcpy(buffer, from, size);
    return 0;
}

int
space_copy(struct space *to, uint64_t to_address, struct space *from,
           uint64_t from_address, uint64_t size, uint64_t *done)
{
    uint8_t *target = memory_at(to, to_address, size);
    const uint8_t *source = memory_at(from, from_address, size);

    assert_in_range(size, 1, 65536);
    if (target == NULL || source == NULL)
        return ERR_ADDRESS;
    memmove(target, source, size);
    *done = size;
    return 0;
}

/* --- registers ----------------------------------------------------------- */

void
arch_thread_result(struct thread *thread, int64_t result)
{
    for (unsigned i = RDI; i <= R9; i++)
        thread->frame[i] = 0;
    thread->frame[RAX] = (uint64_t)result;
    thread->frame[RESULTS]++;
}

void
arch_thread_result2(struct thread *thread, uint64_t value)
{
    thread->frame[RDX] = value;
}

void
arch_thread_restart(struct thread *thread)
{
    thread->frame[RESTARTS]++;
}

uint64_t
arch_thread_argument(const struct thread *thread, unsigned number)
{
    return thread->frame[RDI + number];
}

void
arch_thread_set_argument(struct thread *thread, unsigned number,
                         uint64_t value)
{
    thread->frame[RDI + number] = value;
}

void
arch_thread_message(const struct thread *thread, struct message *message)
{
    message->tag = thread->frame[RSI];
    for (unsigned i = 0; i < SYS_WORDS; i++)
        message->words[i] = thread->frame[RDX + i];
}

uint64_t
arch_thread_handles(const struct thread *thread)
{
    return thread->frame[R14];
}

uint64_t
arch_thread_leases(const struct thread *thread)
{
    return thread->frame[R15];
}

void
arch_thread_deliver(struct thread *thread, const struct delivery *delivery,
                    const struct message *message)
{
    thread->frame[RAX] = (uint64_t)delivery->result;
    thread->frame[RDI] = delivery->process;
    thread->frame[RSI] = message->tag;
    for (unsigned i = 0; i < SYS_WORDS; i++)
        thread->frame[RDX + i] = message->words[i];
    thread->frame[R14] = delivery->handles;
    if (!delivery->is_reply) {
        thread->frame[RBX] = delivery->badge;
        thread->frame[R15] = delivery->leases;
    }
    thread->frame[RESULTS]++;
}

/* --- threads ------------------------------------------------------------- */

void
sched_ready(struct thread *thread)
{
    if (thread->killed)
        return;
    assert_true(thread->state != SYS_THREAD_DEAD);
    thread->state = thread->stopped ? SYS_THREAD_STOPPED : SYS_THREAD_READY;
}

void
sched_hand_over(struct thread *thread)
{
    sched_ready(thread);
}

void
sched_block(struct thread *thread)
{
    assert_true(list_is_empty(&thread->queue));
}

void
sched_set_priority(struct thread *thread, unsigned priority)
{
    thread->priority = (uint8_t)priority;
}

void
sched_arm_timer(struct cpu_local *cpu)
{
    (void)cpu;
}

struct cpu_local *
arch_cpu(void)
{
    return &world.cpu;
}

void
sched_add_work(struct work *work)
{
    assert_null(world.work);
    world.work = work;
}

void
world_work(void)
{
    while (world.work != NULL) {
        struct work *work = world.work;

        world.work = NULL;
        if (work->step(work))
            sched_add_work(work);
    }
}

void
world_kill(struct thread *thread)
{
    if (thread->state == SYS_THREAD_DEAD)
        return;
    thread->killed = true;
    ipc_abandon(thread);
    assert_int_equal(thread->state, SYS_THREAD_DEAD);
    assert_true(list_is_empty(&thread->queue));
    object_unref(&thread->reply);
}

void
process_end(struct process *process, const uint64_t words[4])
{
    unsigned number = (unsigned)(process - world.processes);

    if (world.ended[number])
        return;
    world.ended[number] = true;
    for (unsigned i = 0; i < 4; i++)
        world.death[number][i] = words[i];
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        if (world.threads[i].process == process)
            world_kill(&world.threads[i]);
}

/* --- objects that have no end here --------------------------------------- */

static void
no_end(void)
{
    panic("an object ended that should not\n");
}

void
process_free(struct process *process)
{
    (void)process;
    no_end();
}

void
thread_free(struct thread *thread)
{
    (void)thread;
    no_end();
}

void
memory_free(struct memory *memory)
{
    (void)memory;
    no_end();
}

void
interrupt_closed(struct interrupt *interrupt)
{
    (void)interrupt;
}

void
interrupt_free(struct interrupt *interrupt)
{
    (void)interrupt;
    no_end();
}

void
ports_free(struct ports *ports)
{
    (void)ports;
    no_end();
}

/* --- the world ----------------------------------------------------------- */

static void
start_thread(struct thread *thread, struct process *process, uint64_t id)
{
    object_init(&thread->object, SYS_OBJECT_THREAD, NULL);
    object_init(&thread->reply, SYS_OBJECT_REPLY, NULL);
    object_ref(&thread->object); /* the reply's */
    list_init(&thread->queue);
    list_init(&thread->cancel_event.link);
    thread->cancel_event.kind = SYS_GOT_CANCEL;
    thread->id = id;
    thread->process = process;
    thread->state = SYS_THREAD_READY;
    thread->on_cpu = -1;
    thread->priority = thread->base_priority = 5;
}

void
world_start(void)
{
    memset(&world, 0, sizeof world);
    for (unsigned i = 0; i < WORLD_PROCESSES; i++) {
        struct process *process = &world.processes[i];

        object_init(&process->object, SYS_OBJECT_PROCESS, NULL);
        handle_table_init(&process->handles, NULL);
        list_init(&process->death.link);
        process->death.kind = SYS_GOT_DEATH;
        process->id = 70 + i;
        process->level = 100;
        process->space = (struct space *)(uintptr_t)(i + 1);
    }
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        start_thread(&world.threads[i], &world.processes[i / 2], 90 + i);
}

void
world_end(void)
{
    world.memory_fails = 0;
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        world_kill(&world.threads[i]);
    for (unsigned i = 0; i < WORLD_PROCESSES; i++) {
        while (handle_table_clear(&world.processes[i].handles, 3))
            world_work();
        world_work();
    }
    assert_int_equal(world.objects, 0);
    assert_int_equal(world.pages_left, 0);
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        assert_int_equal(world.threads[i].object.references, 1);
        assert_int_equal(world.threads[i].reply.references, 0);
        assert_null(world.threads[i].session);
        assert_null(world.threads[i].caller);
    }
    for (unsigned i = 0; i < WORLD_PROCESSES; i++)
        assert_int_equal(world.processes[i].object.references, 1);
}

static handle_t
add(struct process *process, struct object *object)
{
    handle_t handle;

    assert_int_equal(handle_add(&process->handles, object, SYS_RIGHTS_ALL,
                                &handle), 0);
    object_unref(object);
    return handle;
}

handle_t
world_endpoint(struct process *process, unsigned level,
               struct endpoint **endpoint)
{
    assert_int_equal(endpoint_create(NULL, level, endpoint), 0);
    return add(process, &(*endpoint)->object);
}

handle_t
world_session(struct process *process, struct endpoint *endpoint,
              uint64_t badge, struct session **session)
{
    assert_int_equal(session_create(NULL, endpoint, badge, session), 0);
    return add(process, &(*session)->object);
}

handle_t
world_notification(struct process *process,
                   struct notification **notification)
{
    assert_int_equal(notification_create(NULL, notification), 0);
    return add(process, &(*notification)->object);
}
