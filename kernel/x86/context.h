/*
 * A thread's registers. struct thread begins with a struct trap_frame: the CPU
 * and the entry code push straight into it, for TSS.RSP0 and percpu.frame_top
 * point at its end (with KPTI only the latter: kpti.h). frame.vector tells how
 * to go back: FRAME_SYSCALL by SYSRET (RCX and R11 are lost, RIP and RFLAGS go
 * through them), anything else by IRETQ with all registers.
 */
#ifndef KERNEL_X86_CONTEXT_H
#define KERNEL_X86_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/thread.h"
#include "kernel/x86/trap.h"

struct x86_cpu;

#define FRAME_SYSCALL 256u
#define FRAME_WRITTEN 257u /* by software: no system call, no exception */

_Static_assert(sizeof(struct trap_frame) ==
                   sizeof(((struct thread *)0)->frame),
               "a thread begins with its frame");

/* Known to syscall.asm. */
#define FRAME_OFFSET(field, offset) \
    _Static_assert(offsetof(struct trap_frame, field) == (offset), "asm")
FRAME_OFFSET(r10, 5 * 8); /* thread_argument_at[] */
FRAME_OFFSET(r9, 6 * 8);
FRAME_OFFSET(r8, 7 * 8);
FRAME_OFFSET(rdi, 9 * 8);
FRAME_OFFSET(rsi, 10 * 8);
FRAME_OFFSET(rdx, 11 * 8);
FRAME_OFFSET(rax, 112);
FRAME_OFFSET(vector, 120);
FRAME_OFFSET(cs, 144);
FRAME_OFFSET(rsp, 160);

static inline struct trap_frame *
frame_of(struct thread *thread)
{
    return (struct trap_frame *)thread->frame;
}

/*
 * Those components of XCR0, 0: FXSAVE, and so large an area. As the start
 * found it, the same on all CPUs.
 */
void fpu_use(uint32_t components, bool by_xsaveopt, size_t size);
void fpu_clear(void *area); /* as after FNINIT, all registers zero */

extern uint32_t fpu_components;
extern bool fpu_by_xsaveopt;

/*
 * XSAVEOPT leaves out what has not changed since the area was loaded: whoever
 * changes an area in memory loads it before it is saved to again.
 */
static inline void
fpu_save(void *area)
{
    if (fpu_by_xsaveopt)
        __asm__ volatile("xsaveopt64 (%0)"
                         : : "r"(area), "a"(fpu_components), "d"(0)
                         : "memory");
    else if (fpu_components != 0)
        __asm__ volatile("xsave64 (%0)"
                         : : "r"(area), "a"(fpu_components), "d"(0)
                         : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void
fpu_load(const void *area)
{
    if (fpu_components != 0)
        __asm__ volatile("xrstor64 (%0)"
                         : : "r"(area), "a"(fpu_components), "d"(0)
                         : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* An I/O instruction has faulted: try again with the process's bitmap? */
bool context_load_ports(struct x86_cpu *cpu);

#endif
