/*
 * Deadlines. A pairing heap, first deadline first; whoever embeds a timeout
 * pays for it, so setting one never fails. Setting takes constant time, taking
 * the first out logarithmic (amortised). The hardware timer of each CPU serves
 * its own slice and the deadlines that were set on it.
 *
 * Under the kernel lock.
 */
#ifndef KERNEL_TIMEOUT_H
#define KERNEL_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

struct timeout {
    uint64_t deadline; /* nanoseconds */
    void (*expired)(struct timeout *timeout);
    struct timeout *child, *next, *prev; /* prev: parent of a first child */
    bool set;
};

/* Call expired at that time or soon after; replaces an earlier deadline. */
void timeout_set(struct timeout *timeout, uint64_t deadline,
                 void (*expired)(struct timeout *timeout));
void timeout_cancel(struct timeout *timeout);

/* When the next one is due; UINT64_MAX when there is none. */
uint64_t timeout_next(void);

/* Call those that are due at now, at most max of them; how many it called. */
unsigned timeout_expire(uint64_t now, unsigned max);

#endif
