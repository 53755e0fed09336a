#include "kernel/x86/paging.h"

#include <stddef.h>

#include "kernel/boot.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/pte.h"

_Static_assert(FRAMES_END <= DIRECT_MAP_SIZE, "every frame is mapped");

#define LOW_END (1ULL << 20)

static uint64_t *root;
static uint64_t direct_offset; /* 0: still the identity map, up to 4 GiB */
static uint64_t *window_entry;
static uint8_t *window;

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

void
paging_use_window(void *page, uint64_t *entry)
{
    window = page;
    window_entry = entry;
}

const uint64_t *
paging_root(void)
{
    return root;
}

paddr_t
paging_highest(void)
{
    uint64_t physical = 1ULL << (cpu.physical_bits < 52 ? cpu.physical_bits
                                                        : 52);

    return physical < DIRECT_MAP_SIZE ? physical : DIRECT_MAP_SIZE;
}

static bool
is_listed(paddr_t page)
{
    if (page < LOW_END)
        return true;
    for (uint32_t i = 0; i < boot.range_count; i++)
        if (page >= boot.ranges[i].base &&
            page - boot.ranges[i].base < boot.ranges[i].length)
            return page < paging_highest();
    return false;
}

int
phys_read(void *context, paddr_t paddr, void *buffer, size_t size)
{
    uint8_t *to = buffer;

    (void)context;
    while (size > 0) {
        uint64_t offset = paddr % PAGE_SIZE;
        size_t count = PAGE_SIZE - offset < size ? PAGE_SIZE - offset : size;

        if (!is_listed(paddr - offset))
            return -1;
        *window_entry = (paddr - offset) | PTE_PRESENT | PTE_NX;
        invlpg(window);
        memcpy(to, window + offset, count);
        *window_entry = 0;
        invlpg(window);
        paddr += count;
        to += count;
        size -= count;
    }
    return 0;
}
