#include "kernel/test/selftest.h"

#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/screen.h"
#include "kernel/start/acpi.h"
#include "kernel/start/boot_check.h"
#include "kernel/start/main.h"
#include "kernel/start/memory_check.h"
#include "kernel/start/options.h"
#include "kernel/start/report.h"
#include "kernel/symbols.h"
#include "layout.h"

static bool
test_format(void)
{
    char text[32];
    size_t length = format(text, sizeof text, "%s %-4u|%04X %d", "a", 7u,
                           0xBEEFu, -12);

    return length == 15 && strcmp(text, "a 7   |BEEF -12") == 0 &&
           format(text, 4, "%s", "longer") == 6 && strcmp(text, "lon") == 0;
}

static bool
test_memory_functions(void)
{
    char a[40], b[40];

    for (int i = 0; i < 40; i++)
        a[i] = (char)i;
    memset(b, 0x55, sizeof b);
    memcpy(b + 1, a, 38);
    if (b[0] != 0x55 || b[39] != 0x55 || memcmp(b + 1, a, 38) != 0)
        return false;
    memmove(a + 3, a, 30);
    for (int i = 0; i < 30; i++)
        if (a[i + 3] != (char)i)
            return false;
    return a[33] == 33;
}

/* The check value of the catalog of CRCs, and both ways on odd sizes. */
static bool
test_crc32c(void)
{
    const uint8_t *text = (const uint8_t *)image_start;

    if (crc32c_table(0, "123456789", 9) != 0xE3069283 ||
        crc32c(0, "123456789", 9) != 0xE3069283)
        return false;
    for (size_t size = 0; size < 200; size += 13)
        if (crc32c(1, text + size, size) != crc32c_table(1, text + size, size))
            return false;
    return true;
}

static bool
test_log_ring(void)
{
    static const char line[] = "# the ring keeps this line";
    char text[sizeof line];
    uint64_t at = console_position();

    kprintf("%s\n", line);
    if (console_read(at, text, sizeof text) != sizeof line ||
        memcmp(text, line, sizeof line - 1) != 0)
        return false;
    return console_position() == at + sizeof line &&
           console_lines_back(console_position(), 1) == at;
}

static bool
test_screen(void)
{
    static const char mark[] = "# on the screen";

    if (screen_columns() < 80 || screen_rows() < 25)
        return false;
    kprintf("%s\n", mark);
    for (uint32_t row = 0; row < screen_rows(); row++) {
        size_t i = 0;

        while (i < sizeof mark - 1 && screen_at((uint32_t)i, row) == mark[i])
            i++;
        if (i == sizeof mark - 1)
            return true;
    }
    return false;
}

static bool
test_symbols(void)
{
    uint64_t offset = image_offset((const void *)(uintptr_t)kernel_main);
    uint64_t into = 0;
    const char *name = symbol_find(offset + 3, &into);

    if (name == NULL || strcmp(name, "kernel_main") != 0 || into != 3)
        return false;
    name = symbol_find(offset, &into);
    return name != NULL && strcmp(name, "kernel_main") == 0 && into == 0 &&
           symbol_count > 50;
}

static bool
test_options(void)
{
    static const char line[] = "a=1 check=memory  autorun=x check=none";
    size_t length;

    return option_is(line, "check", "memory") &&
           !option_is(line, "check", "mem") &&
           option_find(line, "autorun", &length) == NULL &&
           strcmp(option_autorun(line), "x check=none") == 0 &&
           option_autorun("noautorun=1") == NULL;
}

static const struct boot_image *
own_image(void)
{
    static struct boot_image image;

    image = (struct boot_image){ (vaddr_t)image_start,
                                 image_offset(image_end) };
    return &image;
}

static bool
test_record_intact(void)
{
    return boot_check_record(&boot, own_image(), &boot_entry) == NULL;
}

/* A copy to break; its memory is there while tests with_copy() run. */
static struct boot_info *copy;
static struct account account = { .limit = ACCOUNT_UNLIMITED };

#define COPY_ORDER 3
_Static_assert(sizeof(struct boot_info) <= PAGE_SIZE << COPY_ORDER,
               "a copy fits");

static bool
with_copy(bool (*test)(void))
{
    paddr_t run = frame_take(&account, COPY_ORDER, 0);
    bool passed;

    if (run == 0)
        return false;
    copy = phys_to_virt(run);
    passed = test();
    return frame_release(&account, run, COPY_ORDER) == 0 && passed;
}

/* Whether the copy, its checksum mended, is refused for this reason. */
static bool
is_refused(const char *reason)
{
    const char *problem;

    copy->crc32c = boot_record_crc(copy);
    problem = boot_check_record(copy, own_image(), &boot_entry);
    *copy = boot;
    return problem != NULL && strcmp(problem, reason) == 0;
}

static bool
header_broken(void)
{
    *copy = boot;
    copy->log[BOOT_LOG_SIZE - 1] ^= 1; /* and no new checksum */
    if (boot_check_record(copy, own_image(), &boot_entry) == NULL)
        return false;
    *copy = boot;
    copy->magic ^= 1;
    if (!is_refused("magic number"))
        return false;
    copy->version++;
    if (!is_refused("version"))
        return false;
    copy->range_count = BOOT_MAX_RANGES + 1;
    return is_refused("number of memory ranges");
}

