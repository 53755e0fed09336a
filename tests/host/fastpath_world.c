#include "tests/host/unit.h"

#include "tests/host/fastpath_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/device.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/time.h"
#include "kernel/timeout.h"

struct world world;
struct x86_cpu world_cpus[WORLD_CPUS];
static _Alignas(4096) char pages[WORLD_PROCESSES][4096];
static unsigned pages_used;
static uint8_t io_bitmap[8192];

void
panic(const char *text, ...)
{
    print_error("panic: %s\n", text);
    abort();
}

/* --- snapshots ----------------------------------------------------------- */

#define CPU_BYTES offsetof(struct x86_cpu, ports)

void
world_save(struct snapshot *snapshot)
{
    world_sched_save(&world.sched);
    world.lock_holder = kernel_lock_word.word;
    snapshot->world = world;
    for (unsigned i = 0; i < world.cpu_count; i++)
        memcpy(snapshot->cpus[i], &world_cpus[i], CPU_BYTES);
    for (unsigned i = 0; i < WORLD_PROCESSES; i++)
        memcpy(snapshot->slots[i], pages[i], sizeof snapshot->slots[i]);
}

void
world_restore(const struct snapshot *snapshot)
{
    world = snapshot->world;
    world_sched_load(&world.sched);
    kernel_lock_word.word = world.lock_holder;
    for (unsigned i = 0; i < world.cpu_count; i++)
        memcpy(&world_cpus[i], snapshot->cpus[i], CPU_BYTES);
    for (unsigned i = 0; i < WORLD_PROCESSES; i++)
        memcpy(pages[i], snapshot->slots[i], sizeof snapshot->slots[i]);
}

static char difference[160];

/* False with the place of the first byte that is another. */
static bool
same(const char *what, unsigned number, const void *now, const void *then,
     size_t size)
{
    const unsigned char *a = now, *b = then;
    size_t i = 0;

    if (memcmp(a, b, size) == 0)
        return true;
    while (a[i] == b[i])
        i++;
    snprintf(difference, sizeof difference,
             "%s %u at byte %zu: %016llx, not %016llx", what, number, i / 8 * 8,
             *(const unsigned long long *)(const void *)&a[i / 8 * 8],
             *(const unsigned long long *)(const void *)&b[i / 8 * 8]);
    return false;
}

const char *
world_differs(const struct snapshot *snapshot)
{
    const struct world *then = &snapshot->world;
    bool equal = true;

    world_sched_save(&world.sched);
    world.lock_holder = kernel_lock_word.word;
    for (unsigned i = 0; equal && i < world.cpu_count; i++)
        equal = same("CPU", i, &world_cpus[i], snapshot->cpus[i], CPU_BYTES);
    for (unsigned i = 0; equal && i < WORLD_THREADS; i++)
        equal = same("thread", i, &world.threads[i], &then->threads[i],
                     sizeof world.threads[i]);
    for (unsigned i = 0; equal && i < WORLD_PROCESSES; i++)
        equal = same("handles of process", i, pages[i], snapshot->slots[i],
                     sizeof snapshot->slots[i]);
    equal = equal && same("world", 0, &world, then, sizeof world);
    return equal ? NULL : difference;
}

/* --- the machine --------------------------------------------------------- */

struct cpu_local *
world_cpu(void)
{
    return &world_cpus[world.self].local;
}

struct cpu_local *
arch_cpu(void)
{
    return world_cpu();
}

struct cpu_local *
arch_cpu_at(uint32_t number)
{
    return number < world.cpu_count ? &world_cpus[number].local : NULL;
}

uint32_t
arch_cpu_count(void)
{
    return world.cpu_count;
}

void
arch_cpu_kick(uint32_t number)
{
    assert_true(number < world.cpu_count && number != world.self);
    world.machines[number].kicks++;
}

void
arch_timer_start(uint64_t ns)
{
    world.machines[world.self].timer = world.now + ns;
}

void
arch_timer_stop(void)
{
    world.machines[world.self].timer = UINT64_MAX;
}

uint64_t
time_now_ns(void)
{
    return world.now;
}

bool
arch_interrupts_off(void)
{
    return false;
}

void
arch_interrupts_restore(bool on)
{
    (void)on;
}

void
tlb_forget(void)
{
    if (world_cpu()->flush != 0)
        world.machines[world.self].forgets++;
    world_cpu()->flush = 0;
}

static jmp_buf asleep;

void
arch_before_sleep(void)
{
}

void
arch_sleep(void)
{
    longjmp(asleep, 1);
}

void
world_leave(void)
{
    if (setjmp(asleep) == 0)
        kernel_leave(world_cpu());
}

void
arch_resume(struct thread *thread)
{
    (void)thread;
    abort();
}

/* Here no process ends. */
void
thread_kill(struct thread *thread)
{
    (void)thread;
    abort();
}

uint64_t
arch_timestamp(void)
{
    return 0;
}

/* --- memory -------------------------------------------------------------- */

/* Nothing is used twice. */
void *
cache_take(struct cache *cache, struct account *payer)
{
    size_t aligned = (cache->size + 15) & ~15u;
    char *slot = world.heap + world.heap_used;

    (void)payer;
    if (aligned > WORLD_HEAP - world.heap_used)
        return NULL;
    world.heap_used += aligned;
    return memset(slot, 0, cache->size);
}

