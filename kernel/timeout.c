#include "kernel/timeout.h"

#include <stddef.h>

#include "kernel/cpu_local.h"
#include "kernel/sched.h"

static struct timeout *first[CPUS_MAX];

static unsigned
rank(const struct timeout *node)
{
    return node != NULL ? node->rank : 0;
}

/* Left is never the shorter way down: so the way right is logarithmic. */
static void
balance(struct timeout *node)
{
    struct timeout *left = node->left;

    if (rank(left) < rank(node->right)) {
        node->left = node->right;
        node->right = left;
    }
    node->rank = (uint16_t)(rank(node->right) + 1);
}

/*
 * Both go down right only. The merged way is built from the top; the second
 * pass goes up again and balances.
 */
static struct timeout *
merge(struct timeout *a, struct timeout *b)
{
    struct timeout *top = NULL, *last = NULL, **place = &top, *node;

    while (a != NULL && b != NULL) {
        if (b->deadline < a->deadline) {
            node = b;
            b = a;
        } else {
            node = a;
        }
        a = node->right;
        node->parent = last;
        *place = last = node;
        place = &node->right;
    }
    node = a != NULL ? a : b;
    *place = node;
    if (node != NULL)
        node->parent = last;
    for (; last != NULL; last = last->parent)
        balance(last);
    return top;
}

static void
take_out(struct timeout *timeout)
{
    struct timeout *parent = timeout->parent;
    struct timeout *rest = merge(timeout->left, timeout->right);
    unsigned before;

    if (rest != NULL)
        rest->parent = parent;
    if (parent == NULL)
        first[timeout->cpu] = rest;
    else if (parent->left == timeout)
        parent->left = rest;
    else
        parent->right = rest;
    for (; parent != NULL; parent = parent->parent) {
        before = parent->rank;
        balance(parent);
        if (parent->rank == before)
            break;
    }
    timeout->set = false;
}

void
timeout_set(struct timeout *timeout, uint64_t deadline,
            unsigned (*expired)(struct timeout *timeout))
{
    struct cpu_local *cpu = arch_cpu();

    timeout_cancel(timeout);
    *timeout = (struct timeout){
        .deadline = deadline, .expired = expired, .rank = 1,
        .cpu = (uint16_t)cpu->number, .set = true,
    };
    first[cpu->number] = merge(first[cpu->number], timeout);
    if (first[cpu->number] == timeout)
        sched_arm_timer(cpu);
}

/* The hardware timer stays as it is: once it may come for nothing. */
void
timeout_cancel(struct timeout *timeout)
{
    if (timeout->set)
        take_out(timeout);
}

uint64_t
timeout_next(void)
{
    const struct timeout *timeout = first[arch_cpu()->number];

    return timeout != NULL ? timeout->deadline : UINT64_MAX;
}

unsigned
timeout_expire(uint64_t now, unsigned max)
{
    struct timeout *timeout;
    unsigned count = 0;

    while (count < max) {
        timeout = first[arch_cpu()->number];
        if (timeout == NULL || timeout->deadline > now)
            break;
        take_out(timeout);
        count += 1 + timeout->expired(timeout);
    }
    return count;
}
