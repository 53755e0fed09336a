/*
 * The local APIC of this CPU, by memory or, as x2APIC, by MSRs.
 * Source: Intel SDM volume 3A, chapter 11.
 */
#ifndef KERNEL_X86_APIC_H
#define KERNEL_X86_APIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/start/madt.h"

#define APIC_TIMER    0xE0u
#define APIC_KICK     0xF0u /* between CPUs: ipi.h */
#define APIC_FLUSH    0xF1u
#define APIC_CALL     0xF2u
#define APIC_ERROR    0xFEu
#define APIC_SPURIOUS 0xFFu

/*
 * Take it into use: LINT0 closed to the 8259s, NMI where the MADT says. With
 * want_x2 it becomes an x2APIC where the CPU can; one that already is stays
 * it. False, and no pin changed, where there is none, or none that an I/O APIC
 * can reach.
 */
bool apic_init(const struct madt *madt, bool want_x2);

/* On another CPU: the same mode, the same state. False when it cannot be. */
bool apic_join(const struct madt *madt);

bool apic_is_x2(void);
uint32_t apic_id(void);

/* End of interrupt; whether one is in service at that vector. */
void apic_end(void);
bool apic_in_service(unsigned vector);

/* Send this CPU an interrupt. */
void apic_interrupt_self(unsigned vector);

/*
 * Send the CPU with that id an interrupt, an NMI, an INIT, or the start-up
 * message to begin at a page below 1 MiB. Memory written before is seen there.
 */
void apic_send(uint32_t id, unsigned vector);
void apic_send_nmi(uint32_t id);
void apic_send_init(uint32_t id);
void apic_send_start(uint32_t id, uint32_t page);

/* Whether apic_send() can name that id in the mode that is in use. */
bool apic_reaches(uint32_t id);

/*
 * Count down from count to 0 once; then APIC_TIMER arrives unless silent.
 * Count 0 stops it.
 */
void apic_timer_start(uint32_t count, bool silent);
uint32_t apic_timer_left(void);

/*
 * From now on, on all CPUs, instead: APIC_TIMER arrives once the TSC of this
 * CPU has reached that value, 0: never. Needs cpu.tsc_deadline.
 */
void apic_timer_use_tsc(void);
void apic_timer_at(uint64_t tsc);

#endif
