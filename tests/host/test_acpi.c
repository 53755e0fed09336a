/* ACPI: good tables are understood, broken ones refused. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/lib/bytes.h"
#include "tests/host/acpi_tables.h"

static struct acpi_memory memory;
static struct acpi_power power;

static int
reset(void **state)
{
    (void)state;
    acpi_make(&memory);
    return 0;
}

static int
find(void)
{
    struct acpi_reader reader = { acpi_read, &memory };

    return acpi_find_power(&reader, ACPI_BASE + ACPI_RSDP, &power);
}

static void
test_good(void **state)
{
    (void)state;
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.pm1a, 0x804); /* the extended form wins */
    assert_int_equal(power.pm1b, 0x704); /* which names no second port */
    assert_int_equal(power.smi_command, 0xB2);
    assert_int_equal(power.acpi_enable, 0xA1);
    assert_int_equal(power.sleep_a, 5);
    assert_int_equal(power.sleep_b, 4);
    assert_int_equal(power.reset, 0xCF9);
    assert_int_equal(power.reset_value, 0x06);
}

static void
test_rsdp(void **state)
{
    struct acpi_reader reader = { acpi_read, &memory };

    (void)state;
    assert_int_equal(acpi_find_power(&reader, 0, &power), ACPI_NO_RSDP);
    assert_int_equal(acpi_find_power(&reader, UINT64_MAX - 3, &power),
                     ACPI_NO_RSDP);
    memory.bytes[ACPI_RSDP] ^= 1;
    acpi_seal_rsdp(&memory);
    assert_int_equal(find(), ACPI_NO_RSDP);
    reset(NULL);
    memory.bytes[ACPI_RSDP + 9] ^= 1;
    assert_int_equal(find(), ACPI_NO_RSDP);
}

/* Where the XSDT is bad the RSDT serves, whatever it is that is bad. */
static void
test_rsdt_instead(void **state)
{
    (void)state;
    memory.bytes[ACPI_XSDT + 9] ^= 1;
    assert_int_equal(find(), ACPI_OK);
    reset(NULL);
    memory.bytes[ACPI_RSDP + 35] ^= 1; /* not in the first checksum */
    assert_int_equal(find(), ACPI_OK);
    reset(NULL);
    memory.bytes[ACPI_RSDP + 15] = 0;
    memory.bytes[ACPI_XSDT] = 'Y';
    acpi_seal_rsdp(&memory);
    assert_int_equal(find(), ACPI_OK);
    memory.bytes[ACPI_RSDT] = 'Y';
    acpi_seal(&memory, ACPI_RSDT);
    assert_int_equal(find(), ACPI_NO_LIST);
}

static void
set_length(uint32_t table, uint32_t length)
{
    put_le32(memory.bytes + table + 4, length);
}

static void
test_lengths(void **state)
{
    static const uint32_t bad[] = { 0, 35, 4u << 20, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        reset(NULL);
        set_length(ACPI_XSDT, bad[i]);
        set_length(ACPI_RSDT, bad[i]);
        assert_int_equal(find(), ACPI_NO_LIST);
        reset(NULL);
        set_length(ACPI_FADT, bad[i]);
        assert_int_equal(find(), ACPI_NO_FADT);
        reset(NULL);
        set_length(ACPI_DSDT, bad[i]);
        assert_int_equal(find(), ACPI_NO_S5);
    }
    reset(NULL);
    set_length(ACPI_FADT, 115);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_NO_FADT);
    set_length(ACPI_FADT, 116); /* ACPI 1.0: no extended blocks */
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.pm1a, 0x604);
}

static void
test_ports(void **state)
{
    uint8_t *fadt = memory.bytes + ACPI_FADT;

    (void)state;
    fadt[172] = 0; /* in memory, not a port: the old field serves */
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.pm1a, 0x604);
    put_le32(fadt + 64, 0x10604);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_NO_FADT);
    put_le32(fadt + 64, 0);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_NO_FADT);
}

/* One that is not there, not a port, or behind the table's end. */
static void
test_reset_register(void **state)
{
    uint8_t *fadt = memory.bytes + ACPI_FADT;

    (void)state;
    put_le32(fadt + 112, 0);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.reset, 0);
    put_le32(fadt + 112, 1 << 10);
    fadt[116] = 0;
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.reset, 0);
    fadt[116] = 1;
    put_le64(fadt + 120, 0x10CF9);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.reset, 0);
    put_le64(fadt + 120, 0xCF9);
    set_length(ACPI_FADT, 128);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.reset, 0);
    set_length(ACPI_FADT, 129);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(power.reset, 0xCF9);
}

