/*
 * The hardware's timer for the checks: it calls what they want, in the place
 * of the scheduler, which has nothing to wait for yet.
 */
#ifndef KERNEL_X86_TEST_ONE_SHOT_H
#define KERNEL_X86_TEST_ONE_SHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/interrupt.h"

/*
 * Let the timer call handler once, at that time or after it, now if it has
 * passed. There is one: a timer that was set is replaced.
 */
void one_shot_set(uint64_t deadline_ns, interrupt_fn *handler, void *context);

/* Returns whether one was set; its handler will not be called any more. */
bool one_shot_cancel(void);

#endif
