/*
 * The local APIC of this CPU, by memory or, as x2APIC, by MSRs; who takes it
 * into use is kernel/x86/start/apic_init.c.
 * Source: Intel SDM volume 3A, chapter 11.
 */
#ifndef KERNEL_X86_APIC_H
#define KERNEL_X86_APIC_H

#include <stdbool.h>
#include <stdint.h>

#define APIC_TIMER    0xE0u
#define APIC_KICK     0xF0u /* between CPUs: ipi.h */
#define APIC_FLUSH    0xF1u
#define APIC_CALL     0xF2u
#define APIC_ERROR    0xFEu
#define APIC_SPURIOUS 0xFFu

bool apic_is_x2(void);
uint32_t apic_id(void);

/* End of interrupt; whether one is in service at that vector. */
void apic_end(void);
bool apic_in_service(unsigned vector);

/*
 * Send the CPU with that id an interrupt or an NMI. Memory written before is
 * seen there.
 */
void apic_send(uint32_t id, unsigned vector);
void apic_send_nmi(uint32_t id);

/*
 * Count down from count to 0 once; then APIC_TIMER arrives unless silent.
 * Count 0 stops it.
 */
void apic_timer_start(uint32_t count, bool silent);

/*
 * Instead, where the start chose it: APIC_TIMER arrives once the TSC of this
 * CPU has reached that value, 0: never. Needs cpu.tsc_deadline.
 */
void apic_timer_at(uint64_t tsc);

#endif
