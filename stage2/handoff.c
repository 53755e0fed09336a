#include "stage2/handoff.h"

#include "kernel/lib/crc32c.h"
#include "kernel/lib/mem.h"
#include "stage2/console.h"
#include "stage2/loader.h"
#include "stage2/random.h"
#include "stage2/video.h"

#define PAGE_SIZE     4096u
#define LARGE_PAGE    0x200000u
#define ENTRIES       512
#define IDENTITY_GIB  4
#define PTE_PRESENT   (1ULL << 0)
#define PTE_WRITE     (1ULL << 1)
#define PTE_LARGE     (1ULL << 7)
#define PTE_NX        (1ULL << 63)
#define PTE_TABLE     (PTE_PRESENT | PTE_WRITE)
#define STACK_PATTERN 0xCCCCCCCCu

/* Tables that do not depend on the kernel: level 4, identity 3, 2 and 1. */
#define FIXED_TABLES  (1 + 1 + IDENTITY_GIB + 1)
/* Level 3, and at most two of level 2, when the slot lies across 1 GiB. */
#define KERNEL_TABLES 3

extern uint8_t long_stack[], long_stack_end[];

_Noreturn void jump_to_kernel(paddr_t info, vaddr_t entry, uint64_t stack,
                              paddr_t tables);

/* Page tables come one after the other from one block. */
struct tables {
    uint64_t *level4;
    uint8_t *next;
};

static uint64_t *
new_table(struct tables *tables)
{
    uint64_t *table = (uint64_t *)tables->next;

    tables->next += PAGE_SIZE;
    memset(table, 0, PAGE_SIZE);
    return table;
}

/* The table below entry, made when there is none. */
static uint64_t *
descend(struct tables *tables, uint64_t *entry)
{
    if (*entry == 0)
        *entry = (uintptr_t)new_table(tables) | PTE_TABLE;
    return (uint64_t *)(uintptr_t)(*entry & ~(uint64_t)(PAGE_SIZE - 1));
}

static void
map_page(struct tables *tables, vaddr_t vaddr, paddr_t paddr, uint64_t flags)
{
    uint64_t *table = tables->level4;

    for (int shift = 39; shift > 12; shift -= 9)
        table = descend(tables, &table[vaddr >> shift & (ENTRIES - 1)]);
    table[vaddr >> 12 & (ENTRIES - 1)] = paddr | flags;
}

/*
 * The first 4 GiB one to one, not executable, in large pages; the lowest in
 * small ones, so that a single page, with the last instructions of the loader,
 * may be executed (and not written).
 */
static void
map_identity(struct tables *tables)
{
    uint64_t *level3 = descend(tables, &tables->level4[0]);
    uintptr_t code = (uintptr_t)jump_to_kernel & ~(uintptr_t)(PAGE_SIZE - 1);

    for (uint32_t i = 0; i < IDENTITY_GIB; i++) {
        uint64_t *level2 = descend(tables, &level3[i]);

        for (uint64_t j = i == 0; j < ENTRIES; j++)
            level2[j] = ((i * ENTRIES + j) * LARGE_PAGE) | PTE_TABLE |
                        PTE_LARGE | PTE_NX;
    }
    for (uint32_t page = 0; page < LARGE_PAGE; page += PAGE_SIZE)
        map_page(tables, page, page,
                 page == code ? PTE_PRESENT : PTE_TABLE | PTE_NX);
}

static void
map_kernel(struct tables *tables, const struct loaded_kernel *kernel,
           vaddr_t base)
{
    for (uint32_t i = 0; i < kernel->image.segment_count; i++) {
        const struct elf64_segment *segment = &kernel->image.segments[i];
        uint64_t page = segment->vaddr & ~(uint64_t)(PAGE_SIZE - 1);
        uint64_t flags = PTE_PRESENT;

        if (segment->flags & ELF64_W)
            flags |= PTE_WRITE;
        if (!(segment->flags & ELF64_X))
            flags |= PTE_NX;
        for (; page < segment->vaddr + segment->memory_size; page += PAGE_SIZE)
            map_page(tables, base + page, (uintptr_t)kernel->memory + page,
                     flags);
    }
}

