/*
 * The interrupt controllers of this PC: local and I/O APICs where the MADT
 * names them, else the 8259s. Which, is found out in
 * kernel/x86/start/controllers.c.
 */
#ifndef KERNEL_X86_IRQ_H
#define KERNEL_X86_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_VECTOR_8259   32u /* sixteen of them, even where they are masked */
#define IRQ_VECTOR_IOAPIC 48u
#define IRQ_VECTOR_MORE   80u /* GSIs and messages */
#define IRQ_MORE          64u

/* From now on the APICs are in use; an ISA interrupt arrives at that line. */
void irq_use_apic(void);
void irq_route(unsigned irq, uint32_t gsi, bool level);

bool irq_by_apic(void);

/* A vector from 32 on has arrived. */
void irq_take(unsigned vector);

#endif
