/*
 * The loader's story, one function after the other: open memory, find the
 * volume, let the user choose, load, hand off. Each step either succeeds or
 * ends with a numbered sentence.
 */
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/mem.h"
#include "stage2/a20.h"
#include "stage2/bios.h"
#include "stage2/config.h"
#include "stage2/console.h"
#include "stage2/disk.h"
#include "stage2/handoff.h"
#include "stage2/load.h"
#include "stage2/loader.h"
#include "stage2/memory.h"
#include "stage2/menu.h"
#include "stage2/partition.h"
#include "stage2/video.h"
#include "stage2/volume.h"

#define PAGE_SIZE      4096u
#define FOUR_GIB       0x100000000ULL
#define RSDP_SIZE      20 /* ACPI 6.5, 5.2.5.3: the checksum covers these */
#define BIOS_AREA      0xE0000u
#define BIOS_AREA_END  0x100000u
#define BDA_EBDA       0x40E
#define LOW_FREE       0x1000u /* vectors and BIOS data lie below */

struct loader loader;

extern const char press_key_text[]; /* start.asm says the same */

void loader_main(void);

_Noreturn void
loader_fail(enum boot_error error, ...)
{
    static const struct {
        uint8_t number;
        const char *sentence;
    } table[] = {
#define ROW(number, name, sentence) { number, sentence },
        BOOT_ERRORS(ROW)
#undef ROW
    };
    va_list arguments;

    if (!console_screen_on(true))
        video_set_text(); /* the sentence must be seen */
    console_log_on(true);
    va_start(arguments, error);
    print("\nE%u ", error);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].number == error)
            print_list(table[i].sentence, arguments);
    va_end(arguments);
    bios_drop_keys(); /* pressed before there was anything to read */
    print("\n%s\n", press_key_text);
    bios_wait_key(BIOS_WAIT_FOREVER);
    bios_next_device();
}

static void *
take(paddr_t (*from)(struct memmap *, uint64_t, uint64_t, paddr_t, uint32_t),
     uint64_t size, uint32_t type, const char *what)
{
    paddr_t place = from(&loader.map, size, PAGE_SIZE, FOUR_GIB, type);

    if (place == 0)
        loader_fail(E_OUT_OF_MEMORY, what);
    return (void *)place;
}

void *
loader_take(uint64_t size, uint32_t type, const char *what)
{
    return take(memmap_take, size, type, what);
}

void *
loader_try_take(uint64_t size, uint32_t type)
{
    return (void *)memmap_take(&loader.map, size, PAGE_SIZE, FOUR_GIB, type);
}

void *
loader_take_high(uint64_t size, const char *what)
{
    return take(memmap_take_high, size, BOOT_MEM_LOADER, what);
}

void
loader_release(void *memory, uint64_t size)
{
    if (memory != NULL)
        memmap_release(&loader.map, (uintptr_t)memory, size);
}

static void
open_memory(void)
{
    int a20 = a20_open();

    if (a20 < 0)
        loader_fail(E_A20);
    loader.ledger.a20 = (uint32_t)a20;
    if (memory_detect(&loader.map, &loader.ledger.map_source) != 0)
        loader_fail(E_NO_MEMORY_MAP);
    if (low_memory_odd || low_memory_kib < 512)
        quirk(QUIRK_LOW_MEMORY);
    step(BOOT_STEP_MEMORY);
}

static void
open_volume(struct boot_disk *disk)
{
    const uint8_t *mbr = (const uint8_t *)(uintptr_t)STAGE1_BASE;
    uint64_t first_free =
        STAGE2_LBA + le16((uint8_t *)(uintptr_t)STAGE2_BASE +
                          STAGE2_HDR_SECTORS);
    struct partition partition;
    int error = partition_find_active(mbr, first_free, &partition);

    if (error != 0)
        loader_fail((enum boot_error)error, partition.type);
    volume_open(&partition);
    *disk = (struct boot_disk){
        .bios_drive = disk_drive(),
        .partition = partition.number,
        .mbr_signature = le32(mbr + MBR_SIGNATURE_OFFSET),
        .mbr_crc32c = crc32c(0, mbr + MBR_BPB_END, SECTOR_SIZE - MBR_BPB_END),
        .volume_serial = volume_serial(),
        .partition_lba = partition.lba,
        .partition_sectors = partition.sectors,
    };
    step(BOOT_STEP_VOLUME);
}

/* Look for ACPI's root pointer in [from, to), on 16-byte lines. */
static paddr_t
search_rsdp(uint32_t from, uint32_t to)
{
    for (uint32_t at = from; at + RSDP_SIZE <= to; at += 16) {
        const uint8_t *p = (const uint8_t *)(uintptr_t)at;
        uint8_t sum = 0;

        if (le64(p) != 0x2052545020445352ULL) /* "RSD PTR " */
            continue;
        for (int i = 0; i < RSDP_SIZE; i++)
            sum = (uint8_t)(sum + p[i]);
        if (sum == 0)
            return at;
    }
    return 0;
}

static paddr_t
find_rsdp(void)
{
    uint32_t ebda = le16((const uint8_t *)(uintptr_t)BDA_EBDA) * 16u;
    paddr_t rsdp = 0;

    if (ebda >= 0x10000 && ebda < 0xA0000)
        rsdp = search_rsdp(ebda, ebda + 1024);
    return rsdp != 0 ? rsdp : search_rsdp(BIOS_AREA, BIOS_AREA_END);
}

void
loader_main(void)
{
    static struct config config;
    static struct loaded_kernel kernel;
    const struct config_entry *entry;
    struct boot_disk disk;
    struct boot_info *info;

    loader.ledger.tsc[BOOT_STEP_STAGE2] = tsc_at_start;
    step(BOOT_STEP_LONG);
    console_init();
    video_expect_text();
    print("Kindling\n");
    disk_init();
    open_memory();
    open_volume(&disk);
    load_config(&config);
    menu_run(&config);
    entry = &config.entries[config.chosen];
    if (entry->kernel == NULL)
        loader_fail(E_CONFIG_EMPTY);
    step(BOOT_STEP_CONFIG);
    load_kernel(entry->kernel, &kernel);
    step(BOOT_STEP_KERNEL);

    info = loader_take(sizeof *info, BOOT_MEM_LOADER, "the boot record");
    memset(info, 0, sizeof *info);
    info->magic = BOOT_INFO_MAGIC;
    info->version = BOOT_INFO_VERSION;
    info->size = sizeof *info;
    info->disk = disk;
    /* config_parse() and the menu keep it shorter than its place. */
    memcpy(info->command_line, entry->cmdline, strlen(entry->cmdline));
    info->module_count = load_modules(entry, info->modules);
    step(BOOT_STEP_MODULES);
    volume_close();
    info->rsdp = find_rsdp();
    info->low_base = LOW_FREE;
    info->low_length = (low_memory_kib * 1024u & ~(PAGE_SIZE - 1)) - LOW_FREE;
    handoff(info, &kernel, &entry->video);
}
