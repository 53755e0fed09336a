#include "user/init/policy.h"

#define SECOND 1000000000ULL

uint64_t
policy_death(struct policy *policy, uint32_t limit, uint32_t seconds,
             uint64_t up_since, uint64_t now)
{
    uint64_t delay = POLICY_DELAY;

    if (policy->deaths == 0 || now - policy->window > seconds * SECOND) {
        policy->window = now;
        policy->deaths = 0;
    }
    policy->deaths++;
    if (policy->deaths >= limit)
        return POLICY_GIVE_UP;
    if (up_since != 0 && now - up_since >= POLICY_STEADY) {
        policy->quick = 0;
        return 0;
    }
    for (uint32_t i = 0; i < policy->quick && delay < POLICY_DELAY_MAX; i++)
        delay *= 2;
    policy->quick++;
    return delay < POLICY_DELAY_MAX ? delay : POLICY_DELAY_MAX;
}
