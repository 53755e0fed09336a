/*
 * Who pays for memory. An account counts what its owner holds, in frames, and
 * refuses more than its limit: frames of its own, those that its kernel objects
 * lie in, and memory that was promised but not touched yet. What is promised
 * never fails later: the sum of all limits is never more than there is.
 *
 * Accounts form a tree: a limit is carved from the parent's account, and goes
 * back as the account is closed. It stays in memory until nothing is charged
 * to it any more: objects may outlive the process that paid for them.
 */
#ifndef KERNEL_ACCOUNT_H
#define KERNEL_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/list.h"

#define ACCOUNT_KINDS 11u /* of objects, as many as there are caches */

struct account {
    uint64_t limit; /* frames; below used: what is held stays, no more comes */
    uint64_t used;  /* frames; the frame allocator writes it for its own */
    struct list runs[ACCOUNT_KINDS]; /* of kernel objects: kernel/heap.c */
    struct account *parent; /* pays for the limit; NULL at the root */
    bool closed;
    bool sealed;   /* no account comes below it: kernel/process.c */
    uint8_t depth; /* below the root, at most ACCOUNT_DEPTH_MAX */
    uint32_t pins; /* of those who look at it, even when it is closed */
};

#define ACCOUNT_DEPTH_MAX 32u /* so that passing frames on has an end */

/* All that there is to give, less what the frame allocator needs itself. */
extern struct account root_account;

/* Once, when the frame allocator has its memory. */
void accounts_init(void);

#define ACCOUNT_UNLIMITED UINT64_MAX

/*
 * A new account with a limit carved from parent, which also pays for the
 * struct itself; NULL when parent cannot, or stands too deep.
 */
struct account *account_create(struct account *parent, uint64_t limit);

/*
 * The owner is gone: the limit shrinks to what is still used, the rest goes
 * back to the parent at once, and all that is released later. The account
 * frees itself at 0.
 */
void account_close(struct account *account);

/* Another limit; false when the parent cannot carry the difference. */
bool account_set_limit(struct account *account, uint64_t limit);

/* It stays in memory until unpinned, whatever is charged to it. */
void account_pin(struct account *account);
void account_unpin(struct account *account);

/* Itself or one above it. */
bool account_is_sealed(const struct account *account);

/* Whether its limit is carved from other's, at first or second hand. */
bool account_is_below(const struct account *account,
                      const struct account *other);

/* Frames; false when there is no room below the limit. */
bool account_charge(struct account *account, uint64_t frames);
void account_release(struct account *account, uint64_t frames);

#endif
