/*
 * The common case of SYS_CALL and SYS_REPLY_RECEIVE: words only, the other
 * side waits, nothing more urgent is ready. It leaves exactly the state that
 * kernel/ipc.c would; when any guard fails it has changed nothing and the slow
 * path does the work.
 */
#ifndef KERNEL_X86_FASTPATH_H
#define KERNEL_X86_FASTPATH_H

#include <stdint.h>

struct thread;
struct x86_cpu;

/*
 * SYS_CALL or SYS_REPLY_RECEIVE of the current thread. Whom to resume: it is
 * done. NULL: the kernel was entered, the rest is to be done.
 */
struct thread *fastpath_try(struct x86_cpu *self, struct thread *thread,
                            uint64_t number);

#endif
