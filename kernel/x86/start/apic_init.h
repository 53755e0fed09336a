/*
 * The local APICs: taking them into use, and starting other CPUs by them.
 * Source: Intel SDM volume 3A, chapter 11.
 */
#ifndef KERNEL_X86_START_APIC_INIT_H
#define KERNEL_X86_START_APIC_INIT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/start/madt.h"

/*
 * Take it into use: LINT0 closed to the 8259s, NMI where the MADT says. With
 * want_x2 it becomes an x2APIC where the CPU can; one that already is stays
 * it. False, and no pin changed, where there is none, or none that an I/O APIC
 * can reach.
 */
bool apic_init(const struct madt *madt, bool want_x2);

/* On another CPU: the same mode, the same state. False when it cannot be. */
bool apic_join(const struct madt *madt);

/*
 * Send the CPU with that id an INIT, or the start-up message to begin at a
 * page below 1 MiB. Memory written before is seen there.
 */
void apic_send_init(uint32_t id);
void apic_send_start(uint32_t id, uint32_t page);

/* Whether a message can name that id in the mode that is in use. */
bool apic_reaches(uint32_t id);

/* What is left of the count of apic_timer_start(). */
uint32_t apic_timer_left(void);

/* From now on, on all CPUs, the timer is apic_timer_at()'s. */
void apic_timer_use_tsc(void);

#endif
