/*
 * Who handles which interrupt. A vector that nobody has is counted and
 * forgotten: hardware may be mistaken, the kernel lives on.
 *
 * Handlers run with interrupts off, on whatever stack was in use; the
 * controller is told of the end of the interrupt after they return.
 */
#ifndef KERNEL_INTERRUPT_H
#define KERNEL_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#define INTERRUPT_VECTORS 256u
#define INTERRUPT_FIRST   32u /* below are the CPU's exceptions */

#define ISA_IRQS    16u
#define ISA_CASCADE 2u /* the second 8259's line: no device has it */

typedef void interrupt_fn(void *context);

/* Returns false when the vector has a handler, or is an exception's. */
bool interrupt_attach(unsigned vector, interrupt_fn *handler, void *context);
void interrupt_detach(unsigned vector);

/* Called by the arch's entry; returns whether somebody handled it. */
bool interrupt_deliver(unsigned vector);

/* How many came for that vector, and how many that nobody expected. */
uint64_t interrupt_count(unsigned vector);
uint64_t interrupt_unexpected(void);

/* One more of those that controllers take back before it has a vector. */
void interrupt_note_spurious(void);

/*
 * The sixteen ISA interrupts, wherever they arrive, and those that were opened
 * (kernel/arch.h). Attached, they are still masked: arch_irq_mask(). Returns
 * false when the line is taken or cannot arrive.
 */
bool irq_attach(unsigned irq, interrupt_fn *handler, void *context);
void irq_detach(unsigned irq);

#endif
