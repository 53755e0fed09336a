/*
 * KPTI=1: kernel page-table isolation, for CPUs that speculate past the bit
 * that keeps user code from the kernel's pages (CVE-2017-5754, Meltdown).
 *
 * Each space has a second root, one page behind the first, so that a bit of
 * CR3 tells which is loaded. It has the same lower half; of the kernel it has
 * what the CPU needs until it has loaded the first root, and after it has
 * left it (kpti.inc):
 *
 *     R X  .entry.text: stubs.asm and syscall.asm
 *     R    the IDT; GDT, TSS and I/O bitmap of each CPU
 *     R W  the first page of each struct x86_cpu: the stacks below
 *
 * Each at the same address as in the kernel. The lower half of the first root
 * is not executable: who forgets to load the second one faults at once.
 *
 * There are no global pages in this build, nor PCIDs: each way in or out
 * forgets all translations.
 *
 * Other builds have none of this, and empty macros in its place.
 */
#ifndef KERNEL_X86_KPTI_H
#define KERNEL_X86_KPTI_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/x86/pte.h"

struct x86_cpu;

#ifdef KPTI

#define KPTI_NAME    " kpti"
#define KPTI_ALIGNED __attribute__((aligned(4096)))
#define ROOT_ORDER   1u

/*
 * To these the CPU pushes; the entry code moves it away, into a thread's frame
 * or to a stack that user code's tables do not have, and leaves zeros. On the
 * way out it leaves what IRETQ loads, until another space is loaded.
 */
struct kpti_stack {
    uint64_t words[14];
    uint64_t work_on; /* top of the stack to move to: for #DF, NMI, #MC, #DB */
    uint64_t padding;
};

#define KPTI_STACKS \
    uint64_t entry_stack[60]; /* for all from user code but those */ \
    struct kpti_stack fault_stacks[4];

/* What a CPU could do, but not in this build. */
#define kpti_detect(cpu) ((cpu)->pge = (cpu)->pcid = false)

/* With the kernel's tables loaded: the part that all spaces have. */
void kpti_init(void);

/* In a new space's second root. */
void kpti_copy_root(uint64_t *root);

/* Another CPU's part; false when memory is short. */
bool kpti_show_cpu(struct x86_cpu *cpu);

/* In its TSS, which names the stacks to work on so far. */
void kpti_fill_stacks(struct x86_cpu *cpu);

/* Another space is loaded: of the last one nothing may be left to see. */
void kpti_forget(struct x86_cpu *cpu);

/* An entry of the lower half of the first root was made or taken away. */
static inline void
kpti_share(uint64_t *entry)
{
    entry[PTE_COUNT] = *entry;
    if (*entry != 0)
        *entry |= PTE_NX;
}

#else

#define KPTI_NAME    ""
#define KPTI_ALIGNED
#define KPTI_STACKS
#define ROOT_ORDER   0u

#define kpti_detect(cpu)      ((void)0)
#define kpti_init()           ((void)0)
#define kpti_copy_root(root)  ((void)0)
#define kpti_show_cpu(cpu)    true
#define kpti_fill_stacks(cpu) ((void)0)
#define kpti_forget(cpu)      ((void)0)
#define kpti_share(entry)     ((void)0)

#endif

#endif
