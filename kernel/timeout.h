/*
 * Deadlines. A leftist heap, first deadline first: setting, stopping and
 * expiring take logarithmic time at worst. Whoever embeds a timeout pays for
 * it, so setting one never fails. Each CPU has a heap of its own: its hardware
 * timer serves its slice and the deadlines that were set on it.
 *
 * Under the kernel lock.
 */
#ifndef KERNEL_TIMEOUT_H
#define KERNEL_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

struct timeout {
    uint64_t deadline; /* nanoseconds */
    unsigned (*expired)(struct timeout *timeout);
    struct timeout *left, *right, *parent;
    uint16_t rank; /* nodes on the way down right to a missing one */
    uint16_t cpu;  /* in whose heap */
    bool set;
};

/*
 * Call expired at that time or soon after; replaces an earlier deadline. It
 * returns how many threads it woke.
 */
void timeout_set(struct timeout *timeout, uint64_t deadline,
                 unsigned (*expired)(struct timeout *timeout));
void timeout_cancel(struct timeout *timeout);

/* When the next one of this CPU is due; UINT64_MAX when there is none. */
uint64_t timeout_next(void);

/*
 * Call those of this CPU that are due at now, until those and the threads that
 * they woke are max or more; how many these were.
 */
unsigned timeout_expire(uint64_t now, unsigned max);

#endif
