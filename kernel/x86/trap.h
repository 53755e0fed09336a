/*
 * Exceptions and interrupts: the frame that stubs.asm builds.
 * Source: Intel SDM volume 3A, chapter 6.
 */
#ifndef KERNEL_X86_TRAP_H
#define KERNEL_X86_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAP_VECTORS     256
#define TRAP_STUB_SIZE   16
#define TRAP_PANIC       64 /* "int 64": show the panic page */

enum trap_vector {
    TRAP_DE = 0, TRAP_DB = 1, TRAP_NMI = 2, TRAP_BP = 3, TRAP_UD = 6,
    TRAP_DF = 8, TRAP_TS = 10, TRAP_GP = 13, TRAP_PF = 14, TRAP_MF = 16,
    TRAP_AC = 17, TRAP_MC = 18, TRAP_XF = 19,
};

/* For stubs.asm: CLAC exists. */
extern bool trap_smap;

/* Bits of #PF's error code. */
#define PF_PRESENT  (1u << 0)
#define PF_WRITE    (1u << 1)
#define PF_USER     (1u << 2)
#define PF_RESERVED (1u << 3)
#define PF_FETCH    (1u << 4)

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss; /* pushed by the CPU */
};

/* Fill and load the IDT; both 8259s are moved away and masked. */
void trap_init(void);

/* An exception's name; what its error code and address say. */
const char *trap_name(uint64_t vector);
void trap_describe(const struct trap_frame *frame, char *text, size_t size);

/* Where SYSCALL goes: syscall.asm. */
void syscall_entry(void);

/* The IDT, on another CPU. */
void trap_load(void);

/* In the log, once: there were NMIs. With the lock. */
void trap_tell_nmis(void);

/* stubs.asm */
extern const char trap_stubs[];

/*
 * For the kernel's own checks, which let it fault on purpose: who looks at its
 * exceptions first; true: it goes on with the frame. NULL otherwise.
 */
typedef bool trap_probe_fn(struct trap_frame *frame);
extern trap_probe_fn *trap_probe;

#endif
