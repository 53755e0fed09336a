/* Options, symbols, reports: the small parts of the kernel. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/start/options.h"
#include "kernel/start/report.h"
#include "kernel/symbols.h"
#include "quirks.h"
#include "tests/host/kernel_stand_in.h"

const uint32_t symbol_count = 3;
const uint32_t symbol_offsets[] = { 0x10, 0x40, 0x41, UINT32_MAX };
const char symbol_names[] = "first\0second\0third\0";

static void
test_options(void **state)
{
    static const char line[] = " a=1  check=memory\tcrash=pf autorun=a  b=2 ";
    size_t length = 0;

    (void)state;
    assert_true(option_is(line, "a", "1"));
    assert_true(option_is(line, "check", "memory"));
    assert_false(option_is(line, "check", "mem"));
    assert_false(option_is(line, "check", "memory2"));
    assert_false(option_is(line, "checks", "memory"));
    assert_false(option_is(line, "b", "2")); /* belongs to autorun */
    assert_memory_equal(option_find(line, "crash", &length), "pf", 2);
    assert_int_equal(length, 2);
    assert_null(option_find(line, "autorun", &length));
    assert_string_equal(option_autorun(line), "a  b=2 ");
    assert_null(option_autorun(""));
    assert_null(option_autorun("   "));
    assert_null(option_autorun("a=1 xautorun=2"));
    assert_string_equal(option_autorun("autorun="), "");
    assert_non_null(option_find("x= y", "x", &length));
    assert_int_equal(length, 0);
    assert_null(option_find("xy", "x", &length));
}

static void
test_symbols(void **state)
{
    uint64_t into = 99;

    (void)state;
    assert_null(symbol_find(0xF, &into));
    assert_string_equal(symbol_find(0x10, &into), "first");
    assert_int_equal(into, 0);
    assert_string_equal(symbol_find(0x3F, &into), "first");
    assert_int_equal(into, 0x2F);
    assert_string_equal(symbol_find(0x40, &into), "second");
    assert_string_equal(symbol_find(0x41, &into), "third");
    assert_string_equal(symbol_find(1ULL << 40, &into), "third");
}

static void
test_ledger(void **state)
{
    struct boot_ledger ledger = {
        .int13_calls = 12, .sectors = 345, .retries = 6,
        .a20 = BOOT_A20_PORT92, .map_source = BOOT_MAP_E801,
        .stage2_bytes = 23456,
    };
    char text[512], tight[20];

    (void)state;
    ledger_format(text, sizeof text, &ledger);
    assert_string_equal(text, "ledger: int13=12 sectors=345 retries=6 "
                              "a20=port92 map=e801 stage2=23456 quirks=none");
    ledger.quirks = QUIRK_DL_FIXED | QUIRK_LBA_FAILED;
    ledger.a20 = BOOT_A20_ALREADY;
    ledger.map_source = BOOT_MAP_88;
    ledger_format(text, sizeof text, &ledger);
    assert_string_equal(text, "ledger: int13=12 sectors=345 retries=6 "
                              "a20=already map=88 stage2=23456 "
                              "quirks=dl,lba-failed");
    ledger.quirks = (1u << QUIRK_COUNT) - 1;
    assert_in_range(ledger_format(text, sizeof text, &ledger), 200,
                    sizeof text - 1);
    assert_in_range(ledger_format(tight, sizeof tight, &ledger), 200, 511);
    assert_int_equal(strlen(tight), sizeof tight - 1);
}

static void
test_sizes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {
        { 0, "0 KiB" }, { 4096, "4 KiB" }, { 1536, "1.5 KiB" },
        { 639 << 10, "639 KiB" }, { 1 << 20, "1 MiB" },
        { 0xF00000, "15 MiB" }, { 0x3EC0000, "62.7 MiB" },
        { 64ULL << 30, "64 GiB" }, { 1ULL << 50, "1 PiB" },
        { UINT64_MAX & ~0xFFFULL, "16383 PiB" },
    };
    char text[24];

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        format_size(text, sizeof text, sizes[i].bytes);
        assert_string_equal(text, sizes[i].text);
    }
}

static void
test_report(void **state)
{
    static struct boot_info info;

    (void)state;
    stand_in_reset();
    info.range_count = 60;
    for (uint32_t i = 0; i < 60; i++)
        info.ranges[i] = (struct boot_range){ i << 21, 1 << 20,
                                              BOOT_MEM_USABLE + i % 5, 0 };
    info.module_count = 1;
    memset(info.modules[0].path, 'p', 127);
    info.video.kind = BOOT_VIDEO_FRAMEBUFFER;
    info.random_sources = 0x1F;
    report_machine(&info);
    report_ledger(&info, 0);
    assert_non_null(strstr(debug_text, "memory: 12 MiB usable, 60 ranges, "
                                       "12 of them reserved\r\n"));
    assert_non_null(strstr(debug_text, "... and 24 more"));
    assert_non_null(strstr(debug_text, "acpi: none\r\n"));
    assert_non_null(strstr(debug_text, "\nledger: int13=0 "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options), cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_ledger), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
