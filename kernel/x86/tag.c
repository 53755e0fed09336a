#include "kernel/x86/tag.h"

#include "kernel/vm.h"

static uint64_t last_version;

uint64_t
tag_load(struct tags *tags, struct arch_space *space)
{
    uint32_t n;

    if (space->version == 0)
        space->version = ++last_version;
    for (n = 0; n < TAGS; n++) {
        if (tags->versions[n] != space->version)
            continue;
        tags->loaded = n;
        return space->root | (n + 1) | TAG_KEEP;
    }
    n = tags->next;
    tags->next = (n + 1) % TAGS;
    tags->versions[n] = space->version;
    tags->loaded = n;
    return space->root | (n + 1);
}

uint64_t
tag_change(struct arch_space *space)
{
    uint64_t before = space->version;

    space->version = ++last_version;
    return before;
}

/* With another change still to follow it stays behind, and begins anew. */
void
tag_follow(struct tags *tags, const struct arch_space *space, uint64_t since)
{
    if (tags->versions[tags->loaded] == since)
        tags->versions[tags->loaded] = space->version;
}
