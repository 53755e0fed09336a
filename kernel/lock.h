/*
 * The one big lock: whoever changes kernel objects holds it, interrupts off.
 * Test and test-and-set with PAUSE: it hands over to whoever is running, never
 * to a CPU that may be waiting for its host. Who comes while others wait lets
 * them go first, for as long as a CPU that runs needs to see it free: one that
 * makes call after call cannot keep the rest out.
 *
 * Between kernel entry and the return to user space a CPU holds it, but for
 * SYS_NULL, the wait itself and idle sleep. Nothing holds it longer than
 * LOCK_HOLD_MAX instructions, or keeps interrupts off for longer, but start-up,
 * the console and a panic: what takes longer goes in steps.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/times.h"

#define LOCK_HOLD_MAX 20000u /* instructions */

extern union kernel_lock {
    uint32_t word; /* 0: free, and nobody waits */
    struct {
        uint8_t holder;   /* number of the CPU + 1; 0: free */
        uint8_t unused;
        uint16_t waiting; /* CPUs in kernel_lock_wait() */
    };
} kernel_lock_word;
void kernel_lock_wait(uint32_t number);

/*
 * By the CPU of that number, this one; interrupts are off. The exchange is a
 * full barrier: kernel/x86/tlb.c counts on it.
 */
static inline void
kernel_lock_by(uint32_t number)
{
    uint32_t none = 0;

    times_off();
    if (!__atomic_compare_exchange_n(&kernel_lock_word.word, &none,
                                     number + 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED))
        kernel_lock_wait(number);
    times_lock_taken();
}

static inline void
kernel_unlock(void)
{
    times_lock_given();
    __atomic_store_n(&kernel_lock_word.holder, 0, __ATOMIC_RELEASE);
}

/* The same for who does not know the number. */
void kernel_lock(void);

/* Whether this CPU holds it; for assertions. */
bool kernel_lock_is_mine(void);

#endif
