/*
 * The one big lock: whoever changes kernel objects holds it, interrupts off.
 * Test and test-and-set with PAUSE: it hands over to whoever is running, never
 * to a CPU that may be waiting for its host.
 *
 * Between kernel entry and the return to user space a CPU holds it, but for
 * SYS_NULL, the wait itself and idle sleep. Nothing holds it longer than
 * LOCK_HOLD_MAX instructions: what takes longer goes in steps.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#define LOCK_HOLD_MAX 20000u /* instructions */

/* Interrupts are off. */
void kernel_lock(void);
void kernel_unlock(void);

/* Whether this CPU holds it; for assertions. */
bool kernel_lock_is_mine(void);

/*
 * The longest time it was held since the last question, in time stamps;
 * starts anew. Only a build with LOCK_TIMES=1 measures, others answer 0.
 */
uint64_t kernel_lock_longest(void);

#endif
