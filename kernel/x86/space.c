/*
 * Page tables of address spaces: kernel/vm.h, arch_space_*.
 *
 * The upper half of each is the kernel's, as it was at arch_memory_init().
 * Pages of the lower half are never global. Tables are reached through the
 * direct map only, so this also runs on the host, for its tests.
 */
#include "kernel/vm.h"

#include <stddef.h>

#include "kernel/frames.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/pte.h"

#define HALF       (PTE_COUNT / 2)
#define LOOK_AHEAD 64u /* entries, to find a longer hole */
#define FREE_STEP  32u /* tables: about 300 instructions each */

paddr_t
arch_physical_end(void)
{
    return 1ULL << (cpu.physical_bits < 52 ? cpu.physical_bits : 52);
}

int
arch_space_init(struct arch_space *space, struct account *payer)
{
    uint64_t *root;

    *space = (struct arch_space){ .root = frame_take(payer, 0, FRAME_ZEROED) };
    if (space->root == 0)
        return ERR_MEMORY;
    root = phys_to_virt(space->root);
    memcpy(&root[HALF], &paging_root()[HALF], HALF * sizeof *root);
    return 0;
}

static uint64_t *
table_at(paddr_t entry)
{
    return phys_to_virt(entry & PTE_ADDRESS);
}

/* The entry where the way to an address ends: absent, or a page. */
static uint64_t *
find_entry(const struct arch_space *space, uint64_t address, int *level)
{
    uint64_t *table = phys_to_virt(space->root);

    for (*level = PTE_LEVELS;; --*level) {
        uint64_t *entry =
            &table[address >> PTE_SHIFT(*level) & (PTE_COUNT - 1)];

        if (*level == 1 || (*entry & PTE_PRESENT) == 0 ||
            (*entry & PTE_LARGE) != 0)
            return entry;
        table = table_at(*entry);
    }
}

static uint64_t
entry_flags(unsigned flags)
{
    uint64_t entry = PTE_PRESENT;

    if ((flags & ARCH_PAGE_WRITE) != 0)
        entry |= PTE_WRITE;
    if ((flags & ARCH_PAGE_EXECUTE) == 0)
        entry |= PTE_NX;
    if ((flags & ARCH_PAGE_READ) != 0)
        entry |= PTE_USER;
    if ((flags & ARCH_PAGE_OWN) != 0)
        entry |= PTE_OWN;
    if ((flags & ARCH_PAGE_DEVICE) != 0 ||
        ((flags & ARCH_PAGE_COMBINE) != 0 && !cpu.pat))
        entry |= PTE_PCD | PTE_PWT;
    else if ((flags & ARCH_PAGE_COMBINE) != 0)
        entry |= PTE_PWT;
    return entry;
}

static unsigned
flags_of(uint64_t entry)
{
    unsigned flags = 0;

    if ((entry & PTE_WRITE) != 0)
        flags |= ARCH_PAGE_WRITE;
    if ((entry & PTE_NX) == 0)
        flags |= ARCH_PAGE_EXECUTE;
    if ((entry & PTE_USER) != 0)
        flags |= ARCH_PAGE_READ;
    if ((entry & PTE_OWN) != 0)
        flags |= ARCH_PAGE_OWN;
    if ((entry & PTE_PCD) != 0)
        flags |= ARCH_PAGE_DEVICE;
    else if ((entry & PTE_PWT) != 0)
        flags |= ARCH_PAGE_COMBINE;
    return flags;
}

int
arch_space_map(struct arch_space *space, struct account *payer,
               uint64_t address, paddr_t paddr, uint64_t size, unsigned flags)
{
    int last = size == SYS_PAGE ? 1 : 2, level;
    uint64_t *entry = find_entry(space, address, &level);

    ASSERT(level >= last && address < SYS_USER_END);
    ASSERT(level == 1 || *entry == 0);
    for (; level > last; level--) {
        paddr_t table = frame_take(payer, 0, FRAME_ZEROED);

        if (table == 0)
            return ERR_MEMORY; /* tables that were made may stay */
        *entry = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
        entry = table_at(table);
        entry += address >> PTE_SHIFT(level - 1) & (PTE_COUNT - 1);
    }
    *entry = paddr | entry_flags(flags) | (last == 2 ? PTE_LARGE : 0);
    return 0;
}

bool
arch_space_find(const struct arch_space *space, uint64_t address,
                paddr_t *paddr, uint64_t *size, unsigned *flags)
{
    int level;
    const uint64_t *entry = find_entry(space, address, &level);
    uint64_t within = address & (PTE_SPAN(level) - 1);

    *size = PTE_SPAN(level) - within;
    if ((*entry & PTE_PRESENT) != 0) {
        *paddr = (*entry & PTE_ADDRESS & ~(PTE_SPAN(level) - 1)) + within;
        *flags = flags_of(*entry);
        return true;
    }
    for (unsigned i = 1; level == 1 && i < LOOK_AHEAD; i++) {
        if ((address + *size) % PTE_SPAN(2) == 0 || entry[i] != 0)
            break;
        *size += SYS_PAGE;
    }
    return false;
}

void
arch_space_unmap(struct arch_space *space, uint64_t address)
{
    int level;

    *find_entry(space, address, &level) = 0;
}

void
arch_space_protect(struct arch_space *space, uint64_t address, unsigned flags)
{
    int level;
    uint64_t *entry = find_entry(space, address, &level);

    ASSERT(level == 1 && (*entry & PTE_PRESENT) != 0);
    *entry = (*entry & PTE_ADDRESS) | entry_flags(flags);
}

/* Those below a table that lead to others; false: the budget is spent. */
static bool
free_tables(uint64_t *table, int level, struct account *payer,
            unsigned *budget)
{
    unsigned count = level == PTE_LEVELS ? HALF : PTE_COUNT;

    for (unsigned i = 0; i < count; i++) {
        if (table[i] == 0)
            continue;
        if ((table[i] & PTE_LARGE) == 0) {
            if (level > 2 &&
                !free_tables(table_at(table[i]), level - 1, payer, budget))
                return false;
            if (*budget == 0)
                return false;
            --*budget;
            ASSERT(frame_release(payer, table[i] & PTE_ADDRESS, 0) == 0);
        }
        table[i] = 0;
    }
    return true;
}

bool
arch_space_free(struct arch_space *space, struct account *payer)
{
    unsigned budget = FREE_STEP;

    if (!free_tables(phys_to_virt(space->root), PTE_LEVELS, payer, &budget))
        return true;
    ASSERT(frame_release(payer, space->root, 0) == 0);
    space->root = 0;
    return false;
}
