/*
 * What each CPU has for itself. In the kernel GS points at it; in user space
 * GS_BASE is the user's and IA32_KERNEL_GS_BASE keeps ours for SWAPGS.
 */
#ifndef KERNEL_X86_PERCPU_H
#define KERNEL_X86_PERCPU_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu_local.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/tag.h"

#define KERNEL_STACK_SIZE 16384
#define IST_STACK_SIZE    8192

struct arch_space;

struct x86_cpu {
    /* Known to assembly by these offsets: syscall.asm, stubs.asm. */
    struct x86_cpu *self;     /*  0 */
    uint64_t user_rsp;        /*  8: while a system call enters */
    char *stack_top;          /* 16: this CPU's kernel stack, empty */
    char *frame_top;          /* 24: end of current's frame; without KPTI
                                 TSS.RSP0 as well */

    KPTI_STACKS
    struct cpu_local local KPTI_ALIGNED;

    uint64_t fs_base;         /* as it was loaded last */
    uint64_t ports_process;   /* whose bitmap ports[] has a copy of, and */
    uint64_t ports_version;   /* of when; 0: nobody's */
    bool ports_open;          /* current may use them */
    uint64_t bit;             /* of its number in masks of CPUs */

    struct tags tags;         /* PCIDs */

    uint32_t apic_id;
    uint64_t gdt[GDT_SIZE / 8] KPTI_ALIGNED;
    uint8_t tss[TSS_SIZE];    /* the I/O bitmap follows at once */
    uint8_t ports[8192 + 1];  /* ... and ends with a byte of ones */
};

#define PERCPU_USER_RSP  8
#define PERCPU_STACK_TOP 16
#define PERCPU_FRAME_TOP 24

_Static_assert(offsetof(struct x86_cpu, user_rsp) == PERCPU_USER_RSP, "asm");
_Static_assert(offsetof(struct x86_cpu, stack_top) == PERCPU_STACK_TOP, "asm");
_Static_assert(offsetof(struct x86_cpu, frame_top) == PERCPU_FRAME_TOP, "asm");

static inline struct x86_cpu *
percpu(void)
{
    struct x86_cpu *self;

    __asm__("movq %%gs:0, %0" : "=r"(self));
    return self;
}

/* The CPU that booted: its struct is static, GS is set from here on. */
void percpu_init_boot(void);

/*
 * Another CPU, before it is started: its struct, filled, and its stacks. NULL
 * when there is no memory for them.
 */
struct x86_cpu *percpu_create(uint32_t number, uint32_t apic_id);

/* This CPU is that one: load its GDT, TSS and GS. */
void percpu_load(struct x86_cpu *cpu);

/* Its number is that CPU's from now on, started or not. */
void percpu_name(struct x86_cpu *cpu);

/* That CPU, the next number, has come: arch_cpu_at() knows it from here on. */
void percpu_add(struct x86_cpu *cpu);

/* Number n's, NULL when it is not online. */
struct x86_cpu *percpu_at(uint32_t number);

#endif
