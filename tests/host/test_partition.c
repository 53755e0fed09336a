/* The partition table: what is taken, and each way to be refused. */
#include "tests/host/unit.h"

#include <string.h>

#include "errors.h"
#include "kernel/lib/bytes.h"
#include "stage2/partition.h"

#define FIRST_FREE 65u

struct entry {
    uint8_t status, type;
    uint32_t lba, sectors;
};

/* LBA 0 with a good table: entry 1 active, type 0Ch, as mkimage writes it. */
static void
make_sector(uint8_t sector[512])
{
    memset(sector, 0xCC, 512);
    memset(sector + 0x1BE, 0, 64);
    put_le16(sector + 0x1FE, 0xAA55);
    sector[0x1BE] = 0x80;
    sector[0x1BE + 4] = 0x0C;
    put_le32(sector + 0x1BE + 8, 2048);
    put_le32(sector + 0x1BE + 12, 532480);
}

static void
set_entry(uint8_t sector[512], int number, struct entry entry)
{
    uint8_t *p = sector + 0x1BE + 16 * (number - 1);

    p[0] = entry.status;
    p[4] = entry.type;
    put_le32(p + 8, entry.lba);
    put_le32(p + 12, entry.sectors);
}

static int
find(const uint8_t sector[512], struct partition *found)
{
    memset(found, 0xEE, sizeof *found);
    return partition_find_active(sector, FIRST_FREE, found);
}

static void
finds_the_active_entry_wherever_it_is(void **state)
{
    struct partition found;
    uint8_t sector[512];

    (void)state;
    for (int number = 1; number <= 4; number++) {
        for (uint8_t type = 0x0B; type <= 0x0C; type++) {
            make_sector(sector);
            for (int other = 1; other <= 4; other++)
                set_entry(sector, other, (struct entry){ 0, 0x83, 1, 1 });
            set_entry(sector, number,
                      (struct entry){ 0x80, type, 0x12345678, 0x9ABCDEF0 });
            assert_int_equal(find(sector, &found), 0);
            assert_int_equal(found.number, number);
            assert_int_equal(found.type, type);
            assert_int_equal(found.lba, 0x12345678);
            assert_int_equal(found.sectors, 0x9ABCDEF0);
        }
    }
}

static void
needs_the_signature(void **state)
{
    struct partition found;
    uint8_t sector[512];

    (void)state;
    for (int bit = 0; bit < 16; bit++) {
        make_sector(sector);
        sector[0x1FE + bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(find(sector, &found), E_NO_TABLE);
    }
}

static void
refuses_any_other_status(void **state)
{
    struct partition found;
    uint8_t sector[512];

    (void)state;
    for (int number = 1; number <= 4; number++) {
        for (unsigned status = 0; status < 256; status++) {
            int expected = E_NO_TABLE;

            make_sector(sector);
            set_entry(sector, number,
                      (struct entry){ (uint8_t)status, 0x0C, 2048, 532480 });
            if (status == 0)
                expected = number == 1 ? E_NO_ACTIVE : 0;
            else if (status == 0x80)
                expected = number == 1 ? 0 : E_TWO_ACTIVE;
            assert_int_equal(find(sector, &found), expected);
        }
    }
}

static void
counts_the_active_entries(void **state)
{
    struct partition found;
    uint8_t sector[512];

    (void)state;
    for (unsigned mask = 0; mask < 16; mask++) {
        int bits = __builtin_popcount(mask);

        make_sector(sector);
        for (int number = 1; number <= 4; number++)
            set_entry(sector, number,
                      (struct entry){ (mask >> (number - 1) & 1) * 0x80,
                                      0x0C, 2048, 8 });
        assert_int_equal(find(sector, &found), bits == 0   ? E_NO_ACTIVE
                                               : bits == 1 ? 0
                                                           : E_TWO_ACTIVE);
    }
}

static void
takes_fat32_types_only(void **state)
{
    struct partition found;
    uint8_t sector[512];

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        make_sector(sector);
        sector[0x1BE + 4] = (uint8_t)type;
        assert_int_equal(find(sector, &found), type == 0x0B || type == 0x0C
                                                   ? 0 : E_PARTITION_TYPE);
        assert_int_equal(found.type, type);
    }
}

static void
checks_the_range(void **state)
{
    static const struct { uint32_t lba, sectors; int result; } cases[] = {
        { FIRST_FREE, 1, 0 },
        { FIRST_FREE - 1, 100, E_PARTITION_RANGE },
        { 0, 100, E_PARTITION_RANGE },
        { 2048, 0, E_PARTITION_RANGE },
        { 2048, 1, 0 },
        { 0xFFFFFFFF, 1, 0 },
        { 0xFFFFFFFF, 2, E_PARTITION_RANGE },
        { 0x80000000, 0x80000000, 0 },
        { 0x80000000, 0x80000001, E_PARTITION_RANGE },
        { 0xFFFFFFFF, 0xFFFFFFFF, E_PARTITION_RANGE },
    };
    struct partition found;
    uint8_t sector[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_sector(sector);
        set_entry(sector, 1, (struct entry){ 0x80, 0x0C, cases[i].lba,
                                             cases[i].sectors });
        assert_int_equal(find(sector, &found), cases[i].result);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_active_entry_wherever_it_is),
        cmocka_unit_test(needs_the_signature),
        cmocka_unit_test(refuses_any_other_status),
        cmocka_unit_test(counts_the_active_entries),
        cmocka_unit_test(takes_fat32_types_only),
        cmocka_unit_test(checks_the_range),
    };

    return cmocka_run_group_tests_name("partition table", tests, NULL, NULL);
}
