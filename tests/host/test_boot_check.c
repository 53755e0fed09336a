/* Each promise of the boot protocol is broken once, and must be noticed. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/start/boot_check.h"
#include "kernel/image.h"
#include "kernel/lib/crc32c.h"
#include "kernel/memory.h"
#include "layout.h"
#include "quirks.h"

#define MODULE_PADDR 0x300000ULL
#define MODULE_SIZE  5000u
#define KERNEL_PADDR 0x200000ULL
#define KERNEL_SIZE  0x40000ULL
#define RECORD_PADDR 0x100000ULL
#define STACK_TOP    0x110000ULL

static uint8_t module_bytes[8192];
static struct boot_info record;
static struct boot_image image;
static struct arch_entry entry;

/* Only modules are ever read. */
void *
phys_to_virt(paddr_t paddr)
{
    assert_in_range(paddr, MODULE_PADDR, MODULE_PADDR + 8191);
    return module_bytes + (paddr - MODULE_PADDR);
}

static void
add_range(paddr_t base, paddr_t end, uint32_t type)
{
    record.ranges[record.range_count++] =
        (struct boot_range){ base, end - base, type, 0 };
}

static void
fill_map(void)
{
    record.range_count = 0;
    add_range(0, 0x100000, BOOT_MEM_RESERVED);
    add_range(RECORD_PADDR, 0x140000, BOOT_MEM_LOADER);
    add_range(0x140000, KERNEL_PADDR, BOOT_MEM_USABLE);
    add_range(KERNEL_PADDR, KERNEL_PADDR + KERNEL_SIZE, BOOT_MEM_KERNEL);
    add_range(KERNEL_PADDR + KERNEL_SIZE, MODULE_PADDR, BOOT_MEM_USABLE);
    add_range(MODULE_PADDR, MODULE_PADDR + 0x4000, BOOT_MEM_MODULE);
    add_range(0x400000, 0x3FE0000, BOOT_MEM_USABLE);
    add_range(0x3FE0000, 0x4000000, BOOT_MEM_ACPI_TABLES);
    add_range(1ULL << 32, 5ULL << 30, BOOT_MEM_USABLE);
}

static void
fill_modules(void)
{
    struct boot_module *module = &record.modules[0];

    for (uint32_t i = 0; i < MODULE_SIZE; i++)
        module_bytes[i] = (uint8_t)(i * 7 + 1);
    memset(module_bytes + MODULE_SIZE, 0, sizeof module_bytes - MODULE_SIZE);
    record.module_count = 2;
    module->paddr = MODULE_PADDR;
    module->size = MODULE_SIZE;
    module->crc32c = crc32c(0, module_bytes, MODULE_SIZE);
    strcpy(module->path, "/boot/a");
    record.modules[1].paddr = MODULE_PADDR + 0x2000;
    record.modules[1].size = 1;
    strcpy(record.modules[1].path, "/boot/b");
}

static void
fill_rest(void)
{
    record.slot = 7;
    record.slot_choices = 1000;
    record.kaslr = 1;
    record.kernel_paddr = KERNEL_PADDR;
    record.kernel_vaddr = KERNEL_SLOT_FIRST + 7 * KERNEL_SLOT_SIZE;
    record.kernel_size = KERNEL_SIZE;
    record.rsdp = 0xF5000;
    record.low_base = 0x1000;
    record.low_length = 0x80000;
    record.random_seed[31] = 1;
    record.random_sources = 5;
    record.disk.partition = 1;
    record.disk.partition_lba = 2048;
    record.disk.partition_sectors = 100000;
    record.video = (struct boot_video){ .width = 80, .height = 25,
                                        .pitch = 160, .paddr = 0xB8000 };
    record.ledger.quirks = QUIRK_NO_EDD;
    record.ledger.real_stack_size = record.ledger.long_stack_size = 4096;
    for (int i = 0; i < BOOT_STEP_COUNT; i++)
        record.ledger.tsc[i] = 1000 + (uint64_t)i;
}

static int
make_good_record(void **state)
{
    (void)state;
    memset(&record, 0, sizeof record);
    record.magic = BOOT_INFO_MAGIC;
    record.version = BOOT_INFO_VERSION;
    record.size = sizeof record;
    fill_map();
    fill_modules();
    fill_rest();
    image = (struct boot_image){ record.kernel_vaddr, KERNEL_SIZE };
    entry = (struct arch_entry){ RECORD_PADDR, STACK_TOP, 2000, NULL };
    return 0;
}

