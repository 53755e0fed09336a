/*
 * The I/O APICs: which line becomes which vector. Source: Intel 82093AA.
 */
#ifndef KERNEL_X86_IOAPIC_H
#define KERNEL_X86_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/start/madt.h"

/* Find those that the MADT names; returns how many answer. Changes nothing. */
unsigned ioapic_find(const struct madt *madt);

/* Mask every line of all; then route the lines that mean NMI to that CPU. */
void ioapic_init(const struct madt *madt, uint32_t apic_id);

/* Give a line its vector at that CPU, masked. False: there is no such line. */
bool ioapic_route(uint32_t gsi, struct irq_mode mode, uint8_t vector,
                  uint32_t apic_id);
void ioapic_mask(uint32_t gsi, bool masked);

#endif
