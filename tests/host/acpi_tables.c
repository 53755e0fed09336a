#include "tests/host/acpi_tables.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/bytes.h"

int
acpi_read(void *context, paddr_t paddr, void *buffer, size_t size)
{
    struct acpi_memory *memory = context;
    uint64_t offset = paddr - ACPI_BASE;

    memory->reads++;
    if (paddr < ACPI_BASE || offset > ACPI_BYTES ||
        size > ACPI_BYTES - offset)
        return -1;
    memcpy(buffer, memory->bytes + offset, size);
    return 0;
}

static uint8_t
missing(const uint8_t *p, size_t size)
{
    uint8_t sum = 0;

    while (size-- > 0)
        sum = (uint8_t)(sum + *p++);
    return (uint8_t)(0 - sum);
}

void
acpi_seal(struct acpi_memory *memory, uint32_t offset)
{
    uint8_t *p = memory->bytes + offset;

    p[9] = 0;
    p[9] = missing(p, le32(p + 4));
}

void
acpi_seal_rsdp(struct acpi_memory *memory)
{
    uint8_t *p = memory->bytes + ACPI_RSDP;

    p[8] = p[32] = 0;
    p[8] = missing(p, 20);
    p[32] = missing(p, 36);
}

static void
put_table(struct acpi_memory *memory, uint32_t offset, const char *signature,
          uint32_t length)
{
    memcpy(memory->bytes + offset, signature, 4);
    put_le32(memory->bytes + offset + 4, length);
}

static void
put_fadt(struct acpi_memory *memory)
{
    uint8_t *p = memory->bytes + ACPI_FADT;

    put_table(memory, ACPI_FADT, "FACP", FADT_SIZE);
    put_le32(p + 40, ACPI_BASE + ACPI_DSDT);
    put_le32(p + 48, 0xB2);
    p[52] = 0xA1;
    put_le32(p + 64, 0x604);
    put_le32(p + 68, 0x704);
    put_le32(p + 112, 1 << 10); /* there is a reset register, a port */
    p[116] = 1;
    put_le64(p + 120, 0xCF9);
    p[128] = 0x06;
    put_le64(p + 140, ACPI_BASE + ACPI_DSDT);
    p[172] = 1;
    put_le64(p + 176, 0x804);
    acpi_seal(memory, ACPI_FADT);
}

void
acpi_put_s5(struct acpi_memory *memory, uint32_t offset)
{
    static const uint8_t package[] = {
        0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0A, 0x05, 0x0A, 0x04,
        0x00, 0x00,
    };

    memcpy(memory->bytes + offset, package, sizeof package);
}

void
acpi_add_madt(struct acpi_memory *memory, const uint8_t *entry)
{
    uint8_t *p = memory->bytes + ACPI_MADT;
    uint32_t length = le32(p + 4);

    if (entry[1] > MADT_ROOM - length)
        abort();
    memcpy(p + length, entry, entry[1]);
    put_le32(p + 4, length + entry[1]);
    acpi_seal(memory, ACPI_MADT);
}

/* As on a PC: two CPUs, an I/O APIC, the timer on its line 2, NMI on LINT1. */
static void
put_madt(struct acpi_memory *memory)
{
    static const uint8_t entries[][12] = {
        { 0, 8, 0, 0, 1 },
        { 0, 8, 1, 4, 1 },
        { 1, 12, 0, 0, 0x00, 0x00, 0xC0, 0xFE, 0, 0, 0, 0 },
        { 2, 10, 0, 0, 2, 0, 0, 0, 0, 0 },
        { 2, 10, 0, 9, 9, 0, 0, 0, 0x0D, 0 },
        { 4, 6, 0xFF, 0, 0, 1 },
    };

    put_table(memory, ACPI_MADT, "APIC", MADT_SIZE);
    put_le32(memory->bytes + ACPI_MADT + 36, 0xFEE00000);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        acpi_add_madt(memory, entries[i]);
}

static void
put_hpet(struct acpi_memory *memory)
{
    put_table(memory, ACPI_HPET, "HPET", HPET_SIZE);
    put_le64(memory->bytes + ACPI_HPET + 44, 0xFED00000);
    acpi_seal(memory, ACPI_HPET);
}

void
acpi_make(struct acpi_memory *memory)
{
    uint8_t *p = memory->bytes;

    memset(memory, 0, sizeof *memory);
    memcpy(p + ACPI_RSDP, "RSD PTR ", 8);
    p[ACPI_RSDP + 15] = 2;
    put_le32(p + ACPI_RSDP + 16, ACPI_BASE + ACPI_RSDT);
    put_le32(p + ACPI_RSDP + 20, 36);
    put_le64(p + ACPI_RSDP + 24, ACPI_BASE + ACPI_XSDT);
    acpi_seal_rsdp(memory);
    put_table(memory, ACPI_RSDT, "RSDT", 36 + 16);
    put_le32(p + ACPI_RSDT + 36, ACPI_BASE + ACPI_SSDT);
    put_le32(p + ACPI_RSDT + 40, ACPI_BASE + ACPI_FADT);
    put_le32(p + ACPI_RSDT + 44, ACPI_BASE + ACPI_MADT);
    put_le32(p + ACPI_RSDT + 48, ACPI_BASE + ACPI_HPET);
    acpi_seal(memory, ACPI_RSDT);
    put_table(memory, ACPI_XSDT, "XSDT", 36 + 32);
    put_le64(p + ACPI_XSDT + 36, ACPI_BASE + ACPI_FADT);
    put_le64(p + ACPI_XSDT + 44, ACPI_BASE + ACPI_SSDT);
    put_le64(p + ACPI_XSDT + 52, ACPI_BASE + ACPI_HPET);
    put_le64(p + ACPI_XSDT + 60, ACPI_BASE + ACPI_MADT);
    acpi_seal(memory, ACPI_XSDT);
    put_fadt(memory);
    put_madt(memory);
    put_hpet(memory);
    put_table(memory, ACPI_DSDT, "DSDT", DSDT_SIZE);
    acpi_put_s5(memory, ACPI_DSDT + 0x150);
    acpi_seal(memory, ACPI_DSDT);
    put_table(memory, ACPI_SSDT, "SSDT", SSDT_SIZE);
    acpi_seal(memory, ACPI_SSDT);
}
