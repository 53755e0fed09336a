/*
 * A small world for the code that passes messages: processes with the real
 * handle tables, threads whose registers are a plain array, memory. All of it
 * is one struct that can be copied away and back.
 *
 * Threads do not run here: a test calls what a system call would. A thread
 * that may run is READY.
 */
#ifndef TESTS_HOST_IPC_WORLD_H
#define TESTS_HOST_IPC_WORLD_H

#include "kernel/cpu_local.h"
#include "kernel/endpoint.h"
#include "kernel/ipc.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/thread.h"

#define WORLD_THREADS   6
#define WORLD_PROCESSES 3
#define WORLD_MEMORY    0x30000u /* of each process, at SYS_USER_BASE */

/* Registers in struct thread's frame, and counts of what was written. */
enum world_register {
    RAX, RDI, RSI, RDX, R10, R8, R9, R12, R13, R14, R15, RBX,
    RESULTS,  /* how often the thread was given a result */
    RESTARTS, /* ... or was to make its call again */
};

struct world {
    struct process processes[WORLD_PROCESSES];
    struct thread threads[WORLD_THREADS];
    bool ended[WORLD_PROCESSES];
    uint64_t death[WORLD_PROCESSES][4];
    _Alignas(4096) char pages[WORLD_PROCESSES][4096];
    unsigned pages_used, pages_left;
    _Alignas(16) char heap[4096];
    size_t heap_used;
    unsigned objects;     /* taken from the heap */
    unsigned memory_fails; /* so many takings from now on succeed, then one */
    struct work *work;
    struct cpu_local cpu;
};

extern struct world world;
extern uint8_t world_memory[WORLD_PROCESSES][WORLD_MEMORY];

/* Processes 0 and 1 have threads 0, 1 and 2, 3; process 2 has 4, 5. */
void world_start(void);

/* The thread's end, as thread_kill() has it. */
void world_kill(struct thread *thread);

/* Do what sched_add_work() was given. */
void world_work(void);

/*
 * All threads and handles go; then all objects must be gone, too, but for
 * threads and processes, each with its first reference left.
 */
void world_end(void);

/* A new endpoint, session, notification with a handle in the process. */
handle_t world_endpoint(struct process *process, unsigned level,
                        struct endpoint **endpoint);
handle_t world_session(struct process *process, struct endpoint *endpoint,
                       uint64_t badge, struct session **session);
handle_t world_notification(struct process *process,
                            struct notification **notification);

#endif
