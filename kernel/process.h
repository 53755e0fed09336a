/*
 * Processes: an address space, a table of handles, an account, threads.
 *
 *     made: no thread yet -> lives -> dying -> dead (a corpse while handles
 *                                              to it are open)
 *
 * Dying goes in steps (kernel/sched.h: struct work): threads, then handles,
 * then memory. At its end the supervisor gets the death message, so whoever
 * has received it finds all frames returned.
 *
 * Nothing ends by itself that holds a handle to itself, or whose only threads
 * are stopped; but all that a process's account pays for can be ended with it,
 * by process_end_below().
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/endpoint.h"
#include "kernel/handle.h"
#include "kernel/object.h"
#include "kernel/sched.h"

struct ports;
struct space;
struct thread;

enum process_state { PROCESS_ALIVE, PROCESS_DYING, PROCESS_DEAD };

struct process {
    struct object object;
    uint64_t id; /* never used again */
    struct list all;         /* of all processes, in the order of ids */
    struct account *account; /* pinned; closed when it is dead */
    struct space *space;
    struct handle_table handles;
    struct list threads;
    uint32_t thread_count;
    uint8_t state;
    uint8_t level;
    struct session *supervisor; /* counts as a handle; NULL: nobody is told */
    struct event death;         /* while queued it holds a reference to the
                                   process, which the endpoint drops */
    uint64_t death_words[4];    /* enum sys_death and what belongs to it */
    struct work ending;
    struct work sweep;        /* its account is sealed while that goes on */
    struct process *swept;    /* looked at last, a reference; NULL: none */
    uint64_t sweep_end;       /* newer ones cannot be below */
    uint8_t *ports;  /* I/O bitmap of 65,536 bits, 0 may; NULL: none */
    struct account *ports_payer;
    struct process *clone_of; /* while SYS_PROCESS_CLONE goes on */
    uint32_t clone_handle;    /* next handle to copy */
    uint64_t clone_address;   /* next address to copy */
};

/*
 * limit frames are carved from parent's account (or it has the root account
 * when parent is NULL). supervisor may be NULL.
 */
int process_create(struct process *parent, uint64_t limit,
                   struct session *supervisor, uint64_t level,
                   struct process **process);

/*
 * SYS_PROCESS_CLONE: a copy of the process in which only the thread that
 * waits in the call lives, waiting in a call of its own, which becomes a kept
 * reply of server's process. limit frames are carved from server's process.
 *
 * Goes in steps: *clone is NULL at first; ERR_AGAIN means call again with the
 * same arguments and *clone. It is the caller's reference from the first step
 * on, whatever comes back: dropping it ends what was begun. Between two steps
 * the process may change or die: the copy of each part is as its step found
 * it, and ERR_DEAD or ERR_STATE is the end.
 */
int process_clone(struct process *process, struct thread *caller,
                  uint64_t limit, struct thread *server,
                  struct process **clone, handle_t *reply);

/*
 * SYS_PROCESS_SWAP: process gets source's address space and source the other.
 * All threads but keep end; keep starts anew at entry. source has no threads,
 * keep is the current thread or does not run: else ERR_STATE, and nothing
 * was changed. ERR_AGAIN after a step: call again. At 0 keep is ready and no
 * CPU's current thread; its registers are those of the start.
 *
 * The accounts go with the address spaces: from now on process charges what
 * paid for its new image, with that one's limit, and source the other way
 * round. What a process held before beside its memory (handle pages, threads,
 * objects) stays with the account that paid and goes back there, so nothing
 * is ever moved between accounts: when source ends, its account closes and
 * goes on carrying only what process still holds of it.
 */
int process_swap(struct process *process, struct process *source,
                 struct thread *keep, uint64_t entry, uint64_t stack,
                 uint64_t argument);

/*
 * Begin to end it; threads that run end at once, the current one as well.
 * words: enum sys_death, ... Harmless when it ends already.
 */
void process_end(struct process *process, const uint64_t words[4]);

/*
 * Begin to end all processes whose accounts lie below its own; it may be dead
 * itself. Goes on by itself, in steps; meanwhile no process is made below, and
 * none there is swapped: ERR_STATE. Those who are told of deaths are told.
 */
void process_end_below(struct process *process);

/* An exception in user space: tell the supervisor or end the process. */
void process_fault(struct thread *thread,
                   const uint64_t words[SYS_WORDS]);

/* The last thread has ended. */
void process_thread_ended(struct process *process);

void process_free(struct process *process);

uint64_t process_count(void);

#endif