static void
test_s5_places(void **state)
{
    uint8_t *p = memory.bytes;

    (void)state;
    /* Anywhere, so across every border of the pieces it is read in. */
    for (uint32_t at = ACPI_DSDT + 36; at + 14 <= ACPI_DSDT + DSDT_SIZE;
         at++) {
        reset(NULL);
        memset(p + ACPI_DSDT + 36, 0x5F, DSDT_SIZE - 36);
        acpi_put_s5(&memory, at);
        acpi_seal(&memory, ACPI_DSDT);
        assert_int_equal(find(), ACPI_OK);
        assert_int_equal(power.sleep_b, 4);
    }
    reset(NULL);
    memset(p + ACPI_DSDT + 0x150, 0, 14);
    acpi_seal(&memory, ACPI_DSDT);
    assert_int_equal(find(), ACPI_NO_S5);
    acpi_put_s5(&memory, ACPI_SSDT + 36);
    acpi_seal(&memory, ACPI_SSDT);
    assert_int_equal(find(), ACPI_OK);
}

static int
find_with_package(const uint8_t *code, size_t size)
{
    reset(NULL);
    memset(memory.bytes + ACPI_DSDT + 0x150, 0, 16);
    memcpy(memory.bytes + ACPI_DSDT + 0x150, code, size);
    acpi_seal(&memory, ACPI_DSDT);
    return find();
}

static void
test_s5_forms(void **state)
{
    static const uint8_t root[] = { 0x08, '\\', '_', 'S', '5', '_', 0x12,
                                    0x47, 0x00, 0x04, 0x01, 0x00, 0, 0 };
    static const uint8_t wide[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x0A,
                                    0x02, 0x0B, 7, 0, 0x0C, 6, 0, 0, 0 };
    static const uint8_t single[] = { 0x08, '_', 'S', '5', '_', 0x12, 4,
                                      0x01, 0x0A, 3, 0xFF };
    static const uint8_t big[] = { 0x08, '_', 'S', '5', '_', 0x12, 6, 0x02,
                                   0x0A, 8, 0x0A, 0 };
    static const uint8_t text[] = { 0x08, '_', 'S', '5', '_', 0x12, 6, 0x02,
                                    0x0D, 'a', 0 };
    static const uint8_t none[] = { 0x08, '_', 'S', '5', '_', 0x12, 2, 0x00 };
    static const uint8_t use[] = { 0x70, '_', 'S', '5', '_', 0x12, 8, 0x04,
                                   0x0A, 5, 0x0A, 5 };
    static const uint8_t method[] = { 0x08, '_', 'S', '5', '_', 0x14, 8 };

    (void)state;
    assert_int_equal(find_with_package(root, sizeof root), ACPI_OK);
    assert_int_equal(power.sleep_a, 1);
    assert_int_equal(power.sleep_b, 0);
    assert_int_equal(find_with_package(wide, sizeof wide), ACPI_OK);
    assert_int_equal(power.sleep_a, 7);
    assert_int_equal(power.sleep_b, 6);
    assert_int_equal(find_with_package(single, sizeof single), ACPI_OK);
    assert_int_equal(power.sleep_a, 3);
    assert_int_equal(power.sleep_b, 0);
    assert_int_equal(find_with_package(big, sizeof big), ACPI_NO_S5);
    assert_int_equal(find_with_package(text, sizeof text), ACPI_NO_S5);
    assert_int_equal(find_with_package(none, sizeof none), ACPI_NO_S5);
    assert_int_equal(find_with_package(use, sizeof use), ACPI_NO_S5);
    assert_int_equal(find_with_package(method, sizeof method), ACPI_NO_S5);
}

/* A package that the end of its table cuts is none. */
static void
test_s5_cut(void **state)
{
    uint32_t end = ACPI_SSDT + SSDT_SIZE;

    (void)state;
    for (uint32_t kept = 1; kept <= 14; kept++) {
        reset(NULL);
        memset(memory.bytes + ACPI_DSDT + 0x150, 0, 14);
        acpi_put_s5(&memory, end - kept);
        acpi_seal(&memory, ACPI_DSDT);
        acpi_seal(&memory, ACPI_SSDT);
        assert_int_equal(find(), kept < 12 ? ACPI_NO_S5 : ACPI_OK);
    }
}

/* The 64-bit address of the DSDT counts from revision 2's length on. */
static void
test_dsdt_addresses(void **state)
{
    uint8_t *fadt = memory.bytes + ACPI_FADT;

    (void)state;
    put_le32(fadt + 40, 0);
    set_length(ACPI_FADT, 148);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
    set_length(ACPI_FADT, 147);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_NO_S5);
    put_le32(fadt + 40, ACPI_BASE + ACPI_DSDT);
    put_le64(fadt + 140, 0);
    set_length(ACPI_FADT, FADT_SIZE);
    acpi_seal(&memory, ACPI_FADT);
    assert_int_equal(find(), ACPI_OK);
}

/* Every single byte changed: an answer, never a hang or a wild read. */
static void
test_each_byte_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACPI_BYTES; i++) {
        reset(NULL);
        memory.bytes[i] ^= 0xFF;
        (void)find();
        assert_true(memory.reads < 1000);
    }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_good), TEST(test_rsdp), TEST(test_rsdt_instead),
        TEST(test_lengths), TEST(test_ports),
        TEST(test_reset_register), TEST(test_s5_places),
        TEST(test_s5_forms), TEST(test_s5_cut), TEST(test_dsdt_addresses),
        TEST(test_each_byte_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
