/*
 * Threads. The kernel is an event kernel: it has one stack for each CPU, none
 * for a thread. A thread in the kernel is its registers as they were at the
 * entry, and what it waits for; the result is written into the registers when
 * the wait is over.
 *
 *                 start                  picked
 *     STOPPED <---------> READY <----------------------> RUNNING
 *                stop       ^      slice over, preempted    |
 *                           |                               | blocks
 *                           +--- SENDING, CALLING, RECEIVING, WAITING
 *
 * STOPPED is a flag beside the state: a stopped thread that waits goes on
 * waiting and stays away from the run queue afterwards.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/syscall.h"
#include "kernel/lib/list.h"
#include "kernel/object.h"

struct endpoint;
struct notification;
struct process;
struct session;

/* What an endpoint delivers before any call: kernel/endpoint.h. */
struct event {
    struct list link; /* in the endpoint's events, or alone */
    uint8_t kind;     /* SYS_GOT_CLOSED, _CANCEL, _DEATH */
};

/*
 * The registers of a message, in the order in which the entry code keeps them
 * in a thread's frame: kernel/x86/context.h maps the names.
 */
struct message {
    uint64_t tag;
    uint64_t words[SYS_WORDS];
};

struct lease {
    uint64_t address, length;
    uint32_t rights; /* SYS_RIGHT_READ, SYS_RIGHT_WRITE: of the server */
};

struct thread {
    /*
     * The registers come first: entry code finds them without an offset.
     * struct trap_frame of kernel/x86/trap.h; portable code uses arch_thread_*.
     */
    uint64_t frame[22] __attribute__((aligned(16)));

    struct object object;  /* SYS_OBJECT_THREAD */
    struct object reply;   /* SYS_OBJECT_REPLY: this thread's call */
    uint64_t id;           /* never used again */
    struct process *process; /* a reference */
    struct list in_process;

    uint8_t state;         /* enum sys_thread_state */
    bool stopped;          /* by SYS_THREAD_STOP, or not started yet */
    bool killed;           /* ends at the next chance */
    bool queued;           /* in a run queue */
    uint8_t priority;      /* effective: own, or a caller's */
    uint8_t base_priority;
    int16_t on_cpu;        /* whose current it is, or -1 */
    uint16_t last_cpu;
    uint32_t slice_left;   /* nanoseconds of its slice when it was preempted */
    uint64_t affinity;
    struct list queue;     /* run queue, or the queue of what it waits for */

    /* The call it waits in: SENDING, CALLING. */
    uint8_t kind;          /* SYS_GOT_CALL, _FAULT or _PAGE */
    bool cancel;           /* asked to come back, not told to the server yet */
    uint16_t leases;       /* how many of lease[] are granted */
    struct session *session; /* where to; counts as a handle to it */
    struct thread *server; /* whose current call it is; NULL: kept */
    struct process *kept_in; /* NULL: not kept */
    uint32_t kept_handle;  /* the number in kept_in's table */
    struct event cancel_event;
    struct lease lease[SYS_LEASES];
    uint64_t fault[SYS_WORDS]; /* words of a fault or page message */

    /* As a server. */
    struct thread *caller; /* received, not answered, not kept */

    /* WAITING: for which bits. */
    struct notification *notification;
    uint64_t wait_mask;

    /* A system call that goes in steps, to be taken up again. */
    struct object *operation; /* a reference */

    /* User registers beyond the frame, loaded when it is switched to. */
    uint64_t fs_base;
}; /* ... and behind it, in the same memory: */

/* XSAVE area of arch_thread_fpu_size() bytes. */
#define THREAD_FPU_ALIGNMENT 64u
#define THREAD_FPU_OFFSET                               \
    ((sizeof(struct thread) + THREAD_FPU_ALIGNMENT - 1) \
     & ~(THREAD_FPU_ALIGNMENT - 1ULL))

static inline void *
thread_fpu(const struct thread *thread)
{
    return (char *)thread + THREAD_FPU_OFFSET;
}

