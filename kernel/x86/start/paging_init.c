/*
 * Making the kernel's page tables: kernel/x86/paging.h, kernel/memory.h and
 * kernel/arch.h have the contracts.
 */
#include "kernel/x86/paging.h"

#include <stddef.h>

#include "kernel/account.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/start/options.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/pte.h"
#include "kernel/x86/stack.h"

/*
 * Page attribute table: entry 1 (PWT alone) is write-combining, the others
 * are as after a reset: WB WC UC- UC, twice. Intel SDM volume 3A, 11.12.4.
 */
#define PAT_VALUE 0x0007010600070106ULL

#define READ_ONLY  (PTE_NX)
#define READ_WRITE (PTE_NX | PTE_WRITE)
#define EXECUTE    0ULL

#define LOW_END (1ULL << 20)

static uint64_t *root;
static struct account tables = { .limit = ACCOUNT_UNLIMITED };
static vaddr_t device_next = DEVICE_BASE;
static uint64_t *window_entry;
static uint8_t *window;

static paddr_t
take_table(unsigned order)
{
    unsigned where = paging_root() == NULL ? FRAME_LOW : 0;
    paddr_t page = frame_take(&tables, order, FRAME_ZEROED | where);

    if (page == 0)
        panic("no memory for page tables");
    return page;
}

