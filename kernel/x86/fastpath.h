/*
 * The common case of SYS_CALL and SYS_REPLY_RECEIVE: words only, the other
 * side waits, nothing more urgent is ready. It leaves exactly the state that
 * kernel/ipc.c would; when any guard fails it has changed nothing and the slow
 * path does the work.
 */
#ifndef KERNEL_X86_FASTPATH_H
#define KERNEL_X86_FASTPATH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu_local.h"

struct thread;

/*
 * A system call of the current thread, under the kernel lock. True: it is
 * done, the lock is given up, cpu->current is whom to resume.
 */
bool fastpath_try(struct cpu_local *cpu, struct thread *thread,
                  uint64_t number);

/* The slow path alone serves while this is set: for tests. */
extern bool fastpath_off;

#endif
