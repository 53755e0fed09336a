/*
 * The 8254 timer: channel 0 as a one-shot timer on IRQ 0.
 * Source: 82C54 data sheet.
 */
#ifndef KERNEL_X86_PIT_H
#define KERNEL_X86_PIT_H

#include <stdint.h>

#define PIT_PORT  0x40u
#define PIT_PORTS 4u

#define PIT_HZ  1193182u
#define PIT_MAX 0xFFFFu

/* IRQ 0 rises after count periods, 1 to PIT_MAX. */
void pit_timer_start(uint32_t count);

#endif
