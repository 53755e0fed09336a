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
#include "kernel/x86/kpti.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/pte.h"

#define HALF       (PTE_COUNT / 2)
#define HALF_BYTES (1ULL << 47)
#define LOOK_AHEAD 64u /* entries, to find a longer hole */
#define FREE_STEP  26u /* tables: about 500 instructions each */
#define FREE_LOOK  5u  /* looking through one costs as much as so many */

paddr_t
arch_physical_end(void)
{
    return 1ULL << (cpu.physical_bits < 52 ? cpu.physical_bits : 52);
}

int
arch_space_init(struct arch_space *space, struct account *payer)
{
    uint64_t *root;

    *space = (struct arch_space){ .root = frame_take(payer, ROOT_ORDER,
                                                      FRAME_ZEROED) };
    if (space->root == 0)
        return ERR_MEMORY;
    root = phys_to_virt(space->root);
    memcpy(&root[HALF], &paging_root()[HALF], HALF * sizeof *root);
    kpti_copy_root(root);
    return 0;
}

struct place {
    uint64_t *entry;
    int level; /* of its table */
};

/* All the way from the root; asks only once where the direct map is. */
static struct place
walk(struct arch_space *space, uint64_t address)
{
    uint64_t *table = phys_to_virt(space->root), *entry;
    uintptr_t map = (uintptr_t)table - space->root;
    int level = PTE_LEVELS;

    for (;; level--) {
        entry = &table[address >> PTE_SHIFT(level) & (PTE_COUNT - 1)];
        if (level == 1 || (*entry & (PTE_PRESENT | PTE_LARGE)) != PTE_PRESENT)
            break;
        table = (uint64_t *)(map + (*entry & PTE_ADDRESS));
    }
    if (level == 1) {
        space->leaf = table;
        space->leaf_number = address >> PTE_SHIFT(2);
    }
    return (struct place){ entry, level };
}

/*
 * Where the way to an address ends: at an absent entry, or a page. Most faults
 * and copies find the table where the last one did. Wherever a check of the
 * address was predicted wrong, no way leads into the kernel's half.
 */
static struct place
find_place(struct arch_space *space, uint64_t address)
{
    uint64_t index = address >> PTE_SHIFT(1) & (PTE_COUNT - 1);

    address %= HALF_BYTES;
    if (space->leaf != NULL && space->leaf_number == address >> PTE_SHIFT(2))
        return (struct place){ &space->leaf[index], 1 };
    return walk(space, address);
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
    struct place place = find_place(space, address);
    uint64_t *entry = place.entry;
    int last = size == SYS_PAGE ? 1 : 2;

    ASSERT(place.level >= last && address < SYS_USER_END);
    ASSERT(place.level == 1 || *entry == 0);
    for (int level = place.level; level > last; level--) {
        paddr_t table = frame_take(payer, 0, FRAME_ZEROED);

        if (table == 0)
            return ERR_MEMORY; /* tables that were made may stay */
        *entry = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
        if (level == PTE_LEVELS)
            kpti_share(entry);
        entry = phys_to_virt(table);
        entry += address >> PTE_SHIFT(level - 1) & (PTE_COUNT - 1);
    }
    *entry = paddr | entry_flags(flags) | (last == 2 ? PTE_LARGE : 0);
    return 0;
}

bool
arch_space_find(struct arch_space *space, uint64_t address,
                paddr_t *paddr, uint64_t *size, unsigned *flags)
{
    struct place place = find_place(space, address);
    uint64_t span = PTE_SPAN(place.level), within = address & (span - 1);

    *size = span - within;
    if ((*place.entry & PTE_PRESENT) == 0)
        return false;
    *paddr = (*place.entry & PTE_ADDRESS & ~(span - 1)) + within;
    *flags = flags_of(*place.entry);
    return true;
}

uint64_t
arch_space_hole(struct arch_space *space, uint64_t address)
{
    struct place place = find_place(space, address);
    uint64_t span = PTE_SPAN(place.level), size = span - address % span;
    uint64_t rest = PTE_COUNT - (address >> PTE_SHIFT(1)) % PTE_COUNT;

    if (place.level > 1)
        return size;
    if (rest > LOOK_AHEAD)
        rest = LOOK_AHEAD;
    for (uint64_t i = 1; i < rest && place.entry[i] == 0; i++)
        size += SYS_PAGE;
    return size;
}

void
arch_space_unmap(struct arch_space *space, uint64_t address)
{
    *find_place(space, address).entry = 0;
}

void
arch_space_protect(struct arch_space *space, uint64_t address, unsigned flags)
{
    struct place place = find_place(space, address);

    ASSERT(place.level == 1 && (*place.entry & PTE_PRESENT) != 0);
    *place.entry = (*place.entry & PTE_ADDRESS) | entry_flags(flags);
}

#ifdef DEBUG
static void
check_table(const uint64_t *table, int level)
{
    for (unsigned i = 0; i < (level == PTE_LEVELS ? HALF : PTE_COUNT); i++) {
        if ((table[i] & PTE_PRESENT) == 0)
            continue;
        ASSERT((table[i] & PTE_GLOBAL) == 0);
        if (level > 1 && (table[i] & PTE_LARGE) == 0)
            check_table(phys_to_virt(table[i] & PTE_ADDRESS), level - 1);
        else
            ASSERT((table[i] & PTE_WRITE) == 0 || (table[i] & PTE_NX) != 0);
    }
}

void
arch_space_check(const struct arch_space *space)
{
    const uint64_t *root = phys_to_virt(space->root);

    check_table(root, PTE_LEVELS);
    for (unsigned i = HALF; i < PTE_COUNT; i++)
        ASSERT(root[i] == paging_root()[i]);
}
#endif

/* Those below a table that lead to others; false: the budget is spent. */
static bool
free_tables(uint64_t *table, int level, struct account *payer,
            unsigned *budget)
{
    unsigned count = level == PTE_LEVELS ? HALF : PTE_COUNT;

    *budget -= *budget < FREE_LOOK ? *budget : FREE_LOOK;
    for (unsigned i = 0; i < count; i++) {
        if (table[i] == 0)
            continue;
        if ((table[i] & PTE_LARGE) == 0) {
            if (level > 2 &&
                !free_tables(phys_to_virt(table[i] & PTE_ADDRESS), level - 1,
                             payer, budget))
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

    space->leaf = NULL;
    if (!free_tables(phys_to_virt(space->root), PTE_LEVELS, payer, &budget))
        return true;
    ASSERT(frame_release(payer, space->root, ROOT_ORDER) == 0);
    space->root = 0;
    return false;
}
