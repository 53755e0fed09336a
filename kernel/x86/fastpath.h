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

/*
 * Under the kernel lock. True: done, cpu->current is whom to resume.
 */
bool fastpath_call(struct cpu_local *cpu);
bool fastpath_reply_receive(struct cpu_local *cpu);

/* For the tests: the slow path alone serves while this is set. */
extern bool fastpath_off;

#endif