static void
make_framebuffer(void)
{
    record.video = (struct boot_video){
        .kind = BOOT_VIDEO_FRAMEBUFFER, .width = 1024, .height = 768,
        .pitch = 4096, .bits_per_pixel = 32, .red = { 16, 8 },
        .green = { 8, 8 }, .blue = { 0, 8 }, .paddr = 0xE0000000,
    };
}

/* What the check says of the record, its checksum made right. */
static const char *
verdict(void)
{
    record.crc32c = boot_record_crc(&record);
    return boot_check_record(&record, &image, &entry);
}

static void
expect(const char *problem)
{
    const char *found = verdict();

    assert_non_null(found);
    assert_string_equal(found, problem);
    make_good_record(NULL);
    assert_null(verdict());
}

static void
test_good(void **state)
{
    (void)state;
    assert_null(verdict());
    record.kaslr = 0;
    record.slot = 0;
    record.slot_choices = 1;
    record.kernel_vaddr = image.vaddr = KERNEL_SLOT_FIRST;
    assert_null(verdict());
}

/* The largest and smallest values that the protocol allows. */
static void
test_limits_are_allowed(void **state)
{
    (void)state;
    record.slot_choices = 500;
    record.log_length = BOOT_LOG_SIZE;
    record.disk.partition = 4;
    record.low_base = 0x1000;
    record.low_length = 0xFF000;
    record.rsdp = 0xFFFFFFFF;
    record.ledger.a20 = BOOT_A20_KBC;
    record.ledger.map_source = BOOT_MAP_88;
    record.ledger.real_stack_used = record.ledger.real_stack_size;
    record.ledger.long_stack_used = record.ledger.long_stack_size;
    record.ledger.quirks = (1u << QUIRK_COUNT) - 1;
    record.ledger.tsc[4] = record.ledger.tsc[3];
    entry.tsc = record.ledger.tsc[BOOT_STEP_JUMP];
    assert_null(verdict());
    record.ranges[1] = (struct boot_range){ 0x100000, 0x1000,
                                            BOOT_MEM_USABLE, 0 };
    record.ranges[2] = (struct boot_range){ 0x101000, 0xFF000,
                                            BOOT_MEM_LOADER, 0 };
    entry.info = 0x101000;
    entry.stack = 0x105000; /* the lowest page of the range on */
    record.ranges[8].length = (1ULL << 52) - record.ranges[8].base;
    assert_null(verdict());
}

/* Full lists, the kernel up to the top, the last range up to 4 GiB. */
static void
test_full_lists_are_allowed(void **state)
{
    (void)state;
    record.module_count = BOOT_MAX_MODULES;
    for (int i = 0; i < BOOT_MAX_MODULES; i++) {
        record.modules[i] = record.modules[0];
        record.modules[i].size = i < 4 ? PAGE_SIZE : 0;
        record.modules[i].paddr = MODULE_PADDR + (3 - i) * PAGE_SIZE;
    }
    assert_null(verdict());
    record.range_count = BOOT_MAX_RANGES;
    for (uint32_t i = 9; i < BOOT_MAX_RANGES; i++)
        record.ranges[i] = (struct boot_range){ i * (1ULL << 40), PAGE_SIZE,
                                                BOOT_MEM_USABLE, 0 };
    assert_null(verdict());
}

static void
test_neighbors_of_video(void **state)
{
    (void)state;
    make_framebuffer();
    record.ranges[6].length = 0x1000000;
    record.ranges[7] = (struct boot_range){ 0x1700000, 0x100000,
                                            BOOT_MEM_USABLE, 0 };
    record.video.paddr = 0x1400000; /* 3 MiB between two ranges */
    assert_null(verdict());
}

static void
test_header(void **state)
{
    (void)state;
    record.magic++;
    expect("magic number");
    record.version = 2;
    expect("version");
    record.size--;
    expect("size of the record");
    record.range_count = 0;
    expect("number of memory ranges");
    record.range_count = BOOT_MAX_RANGES + 1;
    expect("number of memory ranges");
    record.module_count = BOOT_MAX_MODULES + 1;
    expect("number of modules");
    record.log_length = BOOT_LOG_SIZE + 1;
    expect("length of the log");
    memset(record.command_line, 'x', sizeof record.command_line);
    expect("command line without end");
}

