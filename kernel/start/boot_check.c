#include "kernel/start/boot_check.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/image.h"
#include "kernel/lib/crc32c.h"
#include "kernel/memory.h"
#include "kernel/screen.h"
#include "layout.h"
#include "quirks.h"

#define FOUR_GIB      (1ULL << 32)
#define LOW_END       (1ULL << 20)
#define USABLE_END    (1ULL << 52)
#define SLOTS_AT_LEAST 500u /* docs/spec: the random slot is worth something */
#define SOURCES_KNOWN 0x1Fu

/* Each check returns NULL or what is wrong. */
typedef const char *check_fn(const struct boot_info *info);

static bool
wraps(uint64_t base, uint64_t size)
{
    return base + size < base;
}

static bool
is_page_aligned(uint64_t value)
{
    return value % PAGE_SIZE == 0;
}

static bool
is_terminated(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\0')
            return true;
    return false;
}

const char *
boot_check_header(const struct boot_info *info)
{
    if (info->magic != BOOT_INFO_MAGIC)
        return "magic number";
    if (info->version != BOOT_INFO_VERSION)
        return "version";
    if (info->size != sizeof *info)
        return "size of the record";
    return NULL;
}

uint32_t
boot_record_crc(const struct boot_info *info)
{
    static const uint8_t zero[sizeof info->crc32c];
    const uint8_t *bytes = (const uint8_t *)info;
    size_t before = offsetof(struct boot_info, crc32c);
    size_t after = before + sizeof zero;
    uint32_t crc = crc32c(0, bytes, before);

    crc = crc32c(crc, zero, sizeof zero);
    return crc32c(crc, bytes + after, sizeof *info - after);
}

static const char *
check_counts(const struct boot_info *info)
{
    if (boot_record_crc(info) != info->crc32c)
        return "checksum";
    if (info->range_count == 0 || info->range_count > BOOT_MAX_RANGES)
        return "number of memory ranges";
    if (info->module_count > BOOT_MAX_MODULES)
        return "number of modules";
    if (info->log_length > BOOT_LOG_SIZE)
        return "length of the log";
    if (!is_terminated(info->command_line, BOOT_CMDLINE_SIZE))
        return "command line without end";
    return NULL;
}

static bool
is_known_type(uint32_t type)
{
    return (type >= BOOT_MEM_USABLE && type <= BOOT_MEM_BAD) ||
           (type >= BOOT_MEM_KERNEL && type <= BOOT_MEM_LOADER);
}

static const char *
check_range(const struct boot_range *range)
{
    if (!is_known_type(range->type))
        return "memory range of unknown type";
    if (range->length == 0)
        return "empty memory range";
    if (!is_page_aligned(range->base) || !is_page_aligned(range->length))
        return "memory range of broken pages";
    if (wraps(range->base, range->length - 1))
        return "memory range wraps";
    if (range->type != BOOT_MEM_USABLE)
        return NULL;
    if (range->base < LOW_END)
        return "usable memory below 1 MiB";
    if (range->base + range->length > USABLE_END ||
        wraps(range->base, range->length))
        return "usable memory past 2^52";
    return NULL;
}

static const char *
check_map(const struct boot_info *info)
{
    const struct boot_range *last = NULL;
    bool usable = false;

    for (uint32_t i = 0; i < info->range_count; i++) {
        const struct boot_range *range = &info->ranges[i];
        const char *problem = check_range(range);

        if (problem != NULL)
            return problem;
        if (last != NULL && range->base < last->base)
            return "memory map not sorted";
        if (last != NULL && range->base - last->base < last->length)
            return "memory ranges overlap";
        if (last != NULL && range->base - last->base == last->length &&
            range->type == last->type)
            return "memory ranges not joined";
        usable |= range->type == BOOT_MEM_USABLE;
        last = range;
    }
    return usable ? NULL : "no usable memory";
}

const struct boot_range *
boot_find_range(const struct boot_info *info, paddr_t base, uint64_t size)
{
    for (uint32_t i = 0; i < info->range_count; i++) {
        const struct boot_range *range = &info->ranges[i];
        uint64_t offset = base - range->base;

        if (base >= range->base && offset < range->length &&
            size <= range->length - offset)
            return range;
    }
    return NULL;
}

/* Whole pages of one type below 4 GiB, as everything handed over is. */
static bool
lies_in(const struct boot_info *info, paddr_t base, uint64_t size,
        uint32_t type)
{
    const struct boot_range *range;

    if (size == 0 || base >= FOUR_GIB || size > FOUR_GIB - base)
        return false;
    range = boot_find_range(info, base, size);
    return range != NULL && range->type == type;
}

static const char *
check_kernel(const struct boot_info *info)
{
    uint64_t top = (uint64_t)KERNEL_SLOT_COUNT * KERNEL_SLOT_SIZE;

    if (!is_page_aligned(info->kernel_paddr) ||
        !is_page_aligned(info->kernel_size))
        return "kernel not in whole pages";
    if (!lies_in(info, info->kernel_paddr, info->kernel_size,
                 BOOT_MEM_KERNEL))
        return "kernel outside its memory range";
    if (info->slot_choices > KERNEL_SLOT_COUNT ||
        info->slot >= info->slot_choices)
        return "kernel slot";
    if (info->kaslr != 0 && info->slot_choices < SLOTS_AT_LEAST)
        return "too few kernel slots";
    if (info->kernel_vaddr !=
        KERNEL_SLOT_FIRST + (uint64_t)info->slot * KERNEL_SLOT_SIZE)
        return "kernel slot and address differ";
    if (info->kernel_size > top - (uint64_t)info->slot * KERNEL_SLOT_SIZE)
        return "kernel past the last slot";
    return NULL;
}