static bool
map_broken(void)
{
    *copy = boot;
    copy->ranges[0].base += 1;
    if (!is_refused("memory range of broken pages"))
        return false;
    copy->ranges[0].length = 0;
    if (!is_refused("empty memory range"))
        return false;
    copy->ranges[0].type = 99;
    if (!is_refused("memory range of unknown type"))
        return false;
    copy->ranges[1] = copy->ranges[0];
    if (!is_refused("memory ranges overlap"))
        return false;
    copy->ranges[0].base = copy->ranges[1].base + (1ULL << 40);
    return is_refused("memory map not sorted");
}

static bool
kernel_broken(void)
{
    *copy = boot;
    copy->kernel_paddr += PAGE_SIZE;
    if (!is_refused("kernel outside its memory range"))
        return false;
    copy->kernel_vaddr += KERNEL_SLOT_SIZE;
    if (!is_refused("kernel slot and address differ"))
        return false;
    copy->slot = copy->slot_choices;
    return is_refused("kernel slot");
}

static bool
test_record_header_broken(void)
{
    return with_copy(header_broken);
}

static bool
test_record_map_broken(void)
{
    return with_copy(map_broken);
}

static bool
test_record_kernel_broken(void)
{
    return with_copy(kernel_broken);
}

static bool
test_modules_intact(void)
{
    return boot_check_modules(&boot) == NULL;
}

static bool
test_map_promises(void)
{
    const struct boot_range *kernel =
        boot_find_range(&boot, boot.kernel_paddr, boot.kernel_size);
    const struct boot_range *record =
        boot_find_range(&boot, boot_entry.info, sizeof boot);

    return kernel != NULL && kernel->type == BOOT_MEM_KERNEL &&
           record != NULL && record->type == BOOT_MEM_LOADER &&
           boot_find_range(&boot, 1ULL << 60, 1) == NULL;
}

static bool
test_memory_sample(void)
{
    static paddr_t pages[MEMORY_SAMPLE_MAX];
    static struct frame_span spans[BOOT_MAX_RANGES];
    uint32_t span_count = frames_list_free(spans, BOOT_MAX_RANGES);
    size_t count = memory_sample(spans, span_count, pages);

    return count > 8 && memory_check_pages(pages, count) == 0;
}

static bool
test_acpi(void)
{
    static const struct acpi_reader reader = { phys_read, NULL };
    struct acpi_power power;

    if (boot.rsdp == 0)
        return acpi_find_power(&reader, 0, &power) == ACPI_NO_RSDP;
    return acpi_find_power(&reader, boot.rsdp, &power) == ACPI_OK;
}

static bool
test_timestamp(void)
{
    uint64_t last = boot_entry.tsc;

    for (int i = 0; i < 100; i++) {
        uint64_t now = arch_timestamp();

        if (now < last)
            return false;
        last = now;
    }
    return last > boot.ledger.tsc[BOOT_STEP_JUMP];
}

static bool
test_ledger_line(void)
{
    char text[512];

    return ledger_format(text, sizeof text, &boot.ledger) < sizeof text &&
           strncmp(text, "ledger: int13=", 14) == 0;
}

static const struct selftest tests[] = {
    { "text is formatted", test_format },
    { "memcpy, memmove, memset", test_memory_functions },
    { "CRC-32C, by table and by instruction", test_crc32c },
    { "the log ring keeps what was printed", test_log_ring },
    { "the screen shows what was printed", test_screen },
    { "a function is found by its address", test_symbols },
    { "command line options end at autorun=", test_options },
    { "the boot record is still intact", test_record_intact },
    { "a record with a broken header is refused", test_record_header_broken },
    { "a record with a broken map is refused", test_record_map_broken },
    { "a record that misplaces the kernel is refused",
      test_record_kernel_broken },
    { "modules are intact", test_modules_intact },
    { "kernel and record lie where the map says", test_map_promises },
    { "a sample of memory holds its patterns", test_memory_sample },
    { "ACPI tables tell how to power off", test_acpi },
    { "time stamps do not run backwards", test_timestamp },
    { "the ledger fits its line", test_ledger_line },
};
static const size_t test_count = sizeof tests / sizeof tests[0];

static const struct part {
    const struct selftest *list;
    const size_t *count;
} parts[] = {
    { tests, &test_count },
    { frames_selftests, &frames_selftest_count },
    { arch_selftests, &arch_selftest_count },
    { time_selftests, &time_selftest_count },
    { user_selftests, &user_selftest_count },
    { smp_selftests, &smp_selftest_count },
#ifdef KPTI
    { kpti_selftests, &kpti_selftest_count },
#endif
};
#define PARTS (sizeof parts / sizeof parts[0])

static const char *skipped;

bool
selftest_skip(const char *why)
{
    skipped = why;
    return true;
}

static unsigned
run_list(const struct selftest *list, size_t count, size_t number)
{
    unsigned failed = 0;

    for (size_t i = 0; i < count; i++) {
        bool passed;

        skipped = NULL;
        passed = list[i].run();
        kprintf("%sok %lu - %s%s%s\n", passed ? "" : "not ",
                (uint64_t)(number + i), list[i].name,
                skipped != NULL ? " # SKIP " : "",
                skipped != NULL ? skipped : "");
        failed += !passed;
    }
    return failed;
}

bool
selftest_run(void)
{
    size_t count = 0, number = 1;
    unsigned failed = 0;

    arch_selftest_init();
    for (size_t i = 0; i < PARTS; i++)
        count += *parts[i].count;
    kprintf("1..%lu\n", (uint64_t)count);
    for (size_t i = 0; i < PARTS; i++) {
        failed += run_list(parts[i].list, *parts[i].count, number);
        number += *parts[i].count;
    }
    kprintf("# %u failed\n", failed);
    return failed == 0;
}
