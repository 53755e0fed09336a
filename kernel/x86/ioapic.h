/*
 * The I/O APICs: which line becomes which vector. Source: Intel 82093AA.
 */
#ifndef KERNEL_X86_IOAPIC_H
#define KERNEL_X86_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define IOAPICS_MAX 16u

/* Low half of a redirection entry: a vector, and these. */
#define IOAPIC_KIND   (7u << 8)
#define IOAPIC_NMI    (4u << 8)
#define IOAPIC_LOW    (1u << 13)
#define IOAPIC_LEVEL  (1u << 15)
#define IOAPIC_MASKED (1u << 16)

/*
 * One more, whose first line has the number gsi_base; all of its lines are
 * left as they are. False when nothing answers there.
 */
bool ioapic_add(volatile uint8_t *registers, uint32_t gsi_base);

void ioapic_mask_all(void);

/* Set a line to low at that CPU. False: there is no such line. */
bool ioapic_set(uint32_t gsi, uint32_t low, uint32_t apic_id);
bool ioapic_is_nmi(uint32_t gsi);
void ioapic_mask(uint32_t gsi, bool masked);

#endif
