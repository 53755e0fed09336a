/*
 * A thread's registers. struct thread begins with a struct trap_frame: the CPU
 * and the entry code push straight into it, for TSS.RSP0 and percpu.frame_top
 * point at its end. frame.vector tells how to go back: FRAME_SYSCALL by
 * SYSRET (RCX and R11 are lost, RIP and RFLAGS go through them), anything else
 * by IRETQ with all registers.
 */
#ifndef KERNEL_X86_CONTEXT_H
#define KERNEL_X86_CONTEXT_H

#include "kernel/thread.h"
#include "kernel/x86/trap.h"

#define FRAME_SYSCALL 256u

_Static_assert(sizeof(struct trap_frame) ==
                   sizeof(((struct thread *)0)->frame),
               "a thread begins with its frame");

static inline struct trap_frame *
frame_of(struct thread *thread)
{
    return (struct trap_frame *)thread->frame;
}

/* Detect and switch on XSAVE or FXSAVE, on each CPU. */
void fpu_init(void);
size_t fpu_size(void); /* of the area; 64-byte aligned */
void fpu_clear(void *area); /* as after FNINIT, all registers zero */
void fpu_save(void *area);
void fpu_load(const void *area);

/* SYSCALL's MSRs, on each CPU. */
void syscall_init(void);

/* Go to user space with the registers of that thread's frame. */
_Noreturn void context_resume(struct thread *thread);

#endif
