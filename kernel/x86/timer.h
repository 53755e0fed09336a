/*
 * What wakes a CPU: kernel/arch.h has arch_timer_start(). The choice is made
 * in kernel/x86/start/clocks.c.
 */
#ifndef KERNEL_X86_TIMER_H
#define KERNEL_X86_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* The PIT, the local APIC's that counts down, the one that waits for the TSC. */
enum timer_kind { TIMER_PIT, TIMER_APIC, TIMER_TSC };

/*
 * The timer from now on, and how fast it counts. False, and nothing changed,
 * where the vector of the local APIC's is taken.
 */
bool timer_use(enum timer_kind kind, uint64_t hz);

enum timer_kind timer_used(void);

#endif
