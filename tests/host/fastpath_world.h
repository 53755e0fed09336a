/*
 * A world in which threads really change places on CPUs: messages, scheduler
 * and arch_switch() as they are in the kernel. Only memory and the machine
 * itself (CR3, MSRs, FPU, timers, interrupts) are stand-ins, and what these
 * were told is part of the state.
 */
#ifndef TESTS_HOST_FASTPATH_WORLD_H
#define TESTS_HOST_FASTPATH_WORLD_H

#include "kernel/endpoint.h"
#include "kernel/ipc.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "kernel/x86/context.h"
#include "kernel/x86/percpu.h"

#define WORLD_CPUS      4u
#define WORLD_THREADS   6u
#define WORLD_PROCESSES 3u
#define WORLD_ENDPOINTS 2u
#define WORLD_SLOTS     64u /* handles of a process */
#define WORLD_HEAP      4096u
#define FIRST_ID        90u   /* of threads */

/* What kernel/sched.c keeps to itself. */
struct sched_state {
    uint64_t idle_cpus;
    struct work *first, **end;
    uint32_t worker;
};

void world_sched_reset(void);
void world_sched_save(struct sched_state *state);
void world_sched_load(const struct sched_state *state);

/* Whether fastpath.c and ipc.c are those of a debug kernel. */
extern const bool world_is_debug;

/* What the machine was told last. */
struct machine {
    uint64_t cr3, fs_base, fpu, timer;
    uint32_t kicks, forgets;
};

/* Its FPU state stands where thread_fpu() looks for it. */
struct world_thread {
    struct thread thread;
    _Alignas(THREAD_FPU_ALIGNMENT) uint64_t fpu;
};

_Static_assert(offsetof(struct world_thread, fpu) == THREAD_FPU_OFFSET,
               "thread_fpu()");

struct world {
    struct machine machines[WORLD_CPUS];
    uint32_t cpu_count, self;
    uint32_t lock_holder; /* as saved: kernel_lock_holder */
    uint64_t now;
    struct sched_state sched;
    struct work work;
    struct arch_space spaces[WORLD_PROCESSES];
    struct process processes[WORLD_PROCESSES];
    struct endpoint *endpoints[WORLD_ENDPOINTS];
    struct world_thread threads[WORLD_THREADS];
    _Alignas(16) char heap[WORLD_HEAP];
    size_t heap_used;
};

/* Everything that there is, so that it can be copied away and back. */
struct snapshot {
    struct world world;
    char cpus[WORLD_CPUS][offsetof(struct x86_cpu, ports)];
    struct handle_slot slots[WORLD_PROCESSES][WORLD_SLOTS];
};

extern struct world world;
extern struct x86_cpu world_cpus[WORLD_CPUS];

void world_save(struct snapshot *snapshot);
void world_restore(const struct snapshot *snapshot);

/* NULL, or what differs now, in words. */
const char *world_differs(const struct snapshot *snapshot);

/* Processes with threads, READY, and CPUs that have not looked yet. */
void world_start(uint32_t cpu_count);

/* Nothing is left that the next world could stumble over. */
void world_end(void);

/* What arch_cpu() says. */
struct cpu_local *world_cpu(void);

static inline struct thread *
world_thread(unsigned number)
{
    return &world.threads[number].thread;
}

/* kernel_leave(), until this CPU sleeps or has a thread to run. */
void world_leave(void);

/* thread_kill() and thread_stop(). */
void world_kill(struct thread *thread);
void world_stop(struct thread *thread);

handle_t world_add(struct process *process, struct object *object,
                   uint32_t rights);

#endif