void
cache_release(struct cache *cache, struct account *payer, void *slot)
{
    (void)payer;
    memset(slot, 0xDB, cache->size);
}

paddr_t
frame_take(struct account *owner, unsigned order, unsigned flags)
{
    (void)owner;
    (void)order;
    (void)flags;
    assert_true(pages_used < WORLD_PROCESSES);
    return (uintptr_t)memset(pages[pages_used++], 0, sizeof pages[0]);
}

int
frame_release(struct account *owner, paddr_t run, unsigned order)
{
    (void)owner;
    (void)run;
    (void)order;
    return 0;
}

void *
phys_to_virt(paddr_t paddr)
{
    return (void *)paddr;
}

/* Leases of any address, 0 long. */
int
space_read(struct space *space, uint64_t address, void *buffer, uint64_t size)
{
    (void)space;
    (void)address;
    memset(buffer, 0, size);
    return 0;
}

int
space_copy(struct space *to, uint64_t to_address, struct space *from,
           uint64_t from_address, uint64_t size, uint64_t *done)
{
    (void)to;
    (void)to_address;
    (void)from;
    (void)from_address;
    (void)size;
    (void)done;
    return ERR_ADDRESS;
}

/* --- ends ---------------------------------------------------------------- */

void
world_kill(struct thread *thread)
{
    if (thread->state == SYS_THREAD_DEAD)
        return;
    thread->killed = true;
    ipc_abandon(thread);
    sched_block(thread);
    list_remove(&thread->queue);
    if (thread->on_cpu >= 0)
        arch_cpu_at((uint32_t)thread->on_cpu)->resched = true;
}

void
world_stop(struct thread *thread)
{
    thread->stopped = true;
    if (thread->state != SYS_THREAD_READY &&
        thread->state != SYS_THREAD_RUNNING)
        return;
    sched_block(thread);
    thread->state = SYS_THREAD_STOPPED;
    if (thread->on_cpu >= 0)
        arch_cpu_at((uint32_t)thread->on_cpu)->resched = true;
}

void
process_end(struct process *process, const uint64_t words[4])
{
    (void)words;
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        if (world_thread(i)->process == process)
            world_kill(world_thread(i));
}

#define HAS_NO_END(name, type) \
    void name(struct type *object) \
    { \
        (void)object; \
        panic("no end of this is wanted: " #name); \
    }
HAS_NO_END(process_free, process)
HAS_NO_END(thread_free, thread)
HAS_NO_END(memory_free, memory)
HAS_NO_END(interrupt_closed, interrupt)
HAS_NO_END(interrupt_free, interrupt)
HAS_NO_END(ports_free, ports)

/* --- the world ----------------------------------------------------------- */

static void
start_cpu(unsigned number)
{
    struct x86_cpu *cpu = &world_cpus[number];

    memset(cpu, 0, CPU_BYTES);
    cpu->self = cpu;
    cpu->local.number = number;
    cpu->local.in_kernel = 1;
    cpu->bit = 1ULL << number;
    cpu->ports_process = 70 + number % WORLD_PROCESSES;
    cpu->ports_version = 1;
    sched_init_cpu(&cpu->local);
    world.machines[number].timer = UINT64_MAX;
}

static void
start_process(unsigned number)
{
    struct process *process = &world.processes[number];

    object_init(&process->object, SYS_OBJECT_PROCESS, NULL);
    handle_table_init(&process->handles, NULL);
    list_init(&process->death.link);
    process->death.kind = SYS_GOT_DEATH;
    process->id = 70 + number;
    process->ports = number == 0 ? NULL : io_bitmap;
    process->space = (void *)&world.spaces[number];
    world.spaces[number].root = 0x100000 * (number + 1);
}

static void
start_thread(unsigned number)
{
    struct thread *thread = world_thread(number);

    object_init(&thread->object, SYS_OBJECT_THREAD, NULL);
    object_init(&thread->reply, SYS_OBJECT_REPLY, NULL);
    list_init(&thread->queue);
    list_init(&thread->cancel_event.link);
    thread->cancel_event.kind = SYS_GOT_CANCEL;
    thread->id = FIRST_ID + number;
    thread->process = &world.processes[number / 2];
    thread->on_cpu = -1;
    thread->affinity = UINT64_MAX;
    thread->fs_base = 0x1000 * number;
    world.threads[number].fpu = 1000 + number;
}

void
world_start(uint32_t cpu_count)
{
    memset(&world, 0, sizeof world);
    pages_used = 0;
    world.cpu_count = cpu_count;
    world.now = 1000;
    world_sched_reset();
    kernel_lock_word.word = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        start_cpu(i);
    for (unsigned i = 0; i < WORLD_PROCESSES; i++)
        start_process(i);
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        start_thread(i);
}

void
world_end(void)
{
    for (world.self = 0; world.self < world.cpu_count; world.self++)
        assert_true(timeout_expire(UINT64_MAX, 100) < 100);
}

handle_t
world_add(struct process *process, struct object *object, uint32_t rights)
{
    handle_t handle;

    assert_int_equal(handle_add(&process->handles, object, rights, &handle),
                     0);
    assert_true(handle % HANDLE_MAX < WORLD_SLOTS);
    return handle;
}
