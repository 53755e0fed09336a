#include "kernel/account.h"

#include <stddef.h>

#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/panic.h"

struct account root_account;

static struct cache cache = CACHE(sizeof(struct account), 8);

void
accounts_init(void)
{
    uint64_t free = frames_count().free, reserve = free / 256 + 64;

    root_account = (struct account){ 0 };
    root_account.limit = free > reserve ? free - reserve : 0;
}

/* What the parent carries. A closed account is one whose limit is 0. */
static uint64_t
carried(const struct account *account)
{
    return account->used > account->limit ? account->used : account->limit;
}

bool
account_charge(struct account *account, uint64_t frames)
{
    if (account->used > account->limit ||
        frames > account->limit - account->used)
        return false;
    account->used += frames;
    return true;
}

/*
 * The struct's run may go, and come here as a release for the parent; the pin
 * keeps that one from going meanwhile, so this nests no deeper.
 */
static void
account_free(struct account *account)
{
    struct account *parent = account->parent;

    parent->pins++;
    cache_release(&cache, parent, account);
    parent->pins--;
}

/*
 * What an account stops to carry goes on to its parent, and with the last of
 * a closed one the struct itself.
 */
void
account_release(struct account *account, uint64_t frames)
{
    while (account != NULL) {
        struct account *parent = account->parent;
        uint64_t before = carried(account);

        ASSERT(frames <= account->used);
        account->used -= frames;
        frames = before - carried(account);
        if (account->closed && account->used == 0 && account->pins == 0) {
            account_free(account);
        } else if (frames == 0) {
            break;
        }
        account = parent;
    }
}

struct account *
account_create(struct account *parent, uint64_t limit)
{
    struct account *account;

    if (parent->depth >= ACCOUNT_DEPTH_MAX || !account_charge(parent, limit))
        return NULL;
    account = cache_take(&cache, parent);
    if (account == NULL) {
        account_release(parent, limit);
        return NULL;
    }
    account->limit = limit;
    account->parent = parent;
    account->depth = (uint8_t)(parent->depth + 1);
    return account;
}

bool
account_set_limit(struct account *account, uint64_t limit)
{
    uint64_t before = carried(account);
    uint64_t after = limit > account->used ? limit : account->used;

    if (account->parent == NULL || account->closed)
        return false;
    if (after > before && !account_charge(account->parent, after - before))
        return false;
    account->limit = limit;
    if (after < before)
        account_release(account->parent, before - after);
    return true;
}

bool
account_is_below(const struct account *account, const struct account *other)
{
    do
        account = account->parent;
    while (account != NULL && account != other);
    return account != NULL;
}

bool
account_is_sealed(const struct account *account)
{
    while (account != NULL && !account->sealed)
        account = account->parent;
    return account != NULL;
}

void
account_pin(struct account *account)
{
    account->pins++;
}

void
account_unpin(struct account *account)
{
    account->pins--;
    account_release(account, 0);
}

void
account_close(struct account *account)
{
    if (!account_set_limit(account, 0))
        return; /* the root's */
    account->closed = true;
    account_release(account, 0);
}
