/*
 * What syscall.asm and stubs.asm call for user space.
 */
#ifndef KERNEL_X86_USERMODE_H
#define KERNEL_X86_USERMODE_H

#include "kernel/abi/syscall.h"
#include "kernel/x86/percpu.h"

/* syscall.asm sorts out these by itself. */
_Static_assert(SYS_NULL == 0 && SYS_CALL == 1 && SYS_REPLY_RECEIVE == 3,
               "asm");

/*
 * SYSCALL: registers are in the frame of self->local.current. Returns whom to
 * resume. In syscall_entered() the kernel was entered before.
 */
struct thread *syscall_dispatch(struct x86_cpu *self);
struct thread *syscall_entered(struct x86_cpu *self);

/* Exceptions and interrupts, likewise. */
struct thread *trap_user_dispatch(struct x86_cpu *self);

/*
 * For the kernel's own checks, which run user code without processes: who
 * gets exceptions instead; does not return. NULL otherwise.
 */
typedef void usermode_fault_fn(const uint64_t words[SYS_WORDS]);
extern usermode_fault_fn *usermode_probe;

#endif
