/* MADT and HPET: a PC's are understood, hostile ones do no harm. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/lib/bytes.h"
#include "kernel/start/madt.h"
#include "tests/host/acpi_tables.h"

static struct acpi_memory memory;
static struct acpi_reader reader = { acpi_read, &memory };
static struct madt madt;

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
    memset(&madt, 0xA5, sizeof madt); /* nothing may be left of before */
    return madt_find(&reader, ACPI_BASE + ACPI_RSDP, &madt);
}

static void
empty(void)
{
    put_le32(memory.bytes + ACPI_MADT + 4, MADT_SIZE);
    memset(memory.bytes + ACPI_MADT + MADT_SIZE, 0, MADT_ROOM - MADT_SIZE);
    acpi_seal(&memory, ACPI_MADT);
}

#define ADD(...) acpi_add_madt(&memory, (const uint8_t[]){ __VA_ARGS__ })

static void
test_pc(void **state)
{
    (void)state;
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(madt.local_apic, 0xFEE00000);
    assert_int_equal(madt.cpu_count, 2);
    assert_int_equal(madt.cpus[1].apic_id, 4);
    assert_int_equal(madt.cpus[1].uid, 1);
    assert_int_equal(madt.io_apic_count, 1);
    assert_int_equal(madt.io_apics[0].paddr, 0xFEC00000);
    assert_int_equal(madt.io_apics[0].gsi_base, 0);
    assert_int_equal(madt.local_nmi_count, 1);
    assert_int_equal(madt.local_nmis[0].uid, MADT_ALL_CPUS);
    assert_int_equal(madt.local_nmis[0].pin, 1);
    assert_int_equal(madt.dropped, 0);
    assert_ptr_equal(madt_cpu_of(&madt, 4), &madt.cpus[1]);
    assert_null(madt_cpu_of(&madt, 1));
}

static void
test_isa_lines(void **state)
{
    struct irq_mode mode;
    uint32_t gsi;

    (void)state;
    find();
    assert_true(madt_isa_line(&madt, 0, &gsi, &mode));
    assert_int_equal(gsi, 2);
    assert_false(mode.level || mode.active_low);
    assert_true(madt_isa_line(&madt, 9, &gsi, &mode));
    assert_int_equal(gsi, 9);
    assert_true(mode.level && !mode.active_low);
    assert_true(madt_isa_line(&madt, 4, &gsi, &mode));
    assert_int_equal(gsi, 4);
    assert_false(madt_isa_line(&madt, 2, &gsi, &mode));
    /* Another interrupt took line 5, and so IRQ 5 has none. */
    ADD(2, 10, 0, 7, 5, 0, 0, 0, 0x0F, 0);
    find();
    assert_true(madt_isa_line(&madt, 7, &gsi, &mode));
    assert_int_equal(gsi, 5);
    assert_true(mode.level && mode.active_low);
    assert_false(madt_isa_line(&madt, 5, &gsi, &mode));
    ADD(3, 8, 0, 0, 4, 0, 0, 0); /* line 4 is an NMI */
    find();
    assert_false(madt_isa_line(&madt, 4, &gsi, &mode));
}

static void
test_absent(void **state)
{
    paddr_t paddr;

    (void)state;
    assert_int_equal(madt_find(&reader, 0, &madt), ACPI_NO_RSDP);
    assert_int_equal(madt.cpu_count, 0);
    assert_int_equal(hpet_find(&reader, 0, &paddr), ACPI_NO_RSDP);
    memory.bytes[ACPI_MADT + 9] ^= 1;
    assert_int_equal(find(), ACPI_NO_MADT);
    assert_int_equal(madt.io_apic_count, 0);
    put_le32(memory.bytes + ACPI_MADT + 4, MADT_SIZE - 1);
    acpi_seal(&memory, ACPI_MADT);
    assert_int_equal(find(), ACPI_NO_MADT);
}

