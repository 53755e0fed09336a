/*
 * Notifications: a word of 64 bits that are set from anywhere, interrupts
 * included, and taken by who waits. Setting bits never waits and never fails.
 */
#ifndef KERNEL_NOTIFICATION_H
#define KERNEL_NOTIFICATION_H

#include <stdint.h>

#include "kernel/lib/list.h"
#include "kernel/object.h"
#include "kernel/timeout.h"

struct endpoint;
struct thread;

#define NOTIFICATION_WAITERS_MAX 64u

struct notification {
    struct object object;
    uint64_t bits;
    struct list waiters; /* threads, first come first served */
    uint32_t waiting;    /* how many: setting bits looks at each */
    struct endpoint *bound; /* its receivers get the bits too; no reference:
                               either side unbinds as it ends */
    struct timeout timer;
    uint64_t timer_bits;
};

int notification_create(struct account *payer,
                        struct notification **notification);

/*
 * Set bits. Waiters take those they wait for, in turn; what is left goes to a
 * receiver of the bound endpoint if one waits.
 */
void notification_signal(struct notification *notification, uint64_t bits);

/*
 * The thread takes bits of mask, or waits for them: then its result comes
 * later. ERR_ARGUMENT for an empty mask or flags that there are not, ERR_AGAIN
 * with SYS_NOWAIT, ERR_STATE when NOTIFICATION_WAITERS_MAX threads wait already.
 * Returns 0 with *bits set, or 1 when the thread waits.
 */
int notification_wait(struct notification *notification,
                      struct thread *thread, uint64_t mask, uint64_t flags,
                      uint64_t *bits);

/* The thread stops waiting, without a result. */
void notification_leave(struct thread *thread);

/* At that time (nanoseconds) the bits are set; 0 stops the timer. */
void notification_set_timer(struct notification *notification, uint64_t bits,
                            uint64_t deadline);

/* The last handle is gone: waiters get ERR_DEAD, timer and partner go. */
void notification_closed(struct notification *notification);
void notification_free(struct notification *notification);

#endif
