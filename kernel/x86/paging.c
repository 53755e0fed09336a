#include "kernel/x86/paging.h"

#include "kernel/frames.h"
#include "kernel/memory.h"

_Static_assert(FRAMES_END <= DIRECT_MAP_SIZE, "every frame is mapped");

static uint64_t *root;
static uint64_t direct_offset; /* 0: still the identity map, up to 4 GiB */

void *
phys_to_virt(paddr_t paddr)
{
    return (void *)(paddr + direct_offset);
}

void
paging_use(paddr_t root_paddr)
{
    direct_offset = DIRECT_MAP_BASE;
    root = phys_to_virt(root_paddr);
}

const uint64_t *
paging_root(void)
{
    return root;
}