static const char *
check_module(const struct boot_info *info, uint32_t index)
{
    const struct boot_module *module = &info->modules[index];

    if (!is_terminated(module->path, BOOT_MODULE_NAME_SIZE) ||
        module->path[0] == '\0')
        return "module name";
    if (module->size == 0)
        return NULL; /* an empty file occupies nothing */
    if (!is_page_aligned(module->paddr) || module->size >= FOUR_GIB ||
        !lies_in(info, module->paddr, page_up(module->size),
                 BOOT_MEM_MODULE))
        return "module outside its memory range";
    for (uint32_t i = 0; i < index; i++) {
        const struct boot_module *other = &info->modules[i];

        if (module->paddr < other->paddr + page_up(other->size) &&
            other->paddr < module->paddr + page_up(module->size))
            return "modules overlap";
    }
    return NULL;
}

static const char *
check_module_list(const struct boot_info *info)
{
    const char *problem = NULL;

    for (uint32_t i = 0; i < info->module_count && problem == NULL; i++)
        problem = check_module(info, i);
    return problem;
}

static const char *
check_origin(const struct boot_info *info)
{
    if (info->disk.partition < 1 || info->disk.partition > 4)
        return "partition number";
    if (info->disk.partition_lba == 0 || info->disk.partition_sectors == 0)
        return "partition extent";
    if (info->rsdp >= FOUR_GIB)
        return "RSDP address";
    if (info->low_base >= LOW_END ||
        info->low_length > LOW_END - info->low_base)
        return "low memory";
    if (info->random_sources == 0 ||
        (info->random_sources & ~SOURCES_KNOWN) != 0)
        return "random sources";
    for (size_t i = 0; i < sizeof info->random_seed; i++)
        if (info->random_seed[i] != 0)
            return NULL;
    return "random seed";
}

/* Video memory must not be memory that anything else lives in. */
static const char *
check_video(const struct boot_info *info)
{
    const struct boot_video *video = &info->video;
    const char *problem = screen_video_problem(video);
    uint64_t size = screen_memory_size(video);

    for (uint32_t i = 0; i < info->range_count && problem == NULL; i++) {
        const struct boot_range *range = &info->ranges[i];

        if (range->type != BOOT_MEM_RESERVED &&
            video->paddr < range->base + range->length &&
            range->base < video->paddr + size)
            problem = "video memory inside RAM";
    }
    return problem;
}

static const char *
check_ledger(const struct boot_info *info)
{
    const struct boot_ledger *ledger = &info->ledger;

    if (ledger->a20 > BOOT_A20_KBC)
        return "A20 method";
    if (ledger->map_source > BOOT_MAP_88)
        return "memory map source";
    if (ledger->quirks >> QUIRK_COUNT != 0)
        return "unknown quirk";
    if (ledger->real_stack_used > ledger->real_stack_size ||
        ledger->long_stack_used > ledger->long_stack_size)
        return "loader stack overflow";
    for (int i = 1; i < BOOT_STEP_COUNT; i++)
        if (ledger->tsc[i] < ledger->tsc[i - 1])
            return "time stamps run backwards";
    return NULL;
}

const char *
boot_check_record(const struct boot_info *info,
                  const struct boot_image *image,
                  const struct arch_entry *entry)
{
    static check_fn *const checks[] = {
        boot_check_header, check_counts, check_map, check_kernel,
        check_module_list, check_origin, check_video, check_ledger,
    };

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        const char *problem = checks[i](info);

        if (problem != NULL)
            return problem;
    }
    if (entry->problem != NULL)
        return entry->problem;
    if (info->kernel_vaddr != image->vaddr)
        return "kernel runs elsewhere";
    if (info->kernel_size != image->size)
        return "kernel size";
    if (!lies_in(info, entry->info, sizeof *info, BOOT_MEM_LOADER))
        return "record outside loader memory";
    if (entry->stack < BOOT_STACK_SIZE ||
        !lies_in(info, page_up(entry->stack) - BOOT_STACK_SIZE,
                 BOOT_STACK_SIZE, BOOT_MEM_LOADER))
        return "stack outside loader memory";
    if (entry->tsc < info->ledger.tsc[BOOT_STEP_JUMP])
        return "time stamps run backwards";
    return NULL;
}

static bool
is_zero(const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (p[i] != 0)
            return false;
    return true;
}

const char *
boot_check_modules(const struct boot_info *info)
{
    for (uint32_t i = 0; i < info->module_count; i++) {
        const struct boot_module *module = &info->modules[i];
        const uint8_t *bytes = phys_to_virt(module->paddr);
        uint64_t tail = page_up(module->size) - module->size;

        if (crc32c(0, bytes, module->size) != module->crc32c)
            return "module damaged";
        if (!is_zero(bytes + module->size, tail))
            return "rest of a module's last page";
    }
    return NULL;
}