/*
 * A thread of that process, stopped; the caller gets the one reference.
 * ERR_MEMORY, or ERR_DEAD when the process is ending.
 */
int thread_create(struct process *process, uint64_t entry, uint64_t stack,
                  uint64_t argument, unsigned priority,
                  struct thread **thread);

/*
 * SYS_THREAD_START and _STOP; ERR_DEAD. A thread on another CPU stands still
 * when thread_stop() returns.
 */
int thread_start(struct thread *thread);
int thread_stop(struct thread *thread);

/* It never runs another instruction. Waits and calls of others end well. */
void thread_kill(struct thread *thread);

/* SYS_THREAD_INTERRUPT: ERR_STATE when it waits for nothing. */
int thread_interrupt(struct thread *thread);

/*
 * The registers; ERR_STATE while it runs elsewhere and is not stopped.
 * Writing checks them: addresses in user space, flags that user code may set.
 * It wants a thread that stopped, or that waits for what its supervisor says
 * to a fault: in other waits the registers are the message.
 */
int thread_read(struct thread *thread, struct sys_registers *registers);
int thread_write(struct thread *thread,
                 const struct sys_registers *registers);

/*
 * End all that it waits for and that waits for it, without results; it is in
 * no queue when this returns. What it does next is up to the caller.
 */
void thread_leave(struct thread *thread);

/*
 * The last reference is gone. Its memory goes back later, by struct work: no
 * thread that a system call looks at vanishes below it, nor one that a CPU
 * has yet to switch away from. Until then its process stays as well.
 */
void thread_free(struct thread *thread);

/* Some of those; false if there were none. For work, not for system calls. */
bool thread_reap(void);

/* Once, when the size of the FPU state is known. */
void threads_init(void);

/*
 * A thread like another one that waits, in another process; stopped. The
 * caller gets the one reference.
 */
int thread_copy(struct process *process, const struct thread *like,
                struct thread **thread);

/* How many there are, for tests and figures. */
uint64_t thread_count(void);

/*
 * Set when the thread goes on: RAX of its pending system call, with the
 * registers that carry no result zeroed.
 */
void arch_thread_result(struct thread *thread, int64_t result);

/* A second result, in RDX. */
void arch_thread_result2(struct thread *thread, uint64_t value);

/* Execute the system call again, as the registers now say. */
void arch_thread_restart(struct thread *thread);

/*
 * Argument registers of the call: RDI RSI RDX R10 R8 R9 are 0 to 5, and where
 * they stand in the frame.
 */
static const uint8_t thread_argument_at[] = { 9, 10, 11, 5, 7, 6 };

uint64_t arch_thread_argument(const struct thread *thread, unsigned number);
void arch_thread_set_argument(struct thread *thread, unsigned number,
                              uint64_t value);

/* The message in the registers: R14, R15 as they are. */
void arch_thread_message(const struct thread *thread, struct message *message);
uint64_t arch_thread_handles(const struct thread *thread);
uint64_t arch_thread_leases(const struct thread *thread);

/* What a receiver gets: every result register is set. */
struct delivery {
    int64_t result;    /* RAX */
    uint64_t process;  /* RDI */
    uint64_t badge;    /* RBX; ignored at the end of a call */
    uint64_t handles;  /* R14 */
    uint64_t leases;   /* R15 */
    bool is_reply;     /* the end of a call: RBX and R15 stay as they were */
};
void arch_thread_deliver(struct thread *thread,
                         const struct delivery *delivery,
                         const struct message *message);

/* Registers of a thread that starts. */
void arch_thread_init(struct thread *thread, uint64_t entry, uint64_t stack,
                      uint64_t argument);
void arch_thread_copy(struct thread *to, const struct thread *from);
size_t arch_thread_fpu_size(void);

/* FS base: now if it is the running thread, else when it runs next. */
void arch_thread_set_tls(struct thread *thread, uint64_t base);
void arch_thread_get(const struct thread *thread,
                     struct sys_registers *registers);
int arch_thread_set(struct thread *thread,
                    const struct sys_registers *registers);

#endif
