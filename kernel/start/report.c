#include "kernel/start/report.h"

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/lib/format.h"
#include "kernel/power.h"
#include "quirks.h"

#define MAP_LINES_MAX 24

static const char *
type_name(uint32_t type)
{
    static const char *const acpi[] = {
        "?", "usable", "reserved", "ACPI tables", "ACPI NVS", "bad",
    };
    static const char *const ours[] = { "kernel", "modules", "loader" };

    if (type < sizeof acpi / sizeof acpi[0])
        return acpi[type];
    type -= BOOT_MEM_KERNEL;
    return type < sizeof ours / sizeof ours[0] ? ours[type] : acpi[0];
}

void
format_size(char *text, size_t size, uint64_t bytes)
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
    unsigned unit = 0;
    uint64_t tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;

    while (tenths >= 10240 && unit < 4) {
        tenths /= 1024;
        unit++;
    }
    if (tenths % 10 == 0 || tenths >= 1000)
        format(text, size, "%lu %s", tenths / 10, units[unit]);
    else
        format(text, size, "%lu.%lu %s", tenths / 10, tenths % 10,
               units[unit]);
}

static void
report_range(const struct boot_range *range)
{
    char text[24];

    format_size(text, sizeof text, range->length);
    kprintf("  %012lX-%012lX  %-9s %s\n", range->base,
            range->base + (range->length - 1), text, type_name(range->type));
}

/* Reserved ranges are only counted: the rest should fit on a screen. */
static void
report_map(const struct boot_info *info)
{
    uint64_t usable = 0;
    uint32_t reserved = 0, shown = 0;
    char text[24];

    for (uint32_t i = 0; i < info->range_count; i++) {
        if (info->ranges[i].type == BOOT_MEM_USABLE)
            usable += info->ranges[i].length;
        reserved += info->ranges[i].type == BOOT_MEM_RESERVED;
    }
    format_size(text, sizeof text, usable);
    kprintf("memory: %s usable, %u ranges, %u of them reserved\n", text,
            info->range_count, reserved);
    for (uint32_t i = 0; i < info->range_count; i++)
        if (info->ranges[i].type != BOOT_MEM_RESERVED &&
            shown++ < MAP_LINES_MAX)
            report_range(&info->ranges[i]);
    if (shown > MAP_LINES_MAX)
        kprintf("  ... and %u more\n", shown - MAP_LINES_MAX);
}

static void
report_kernel(const struct boot_info *info)
{
    char memory[24];

    format_size(memory, sizeof memory, info->kernel_size);
    kprintf("kernel: %lu bytes, crc32c %08X%s; %s at %lX\n",
            info->kernel_file_size, info->kernel_crc32c,
            info->kernel_listed ? "" : " (not in the manifest)", memory,
            info->kernel_paddr);
    kprintf("kernel: runs at %016lX, slot %u of %u%s\n", info->kernel_vaddr,
            info->slot, info->slot_choices,
            info->kaslr ? "" : " (kaslr=off)");
    for (uint32_t i = 0; i < info->module_count; i++) {
        const struct boot_module *module = &info->modules[i];

        kprintf("module: %.48s, %lu bytes at %lX, crc32c %08X%s\n",
                module->path, module->size, module->paddr, module->crc32c,
                module->listed ? "" : " (not in the manifest)");
    }
}

static void
report_video(const struct boot_video *video)
{
    if (video->kind == BOOT_VIDEO_TEXT)
        kprintf("video: text, %ux%u characters\n", video->width,
                video->height);
    else
        kprintf("video: %ux%u pixels of %u bits at %lX, VBE mode %X\n",
                video->width, video->height, video->bits_per_pixel,
                video->paddr, video->vbe_mode);
}

static void
report_random(uint32_t sources)
{
    static const char *const names[] = {
        "RDRAND", "RDSEED", "jitter", "clock", "seed= (not random)",
    };
    const char *separator = " ";

    kprintf("random:");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((sources >> i & 1) != 0) {
            kprintf("%s%s", separator, names[i]);
            separator = ", ";
        }
    kprintf("\n");
}

void
report_machine(const struct boot_info *info)
{
    const struct boot_disk *disk = &info->disk;
    char text[128];

    kprintf("Kindling %s, the kernel\n", KERNEL_VERSION);
    arch_describe_cpu(text, sizeof text);
    kprintf("cpu: %s\n", text);
    report_map(info);
    report_kernel(info);
    kprintf("disk: BIOS drive %02X, signature %08X, LBA 0 crc32c %08X\n",
            disk->bios_drive, disk->mbr_signature, disk->mbr_crc32c);
    kprintf("disk: partition %u at sector %lu, %lu sectors, volume %04X-%04X\n",
            disk->partition, disk->partition_lba, disk->partition_sectors,
            disk->volume_serial >> 16, disk->volume_serial & 0xFFFF);
    report_video(&info->video);
    if (info->rsdp != 0)
        kprintf("acpi: RSDP at %lX\n", info->rsdp);
    else
        kprintf("acpi: none\n");
    arch_describe_timers(text, sizeof text);
    kprintf("timers: %s\n", text);
    report_random(info->random_sources);
    if (info->command_line[0] != '\0')
        kprintf("command line: %s\n", info->command_line);
}

void
report_frames(const struct frames_count *count)
{
    kprintf("frames: %lu in all, %lu free, %lu in use, %lu for tables, "
            "%lu blocks touched\n", count->total, count->free,
            count->total - count->free - count->tables, count->tables,
            count->blocks);
}

size_t
ledger_format(char *text, size_t size, const struct boot_ledger *ledger)
{
    static const char *const a20[] = { "already", "bios", "port92", "kbc" };
    static const char *const maps[] = { "e820", "e801", "88" };
    static const char *const quirks[] = { QUIRK_WORDS };
    const char *separator = "";
    size_t length =
        format(text, size,
               "ledger: int13=%u sectors=%u retries=%u a20=%s map=%s "
               "stage2=%u quirks=%s",
               ledger->int13_calls, ledger->sectors, ledger->retries,
               a20[ledger->a20], maps[ledger->map_source],
               ledger->stage2_bytes, ledger->quirks ? "" : "none");

    for (unsigned i = 0; i < QUIRK_COUNT; i++) {
        size_t at = length < size ? length : size;

        if ((ledger->quirks >> i & 1) == 0)
            continue;
        length += format(text + at, size - at, "%s%s", separator, quirks[i]);
        separator = ",";
    }
    return length;
}

void
report_ledger(const struct boot_info *info, uint64_t entry_tsc)
{
    static const char *const steps[BOOT_STEP_COUNT] = {
        "stage2", "long", "memory", "volume", "config", "kernel", "modules",
        "jump",
    };
    const struct boot_ledger *ledger = &info->ledger;
    uint64_t start = ledger->tsc[BOOT_STEP_STAGE2];
    char text[512];

    ledger_format(text, sizeof text, ledger);
    kprintf("%s\n", text);
    kprintf("figures: bios-calls=%u real-stack=%u/%u long-stack=%u/%u\n",
            ledger->bios_calls, ledger->real_stack_used,
            ledger->real_stack_size, ledger->long_stack_used,
            ledger->long_stack_size);
    kprintf("cycles: stage2=%lu", start);
    for (int i = 1; i < BOOT_STEP_COUNT; i++)
        kprintf(" %s=+%lu", steps[i], ledger->tsc[i] - ledger->tsc[i - 1]);
    kprintf(" entry=+%lu\n", entry_tsc - ledger->tsc[BOOT_STEP_JUMP]);
}