/* Any single bit, wherever it is, breaks the checksum or an earlier check. */
static void
test_checksum(void **state)
{
    uint8_t *bytes = (uint8_t *)&record;

    (void)state;
    record.crc32c = boot_record_crc(&record);
    for (size_t i = 0; i < sizeof record; i += 37) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        assert_non_null(boot_check_record(&record, &image, &entry));
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_null(boot_check_record(&record, &image, &entry));
    record.log[BOOT_LOG_SIZE - 1] ^= 1;
    assert_string_equal(boot_check_record(&record, &image, &entry),
                        "checksum");
}

static void
test_ranges(void **state)
{
    (void)state;
    record.ranges[2].type = 0;
    expect("memory range of unknown type");
    record.ranges[2].type = BOOT_MEM_LOADER + 1;
    expect("memory range of unknown type");
    record.ranges[2].length = 0;
    expect("empty memory range");
    record.ranges[2].base += 1;
    expect("memory range of broken pages");
    record.ranges[2].length -= 512;
    expect("memory range of broken pages");
    record.ranges[8].length = 0 - record.ranges[8].base + 0x1000;
    expect("memory range wraps");
    record.ranges[0].type = BOOT_MEM_USABLE;
    expect("usable memory below 1 MiB");
    record.ranges[8].length = 1ULL << 52;
    expect("usable memory past 2^52");
    record.ranges[8].base = 0 - 0x1000ULL;
    record.ranges[8].length = 0x1000;
    expect("usable memory past 2^52");
}

static void
test_map_order(void **state)
{
    struct boot_range swap;

    (void)state;
    swap = record.ranges[3];
    record.ranges[3] = record.ranges[4];
    record.ranges[4] = swap;
    expect("memory map not sorted");
    record.ranges[6].base = MODULE_PADDR + 0x3000;
    expect("memory ranges overlap");
    record.ranges[4].length += 0x1000;
    expect("memory ranges overlap");
    record.ranges[2].type = BOOT_MEM_LOADER;
    expect("memory ranges not joined");
    for (uint32_t i = 0; i < record.range_count; i++)
        if (record.ranges[i].type == BOOT_MEM_USABLE)
            record.ranges[i].type = i % 4 ? BOOT_MEM_BAD : BOOT_MEM_ACPI_NVS;
    expect("no usable memory");
}

static void
test_kernel(void **state)
{
    (void)state;
    record.kernel_paddr += 8;
    expect("kernel not in whole pages");
    record.kernel_size -= 8;
    expect("kernel not in whole pages");
    record.kernel_paddr += 0x1000;
    expect("kernel outside its memory range");
    record.kernel_size = 0;
    expect("kernel outside its memory range");
    record.kernel_size = 0 - 0x1000ULL;
    expect("kernel outside its memory range");
    record.ranges[3].type = BOOT_MEM_MODULE;
    expect("kernel outside its memory range");
    record.slot = 1000;
    expect("kernel slot");
    record.slot_choices = KERNEL_SLOT_COUNT + 1;
    expect("kernel slot");
    record.slot_choices = 499;
    expect("too few kernel slots");
    record.slot = 8;
    expect("kernel slot and address differ");
    image.vaddr += 0x200000;
    expect("kernel runs elsewhere");
    image.size += 0x1000;
    expect("kernel size");
}

static void
test_last_slot(void **state)
{
    (void)state;
    record.slot = KERNEL_SLOT_COUNT - 1;
    record.slot_choices = KERNEL_SLOT_COUNT;
    record.kernel_vaddr = image.vaddr =
        KERNEL_SLOT_FIRST + (KERNEL_SLOT_COUNT - 1) * (vaddr_t)KERNEL_SLOT_SIZE;
    assert_null(verdict());
    record.ranges[3].length = record.kernel_size = KERNEL_SLOT_SIZE + 0x1000;
    record.ranges[4] = (struct boot_range){ 0x401000, 0x1000, 2, 0 };
    record.ranges[5] = (struct boot_range){ 0x402000, 0x1000, 1, 0 };
    record.ranges[6] = (struct boot_range){ 0x403000, 0x4000, 0x1001, 0 };
    expect("kernel past the last slot");
}

static void
test_modules(void **state)
{
    (void)state;
    record.modules[1].path[0] = '\0';
    expect("module name");
    memset(record.modules[0].path, 'x', BOOT_MODULE_NAME_SIZE);
    expect("module name");
    record.modules[0].paddr += 1;
    expect("module outside its memory range");
    record.modules[1].size = 0x3000;
    expect("module outside its memory range");
    record.modules[1].size = UINT64_MAX;
    expect("module outside its memory range");
    record.modules[1].paddr = 0x400000;
    expect("module outside its memory range");
    record.modules[1].paddr = MODULE_PADDR + 0x1000;
    expect("modules overlap");
    record.modules[1].size = 0;
    record.modules[1].paddr = 0;
    assert_null(verdict());
}

