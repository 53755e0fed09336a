/*
 * What CPUs tell each other: to enter the kernel (kernel/entry.h), to forget
 * translations (tlb.c), to stop (kernel/panic.h).
 */
#ifndef KERNEL_X86_IPI_H
#define KERNEL_X86_IPI_H

#include <stdbool.h>
#include <stdint.h>

/* Before other CPUs start. False when the vector is taken. */
bool ipi_init(void);

/*
 * An exception or interrupt has arrived: true when it was such a message and
 * there is nothing more to do than to go back. Must be asked before the kernel
 * lock is waited for: its holder may wait for the answer. On any stack, in the
 * kernel or not.
 */
bool ipi_take(uint64_t vector);

/*
 * For tests: what a CPU does that gets APIC_CALL, interrupts off and without
 * the lock. Its interrupt has ended: it may take others.
 */
extern void (*volatile ipi_call)(void);

#endif
