#include "kernel/notification.h"

#include <stddef.h>

#include "kernel/endpoint.h"
#include "kernel/heap.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

static struct cache cache = CACHE(sizeof(struct notification), 16);

int
notification_create(struct account *payer, struct notification **notification)
{
    struct notification *new = cache_take(&cache, payer);

    if (new == NULL)
        return ERR_MEMORY;
    object_init(&new->object, SYS_OBJECT_NOTIFICATION, payer);
    list_init(&new->waiters);
    *notification = new;
    return 0;
}

void
notification_leave(struct thread *thread)
{
    list_remove(&thread->queue);
    thread->notification->waiting--;
    thread->notification = NULL;
}

static void
wake(struct thread *thread, int result, uint64_t bits)
{
    notification_leave(thread);
    arch_thread_result(thread, result);
    arch_thread_result2(thread, bits);
    sched_ready(thread);
}

void
notification_signal(struct notification *notification, uint64_t bits)
{
    struct list *link, *next;
    struct thread *thread;

    notification->bits |= bits;
    for (link = notification->waiters.next;
         link != &notification->waiters && notification->bits != 0;
         link = next) {
        next = link->next;
        thread = CONTAINER(link, struct thread, queue);
        bits = notification->bits & thread->wait_mask;
        if (bits != 0) {
            notification->bits &= ~bits;
            wake(thread, 0, bits);
        }
    }
    if (notification->bits != 0 && notification->bound != NULL)
        endpoint_wake(notification->bound);
}

int
notification_wait(struct notification *notification, struct thread *thread,
                  uint64_t mask, uint64_t flags, uint64_t *bits)
{
    if (mask == 0 || (flags & ~(uint64_t)SYS_NOWAIT) != 0)
        return ERR_ARGUMENT;
    *bits = notification->bits & mask;
    notification->bits &= ~mask;
    if (*bits != 0)
        return 0;
    if ((flags & SYS_NOWAIT) != 0)
        return ERR_AGAIN;
    if (notification->waiting == NOTIFICATION_WAITERS_MAX)
        return ERR_STATE;
    thread->state = SYS_THREAD_WAITING;
    sched_block(thread);
    thread->notification = notification;
    thread->wait_mask = mask;
    list_append(&notification->waiters, &thread->queue);
    notification->waiting++;
    return 1;
}

static unsigned
timer_expired(struct timeout *timer)
{
    struct notification *notification =
        CONTAINER(timer, struct notification, timer);
    uint32_t before = notification->waiting;

    notification_signal(notification, notification->timer_bits);
    return before - notification->waiting;
}

void
notification_set_timer(struct notification *notification, uint64_t bits,
                       uint64_t deadline)
{
    notification->timer_bits = bits;
    if (deadline != 0)
        timeout_set(&notification->timer, deadline, timer_expired);
    else
        timeout_cancel(&notification->timer);
}

void
notification_closed(struct notification *notification)
{
    timeout_cancel(&notification->timer);
    if (notification->bound != NULL)
        (void)endpoint_bind(notification->bound, NULL);
    while (!list_is_empty(&notification->waiters))
        wake(CONTAINER(notification->waiters.next, struct thread, queue),
             ERR_DEAD, 0);
}

void
notification_free(struct notification *notification)
{
    cache_release(&cache, notification->object.payer, notification);
}
