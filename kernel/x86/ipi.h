/*
 * What CPUs tell each other: to enter the kernel (kernel/entry.h), to forget
 * translations (tlb.c), to stop (kernel/panic.h).
 */
#ifndef KERNEL_X86_IPI_H
#define KERNEL_X86_IPI_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An exception or interrupt has arrived: true when it was such a message and
 * there is nothing more to do than to go back. Must be asked before the kernel
 * lock is waited for: its holder may wait for the answer. On any stack, in the
 * kernel or not.
 */
bool ipi_take(uint64_t vector);

/* For tests: what a CPU does that gets APIC_CALL, without the lock. */
extern void (*volatile ipi_call)(void);

#endif