/* The entry for vaddr in a table of that level; tables are made on the way. */
static uint64_t *
entry_for(vaddr_t vaddr, int level)
{
    uint64_t *table = root;

    for (int at = PTE_LEVELS;; at--) {
        uint64_t *entry = &table[vaddr >> PTE_SHIFT(at) & (PTE_COUNT - 1)];

        if (at == level)
            return entry;
        if ((*entry & PTE_PRESENT) == 0)
            *entry = take_table(0) | PTE_PRESENT | PTE_WRITE;
        ASSERT((*entry & PTE_LARGE) == 0);
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
}

static int
level_for(vaddr_t vaddr, paddr_t paddr, uint64_t size)
{
    int level = cpu.huge_pages ? 3 : 2;

    while (level > 1 &&
           (((vaddr | paddr) & (PTE_SPAN(level) - 1)) != 0 ||
            size < PTE_SPAN(level)))
        level--;
    return level;
}

/* Whole pages that are not mapped yet, with the largest pages that fit. */
static void
map(vaddr_t vaddr, paddr_t paddr, uint64_t size, uint64_t rights)
{
    uint64_t global = cpu.pge ? PTE_GLOBAL : 0;

    while (size > 0) {
        int level = level_for(vaddr, paddr, size);
        uint64_t *entry = entry_for(vaddr, level);

        ASSERT((*entry & PTE_PRESENT) == 0);
        *entry = paddr | rights | PTE_PRESENT | global |
                 (level > 1 ? PTE_LARGE : 0);
        vaddr += PTE_SPAN(level);
        paddr += PTE_SPAN(level);
        size -= PTE_SPAN(level);
    }
}

struct part {
    const char *start, *end;
    uint64_t image_rights, direct_rights;
};

/* The three segments of kernel.ld, at the image's address and in the map. */
static void
map_kernel(paddr_t paddr)
{
    const struct part parts[] = {
        { image_start, rodata_start, EXECUTE, READ_ONLY },
        { rodata_start, data_start, READ_ONLY, READ_ONLY },
        { data_start, image_end, READ_WRITE, READ_WRITE },
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct part *part = &parts[i];
        uint64_t size = (uint64_t)(part->end - part->start);
        paddr_t at = paddr + image_offset(part->start);

        /* Page by page: the guards are holes of one page. */
        for (uint64_t done = 0; done < size; done += PAGE_SIZE)
            map((vaddr_t)part->start + done, at + done, PAGE_SIZE,
                part->image_rights);
        map(DIRECT_MAP_BASE + at, at, size, part->direct_rights);
    }
}

static void
unmap_guards(void)
{
    for (int i = 0; i < STACK_COUNT; i++)
        *entry_for((vaddr_t)stacks[0][i].guard, 1) = 0;
}

static uint64_t
rights_of(uint32_t type)
{
    switch (type) {
    case BOOT_MEM_USABLE:
    case BOOT_MEM_MODULE:
    case BOOT_MEM_LOADER:
        return READ_WRITE;
    case BOOT_MEM_ACPI_TABLES:
    case BOOT_MEM_ACPI_NVS:
        return READ_ONLY;
    default:
        return 0; /* not mapped here; the kernel maps itself */
    }
}

static paddr_t
highest_address(void)
{
    uint64_t physical = 1ULL << (cpu.physical_bits < 52 ? cpu.physical_bits
                                                        : 52);

    return physical < DIRECT_MAP_SIZE ? physical : DIRECT_MAP_SIZE;
}

static void
map_ram(const struct boot_info *info)
{
    for (uint32_t i = 0; i < info->range_count; i++) {
        const struct boot_range *range = &info->ranges[i];
        uint64_t rights = rights_of(range->type);
        uint64_t size = range->length;

        if (rights == 0 || range->base >= highest_address())
            continue;
        if (size > highest_address() - range->base)
            size = highest_address() - range->base;
        map(DIRECT_MAP_BASE + range->base, range->base, size, rights);
    }
}

static void
load_tables(paddr_t root_paddr)
{
    if (cpu.pat)
        wrmsr(MSR_PAT, PAT_VALUE);
    write_cr4(read_cr4() & ~CR4_PGE); /* drops global entries as well */
    write_cr3(root_paddr);
    write_cr4(cpu_wanted_cr4());
    paging_use(root_paddr);
    root = phys_to_virt(root_paddr);
}

void
arch_memory_init(const struct boot_info *info)
{
    paddr_t root_paddr;

    if (option_is(info->command_line, "pcid", "off"))
        cpu.pcid = false; /* load_tables() takes it out of CR4 */
    frames_init(info, highest_address());
    root_paddr = take_table(ROOT_ORDER);
    root = phys_to_virt(root_paddr);
    map_kernel(info->kernel_paddr);
    unmap_guards();
    map_ram(info);
    entry_for(DEVICE_BASE, PTE_LEVELS - 1);
    entry_for(STACK_AREA, PTE_LEVELS - 1);
    load_tables(root_paddr);
    kpti_init();
    window = (uint8_t *)device_next;
    window_entry = entry_for(device_next, 1);
    device_next += PAGE_SIZE;
}

bool
paging_add(vaddr_t vaddr, uint64_t size)
{
    for (vaddr_t at = vaddr; at < vaddr + size; at += PAGE_SIZE) {
        paddr_t page = frame_take(&tables, 0, FRAME_ZEROED);

        if (page == 0)
            return false;
        map(at, page, PAGE_SIZE, READ_WRITE);
    }
    return true;
}

/*
 * Not global, so that it is gone from another CPU when that loads CR3. The
 * tables are kept: a CPU might still remember where they were.
 */
void
paging_low_page(paddr_t page, enum low_page use)
{
    uint64_t rights = use == LOW_WRITABLE ? READ_WRITE : EXECUTE;

    *entry_for(page, 1) = use == LOW_NONE ? 0 : page | PTE_PRESENT | rights;
    invlpg((void *)page);
}

void
paging_join(void)
{
    if (cpu.pat)
        wrmsr(MSR_PAT, PAT_VALUE);
    write_cr3(read_cr3());
}

void *
device_map(paddr_t paddr, uint64_t size, enum device_memory kind)
{
    uint64_t combining = cpu.pat ? PTE_PWT : PTE_PCD | PTE_PWT;
    uint64_t cache =
        kind == DEVICE_UNCACHED ? PTE_PCD | PTE_PWT : combining;
    uint64_t offset = paddr % PAGE_SIZE;
    /* Congruent modulo 2 MiB, so that large pages fit. */
    vaddr_t at = ((device_next + PTE_SPAN(2) - 1) & ~(PTE_SPAN(2) - 1)) +
                 ((paddr - offset) & (PTE_SPAN(2) - 1));

    size = page_up(size + offset);
    ASSERT(size <= DEVICE_BASE + PTE_SPAN(PTE_LEVELS) - at);
    map(at, paddr - offset, size, READ_WRITE | cache);
    device_next = at + size;
    return (void *)(at + offset);
}

static bool
is_listed(paddr_t page)
{
    if (page < LOW_END)
        return true;
    for (uint32_t i = 0; i < boot.range_count; i++)
        if (page >= boot.ranges[i].base &&
            page - boot.ranges[i].base < boot.ranges[i].length)
            return page < highest_address();
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
        *window_entry = (paddr - offset) | PTE_PRESENT | READ_ONLY;
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

struct walk {
    page_visit *visit;
    void *context;
};

/* rights: those that all levels above allow. */
static bool
walk_table(const struct walk *walk, const uint64_t *table, int level,
           vaddr_t base, struct page_leaf rights)
{
    for (uint32_t i = 0; i < PTE_COUNT; i++) {
        uint64_t entry = table[i];
        struct page_leaf leaf = rights;
        bool more;

        if ((entry & PTE_PRESENT) == 0)
            continue;
        leaf.vaddr = base + ((uint64_t)i << PTE_SHIFT(level));
        if (level == PTE_LEVELS && i >= PTE_COUNT / 2)
            leaf.vaddr |= 0xFFFF000000000000ULL;
        leaf.writable &= (entry & PTE_WRITE) != 0;
        leaf.executable &= (entry & PTE_NX) == 0;
        leaf.user &= (entry & PTE_USER) != 0;
        if (level > 1 && (entry & PTE_LARGE) == 0) {
            more = walk_table(walk, phys_to_virt(entry & PTE_ADDRESS),
                              level - 1, leaf.vaddr, leaf);
        } else {
            leaf.size = PTE_SPAN(level);
            leaf.paddr = entry & PTE_ADDRESS & ~(PTE_SPAN(level) - 1);
            leaf.uncached = (entry & (PTE_PCD | PTE_PWT)) != 0;
            more = walk->visit(walk->context, &leaf);
        }
        if (!more)
            return false;
    }
    return true;
}

bool
paging_walk(page_visit *visit, void *context)
{
    struct walk walk = { visit, context };
    struct page_leaf all = {
        .writable = true, .executable = true, .user = true
    };

    return walk_table(&walk, phys_to_virt(read_cr3() & PTE_ADDRESS), PTE_LEVELS,
                      0, all);
}

#ifdef KPTI
bool
paging_walk_root(const uint64_t *table, page_visit *visit, void *context)
{
    struct walk walk = { visit, context };
    struct page_leaf all = {
        .writable = true, .executable = true, .user = true
    };

    return walk_table(&walk, table, PTE_LEVELS, 0, all);
}
#endif
