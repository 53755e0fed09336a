/*
 * Which interrupt controllers this PC has, and taking them into use.
 */
#ifndef KERNEL_X86_START_CONTROLLERS_H
#define KERNEL_X86_START_CONTROLLERS_H

#include "kernel/start/madt.h"

enum irq_choice { IRQ_BEST, IRQ_8259, IRQ_X2APIC };

/*
 * Choose the controllers and mask all lines. IRQ_8259 leaves the APICs as the
 * firmware set them; IRQ_X2APIC wants that mode where the CPU has it.
 */
void controllers_init(paddr_t rsdp, enum irq_choice choice);

/* What controllers_init() found; empty when there is none. */
extern struct madt irq_madt;

/* How many I/O APICs are in use. */
unsigned controllers_ioapic_count(void);

#endif