static void
test_module_bytes(void **state)
{
    (void)state;
    record.module_count = 1;
    assert_null(boot_check_modules(&record));
    module_bytes[MODULE_SIZE - 1] ^= 0x80;
    assert_string_equal(boot_check_modules(&record), "module damaged");
    module_bytes[MODULE_SIZE - 1] ^= 0x80;
    module_bytes[8191] = 1;
    assert_string_equal(boot_check_modules(&record),
                        "rest of a module's last page");
}

static void
test_origin(void **state)
{
    (void)state;
    record.disk.partition = 0;
    expect("partition number");
    record.disk.partition = 5;
    expect("partition number");
    record.disk.partition_lba = 0;
    expect("partition extent");
    record.disk.partition_sectors = 0;
    expect("partition extent");
    record.rsdp = 1ULL << 32;
    expect("RSDP address");
    record.low_base = 1 << 20;
    expect("low memory");
    record.low_length = UINT64_MAX;
    expect("low memory");
    record.random_sources = 0;
    expect("random sources");
    record.random_sources = 0x20;
    expect("random sources");
    record.random_seed[31] = 0;
    expect("random seed");
}

static void
expect_framebuffer(const char *problem)
{
    expect(problem);
    make_framebuffer();
}

static void
test_video(void **state)
{
    (void)state;
    record.video.kind = 2;
    expect("video kind");
    record.video.width = 500;
    expect("video size");
    record.video.paddr = 0xA0000;
    expect("video address");
    make_framebuffer();
    assert_null(verdict());
    record.video.bits_per_pixel = 8;
    expect_framebuffer("video depth");
    record.video.red.position = 25;
    expect_framebuffer("video color fields");
    record.video.blue.size = 0;
    expect_framebuffer("video color fields");
    record.video.width = 600;
    expect_framebuffer("video size");
    record.video.pitch = 4095;
    expect_framebuffer("video pitch");
    record.video.pitch = 4098;
    expect_framebuffer("video pitch");
    record.video.paddr += 2;
    expect_framebuffer("video address");
    record.video.paddr = 0xFFF00000;
    expect_framebuffer("video address");
    record.video.paddr = 0x600000;
    expect_framebuffer("video memory inside RAM");
    record.video.paddr = 0x400000 - 0x1000;
    expect_framebuffer("video memory inside RAM");
}

static void
test_ledger(void **state)
{
    (void)state;
    record.ledger.a20 = BOOT_A20_KBC + 1;
    expect("A20 method");
    record.ledger.map_source = BOOT_MAP_88 + 1;
    expect("memory map source");
    record.ledger.quirks = 1u << QUIRK_COUNT;
    expect("unknown quirk");
    record.ledger.real_stack_used = 4097;
    expect("loader stack overflow");
    record.ledger.long_stack_used = 4097;
    expect("loader stack overflow");
    record.ledger.tsc[3] = 1;
    expect("time stamps run backwards");
    entry.tsc = 1;
    expect("time stamps run backwards");
}

static void
test_entry(void **state)
{
    (void)state;
    entry.problem = "interrupts on";
    expect("interrupts on");
    entry.info = 0x140000;
    expect("record outside loader memory");
    entry.info = 0x140000 - sizeof record + 8;
    expect("record outside loader memory");
    entry.info = UINT64_MAX - 7;
    expect("record outside loader memory");
    entry.stack = 0;
    expect("stack outside loader memory");
    entry.stack = RECORD_PADDR + 0x1000;
    expect("stack outside loader memory");
    entry.stack = 0x180000;
    expect("stack outside loader memory");
    entry.stack = STACK_TOP - 8; /* a return address may stand there */
    assert_null(verdict());
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, make_good_record)
    const struct CMUnitTest tests[] = {
        TEST(test_good), TEST(test_limits_are_allowed),
        TEST(test_full_lists_are_allowed), TEST(test_neighbors_of_video),
        TEST(test_header), TEST(test_checksum),
        TEST(test_ranges), TEST(test_map_order), TEST(test_kernel),
        TEST(test_last_slot), TEST(test_modules), TEST(test_module_bytes),
        TEST(test_origin), TEST(test_video), TEST(test_ledger),
        TEST(test_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
