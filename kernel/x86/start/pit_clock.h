/*
 * Channel 2 of the 8254 timer as a clock to measure others by, at PIT_HZ.
 * Source: 82C54 data sheet.
 */
#ifndef KERNEL_X86_START_PIT_CLOCK_H
#define KERNEL_X86_START_PIT_CLOCK_H

#include <stdint.h>

#define PIT_MASK 0xFFFFu /* it wraps after 55 ms */

/* Let channel 2 run, and stop it again; the speaker stays silent. */
void pit_clock_start(void);
void pit_clock_stop(void);

/* What channel 2 has counted, upwards. */
uint64_t pit_clock_read(void);

#endif