static paddr_t
make_tables(const struct loaded_kernel *kernel, vaddr_t base)
{
    uint64_t large_pages =
        (kernel->image.memory_size + LARGE_PAGE - 1) / LARGE_PAGE;
    struct tables tables;

    tables.next = loader_take(
        (FIXED_TABLES + KERNEL_TABLES + large_pages) * PAGE_SIZE,
        BOOT_MEM_LOADER, "page tables");
    tables.level4 = new_table(&tables);
    map_identity(&tables);
    map_kernel(&tables, kernel, base);
    return (uintptr_t)tables.level4;
}

/* The decimal digits that an option's value begins with, as a number. */
static uint64_t
number(const char *text, size_t length)
{
    uint64_t value = 0;

    for (size_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    return value;
}

/* Draw the slot: nobody outside can tell where the kernel lies. */
static vaddr_t
choose_slot(struct boot_info *info, uint64_t kernel_size)
{
    uint32_t slots = (uint32_t)((kernel_size + LARGE_PAGE - 1) / LARGE_PAGE);
    size_t length;
    const char *seed = config_option(info->command_line, "seed", &length);
    uint64_t fixed = seed != NULL ? number(seed, length) : 0;
    uint64_t words[4];
    const char *kaslr;

    /* Two draws, so that the seed tells nothing about the slot. */
    random_gather(words, RANDOM_FOR_SLOT, seed != NULL ? &fixed : NULL);
    /* The last slot stays free, so that base + size never wraps. */
    info->slot_choices = KERNEL_SLOT_COUNT - slots;
    kaslr = config_option(info->command_line, "kaslr", &length);
    info->kaslr = !(kaslr != NULL && length == 3 &&
                    strncmp(kaslr, "off", 3) == 0);
    info->slot = info->kaslr ? (uint32_t)words[0] % info->slot_choices : 0;
    info->random_sources = random_gather(words, RANDOM_FOR_KERNEL,
                                         seed != NULL ? &fixed : NULL);
    memcpy(info->random_seed, words, sizeof info->random_seed);
    return KERNEL_SLOT_FIRST + info->slot * KERNEL_SLOT_SIZE;
}

static uint32_t
stack_used(const uint8_t *bottom, const uint8_t *top)
{
    const uint8_t *p = bottom;

    while (p < top && *(const uint32_t *)p == STACK_PATTERN)
        p += 4;
    return (uint32_t)(top - p);
}

static void
close_ledger(struct boot_ledger *ledger)
{
    extern uint8_t stage2_image_end[], stage2_start[];

    ledger->stage2_bytes = (uint32_t)(stage2_image_end - stage2_start);
    ledger->real_stack_size = HANDOFF_BASE - REAL_STACK_BOTTOM;
    ledger->real_stack_used =
        stack_used((uint8_t *)(uintptr_t)REAL_STACK_BOTTOM,
                   (uint8_t *)(uintptr_t)HANDOFF_BASE);
    ledger->long_stack_size = (uint32_t)(long_stack_end - long_stack);
    ledger->long_stack_used = stack_used(long_stack, long_stack_end);
}

_Noreturn void
handoff(struct boot_info *info, struct loaded_kernel *kernel,
        const struct config_video *video)
{
    vaddr_t base = choose_slot(info, kernel->image.memory_size);
    uint8_t *stack = loader_take(BOOT_STACK_SIZE, BOOT_MEM_LOADER, "a stack");
    paddr_t tables;

    if (elf64_relocate(&kernel->image, kernel->memory, base) != 0)
        loader_fail(E_ELF_RELOCATION, kernel->image.reason);
    tables = make_tables(kernel, base);
    video_set(video, &info->video);
    info->kernel_paddr = (uintptr_t)kernel->memory;
    info->kernel_vaddr = base;
    info->kernel_size = kernel->image.memory_size;
    info->kernel_file_size = kernel->file_size;
    info->kernel_crc32c = kernel->crc32c;
    info->kernel_listed = kernel->listed;
    info->range_count = loader.map.count;
    memcpy(info->ranges, loader.map.ranges,
           loader.map.count * sizeof info->ranges[0]);
    info->log_length = console_log(info->log, sizeof info->log);
    close_ledger(&loader.ledger);
    step(BOOT_STEP_JUMP);
    info->ledger = loader.ledger;
    info->crc32c = 0;
    info->crc32c = crc32c(0, info, sizeof *info);
    jump_to_kernel((uintptr_t)info, base + kernel->image.entry,
                   (uintptr_t)stack + BOOT_STACK_SIZE, tables);
}
