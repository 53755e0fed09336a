/*
 * The HPET's main counter, as a clock to measure others by.
 * Source: IA-PC HPET specification 1.0a.
 */
#ifndef KERNEL_X86_START_HPET_H
#define KERNEL_X86_START_HPET_H

#include <stdint.h>

#include "kernel/abi/boot.h"

#define HPET_MASK 0xFFFFFFFFu /* some counters have no more bits */

/* Map and start it; its counts in a second, 0 where it cannot be used. */
uint64_t hpet_start(paddr_t paddr);

uint64_t hpet_read(void);

#endif
