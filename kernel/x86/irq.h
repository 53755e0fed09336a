/*
 * The interrupt controllers of this PC: local and I/O APICs where the MADT
 * names them, else the 8259s.
 */
#ifndef KERNEL_X86_IRQ_H
#define KERNEL_X86_IRQ_H

#include <stdbool.h>

#include "kernel/start/madt.h"

#define IRQ_VECTOR_8259   32u /* sixteen of them, even where they are masked */
#define IRQ_VECTOR_IOAPIC 48u

enum irq_choice { IRQ_BEST, IRQ_8259, IRQ_X2APIC };

/*
 * Choose the controllers and mask all lines. madt may be empty. IRQ_8259
 * leaves the APICs as the firmware set them; IRQ_X2APIC wants that mode where
 * the CPU has it.
 */
void irq_init(const struct madt *madt, enum irq_choice choice);

bool irq_by_apic(void);

/* Whether each CPU has a timer of its own: timer.c. */
bool timer_is_local(void);

/* What arch_interrupts_init() found; empty when there is none. */
extern struct madt irq_madt;

/* How many I/O APICs are in use. */
unsigned irq_ioapic_count(void);

/* A vector from 32 on has arrived. */
void irq_take(unsigned vector);

#endif
