/*
 * What each CPU has for itself. kernel/x86 embeds it in a larger struct that
 * GS points at; arch_cpu() finds it.
 */
#ifndef KERNEL_CPU_LOCAL_H
#define KERNEL_CPU_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/syscall.h"
#include "kernel/lib/list.h"

#define CPUS_MAX 64u /* as many as an affinity mask has bits */

struct thread;
struct space;

/* Ready threads by priority; bit n of levels: list n is not empty. */
struct run_queue {
    uint32_t levels;
    uint32_t count;
    struct list lists[SYS_PRIORITIES];
};

struct cpu_local {
    uint32_t number; /* 0 is the CPU that booted */
    bool idle;       /* sleeps, or looks for work */

    /*
     * The thread whose registers are on this CPU, in user space or at a
     * kernel entry; NULL while idle. Its FPU state and address space are
     * loaded, and only this CPU may run it until it was switched away.
     */
    struct thread *current;
    struct space *space; /* whose page tables are loaded; may outlive current */

    bool resched;       /* look at the run queue before leaving the kernel */
    uint64_t slice_end; /* nanoseconds; 0: no other wants this priority */
    struct thread *handed; /* was handed the CPU with the rest of the slice */
    uint64_t timer_at;  /* what the hardware timer is set to; UINT64_MAX */
    volatile bool timer_fired; /* ... and has run out since */
    struct run_queue queue;

    /*
     * Set from kernel entry, before the lock is waited for, until the exit,
     * before the lock is given up: no user instruction runs here meanwhile,
     * and current's frame stands still for whoever holds the lock.
     */
    volatile uint32_t in_kernel;

    /* Translations to forget before user space runs again: kernel/tlb.h. */
    volatile uint32_t flush;

#ifdef LOCK_TIMES
    uint64_t lock_since, off_since; /* kernel/times.h; 0: on */
#endif
};

/* This CPU's; number n's, NULL when it is not online. */
struct cpu_local *arch_cpu(void);
struct cpu_local *arch_cpu_at(uint32_t number);
uint32_t arch_cpu_count(void); /* that are online: numbers 0 to count - 1 */

#endif
