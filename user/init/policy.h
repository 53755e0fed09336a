/*
 * When a service that died starts again: at once if it had served well, later
 * and later if it dies as soon as it is up, not at all if it does so too often.
 *
 * Code without system calls: host tests run it.
 */
#ifndef USER_INIT_POLICY_H
#define USER_INIT_POLICY_H

#include <stdint.h>

/* Nanoseconds. */
#define POLICY_STEADY    100000000ULL  /* up for so long is no crash loop */
#define POLICY_DELAY     10000000ULL   /* after the first quick death */
#define POLICY_DELAY_MAX 5000000000ULL
#define POLICY_GIVE_UP   UINT64_MAX

struct policy {
    uint64_t window; /* when the first of deaths was */
    uint32_t deaths;
    uint32_t quick;  /* in a row, before POLICY_STEADY */
};

/*
 * It died now, having been up since then (0: never). How long to wait before
 * it starts again, or POLICY_GIVE_UP for the limit-th death within so many
 * seconds; a limit of 0 or 1 allows none.
 */
uint64_t policy_death(struct policy *policy, uint32_t limit, uint32_t seconds,
                      uint64_t up_since, uint64_t now);

#endif