static void
test_x2apic(void **state)
{
    (void)state;
    empty();
    ADD(9, 16, 0, 0, 0x00, 0x01, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0);
    ADD(9, 16, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 8, 0, 0, 0);
    ADD(9, 16, 0, 0, 0xFF, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0);
    ADD(10, 12, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0);
    ADD(5, 12, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(madt.cpu_count, 2);
    assert_int_equal(madt.cpus[0].apic_id, 256);
    assert_int_equal(madt.cpus[0].uid, 7);
    assert_int_equal(madt.cpus[1].apic_id, 255); /* no broadcast here */
    assert_int_equal(madt.local_nmis[0].uid, 7);
    assert_int_equal(madt.local_nmis[0].pin, 0);
    assert_int_equal(madt.local_apic, 1ULL << 32);
    assert_int_equal(madt.dropped, 1);
}

static void
test_cpus(void **state)
{
    (void)state;
    empty();
    ADD(0, 8, 0, 0, 1, 0, 0, 0);
    ADD(0, 8, 1, 0, 1, 0, 0, 0);    /* double */
    ADD(0, 8, 2, 0xFF, 1, 0, 0, 0); /* the broadcast id */
    ADD(0, 8, 3, 1, 0, 0, 0, 0);    /* absent */
    ADD(0, 8, 4, 2, 2, 0, 0, 0);    /* may come later */
    ADD(0, 7, 5, 3, 1, 0, 0);       /* cut off */
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(madt.cpu_count, 1);
    assert_int_equal(madt.spare_cpus, 1);
    assert_int_equal(madt.dropped, 3);
}

static void
test_io_apics(void **state)
{
    (void)state;
    empty();
    ADD(1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0);
    ADD(1, 12, 1, 0, 0, 0, 0xC0, 0xFE, 24, 0, 0, 0);   /* address twice */
    ADD(1, 12, 2, 0, 0, 0x10, 0xC0, 0xFE, 0, 0, 0, 0); /* lines twice */
    ADD(1, 12, 3, 0, 0, 0, 0, 0, 48, 0, 0, 0);         /* no address */
    ADD(1, 12, 4, 0, 0, 0x10, 0xC0, 0xFE, 24, 0, 0, 0);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(madt.io_apic_count, 2);
    assert_int_equal(madt.io_apics[1].gsi_base, 24);
    assert_int_equal(madt.dropped, 3);
}

static void
test_overrides(void **state)
{
    (void)state;
    empty();
    ADD(2, 10, 1, 0, 2, 0, 0, 0, 0, 0);    /* not ISA */
    ADD(2, 10, 0, 16, 2, 0, 0, 0, 0, 0);   /* no such interrupt */
    ADD(2, 10, 0, 0, 2, 0, 0, 0, 2, 0);    /* reserved polarity */
    ADD(2, 10, 0, 0, 2, 0, 0, 0, 8, 0);    /* reserved trigger */
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(madt.dropped, 4);
    for (unsigned i = 0; i < ISA_IRQS; i++)
        assert_false(madt.overrides[i].present);
    ADD(2, 10, 0, 0, 2, 0, 0, 0, 0, 0);
    ADD(2, 10, 0, 0, 3, 0, 0, 0, 0, 0);    /* interrupt twice */
    ADD(2, 10, 0, 1, 2, 0, 0, 0, 0, 0);    /* line twice */
    find();
    assert_int_equal(madt.dropped, 6);
    assert_int_equal(madt.overrides[0].gsi, 2);
    assert_false(madt.overrides[1].present);
}

static void
test_nmis(void **state)
{
    (void)state;
    empty();
    ADD(3, 8, 0x0F, 0, 20, 0, 0, 0);
    ADD(3, 8, 0x02, 0, 21, 0, 0, 0);
    ADD(4, 6, 0, 0, 0, 2); /* no such pin */
    ADD(4, 6, 3, 0x08, 0, 1);
    assert_int_equal(find(), ACPI_OK);
    assert_int_equal(madt.nmi_count, 1);
    assert_int_equal(madt.nmis[0].gsi, 20);
    assert_true(madt.nmis[0].mode.level && madt.nmis[0].mode.active_low);
    assert_int_equal(madt.local_nmi_count, 0);
    assert_int_equal(madt.dropped, 3);
}

/* Unknown entries are passed over; a length of 0 or too much ends it all. */
static void
test_lengths(void **state)
{
    uint32_t last;

    (void)state;
    empty();
    ADD(0x7F, 2);
    ADD(6, 3, 0);
    ADD(0, 8, 0, 0, 1, 0, 0, 0);
    last = le32(memory.bytes + ACPI_MADT + 4);
    ADD(0, 8, 1, 1, 1, 0, 0, 0);
    find();
    assert_int_equal(madt.cpu_count, 2);
    assert_int_equal(madt.dropped, 0);
    for (int length = 0; length < 256; length++) {
        memory.bytes[ACPI_MADT + last + 1] = (uint8_t)length;
        acpi_seal(&memory, ACPI_MADT);
        assert_int_equal(find(), ACPI_OK);
        assert_int_equal(madt.cpu_count, length == 8 ? 2 : 1);
        assert_int_equal(madt.dropped > 0, length != 8);
    }
}

/* Far more of everything than there is room for. */
static void
test_too_many(void **state)
{
    struct acpi_memory *big = &memory;
    uint8_t *p = big->bytes + ACPI_MADT;

    (void)state;
    empty();
    for (unsigned i = 0; i < 20; i++)
        ADD(1, 12, 0, 0, 0, (uint8_t)(i << 4), 0xC0, 0xFE, (uint8_t)i, 0, 0,
            0);
    find();
    assert_int_equal(madt.io_apic_count, MADT_MAX_IO_APICS);
    assert_int_equal(madt.dropped, 4);
    empty();
    for (unsigned i = 0; i < 20; i++)
        ADD(3, 8, 0, 0, (uint8_t)i, 0, 0, 0);
    find();
    assert_int_equal(madt.nmi_count, MADT_MAX_NMIS);
    empty();
    for (unsigned i = 0; i < 20; i++)
        ADD(4, 6, (uint8_t)i, 0, 0, 1);
    find();
    assert_int_equal(madt.local_nmi_count, MADT_MAX_NMIS);
    assert_true(le32(p + 4) <= MADT_ROOM);
}

/* A MADT of thousands of CPUs, made as it is read: it never ends by itself. */
static int
read_endless(void *context, paddr_t paddr, void *buffer, size_t size)
{
    uint64_t at = paddr - ACPI_BASE - ACPI_MADT;
    uint8_t *to = buffer;

    if (paddr < ACPI_BASE + ACPI_MADT + MADT_SIZE)
        return acpi_read(context, paddr, buffer, size);
    memset(to, 0, size);
    if (size != 16)
        return 0; /* of the checksum's pieces, which so add up to nothing */
    to[0] = 9;
    to[1] = 16;
    put_le32(to + 4, (uint32_t)(at / 16));
    put_le32(to + 8, 1);
    return 0;
}

static void
test_cpus_without_end(void **state)
{
    struct acpi_reader endless = { read_endless, &memory };
    uint8_t sum = 0;

    (void)state;
    put_le32(memory.bytes + ACPI_RSDT + 36, ACPI_BASE + ACPI_MADT);
    acpi_seal(&memory, ACPI_RSDT);
    memory.bytes[ACPI_RSDP + 15] = 0;
    acpi_seal_rsdp(&memory);
    empty();
    put_le32(memory.bytes + ACPI_MADT + 4, MADT_SIZE + 16 * 1000);
    memory.bytes[ACPI_MADT + 9] = 0;
    for (uint32_t i = 0; i < MADT_SIZE; i++)
        sum = (uint8_t)(sum + memory.bytes[ACPI_MADT + i]);
    memory.bytes[ACPI_MADT + 9] = (uint8_t)(0 - sum);
    assert_int_equal(madt_find(&endless, ACPI_BASE + ACPI_RSDP, &madt),
                     ACPI_OK);
    assert_int_equal(madt.cpu_count, MADT_MAX_CPUS);
    assert_int_equal(madt.dropped, 1000 - MADT_MAX_CPUS);
}

static void
test_hpet(void **state)
{
    paddr_t paddr = 0;

    (void)state;
    assert_int_equal(hpet_find(&reader, ACPI_BASE, &paddr), ACPI_OK);
    assert_int_equal(paddr, 0xFED00000);
    memory.bytes[ACPI_HPET + 40] = 1; /* in ports */
    acpi_seal(&memory, ACPI_HPET);
    assert_int_equal(hpet_find(&reader, ACPI_BASE, &paddr), ACPI_NO_HPET);
    reset(NULL);
    put_le64(memory.bytes + ACPI_HPET + 44, 0);
    acpi_seal(&memory, ACPI_HPET);
    assert_int_equal(hpet_find(&reader, ACPI_BASE, &paddr), ACPI_NO_HPET);
    reset(NULL);
    put_le32(memory.bytes + ACPI_HPET + 4, HPET_SIZE - 1);
    acpi_seal(&memory, ACPI_HPET);
    assert_int_equal(hpet_find(&reader, ACPI_BASE, &paddr), ACPI_NO_HPET);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pc, reset),
        cmocka_unit_test_setup(test_isa_lines, reset),
        cmocka_unit_test_setup(test_absent, reset),
        cmocka_unit_test_setup(test_x2apic, reset),
        cmocka_unit_test_setup(test_cpus, reset),
        cmocka_unit_test_setup(test_io_apics, reset),
        cmocka_unit_test_setup(test_overrides, reset),
        cmocka_unit_test_setup(test_nmis, reset),
        cmocka_unit_test_setup(test_lengths, reset),
        cmocka_unit_test_setup(test_too_many, reset),
        cmocka_unit_test_setup(test_cpus_without_end, reset),
        cmocka_unit_test_setup(test_hpet, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
