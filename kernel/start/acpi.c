#include "kernel/start/acpi.h"

#include <stdbool.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"

#define CHUNK       256u
#define FADT_MIN    116u /* ACPI 1.0 */
#define FADT_X_PM1B 196u /* long enough for the extended blocks */
#define FADT_RESET  129u /* long enough for the reset register */
#define SYSTEM_IO   1    /* address space of a generic address */
#define RESET_IS_THERE (1u << 10) /* of the FADT's flags */

/*
 * A port from the FADT: the extended form (ACPI 6.5 table 5.1) when it names
 * one, else the 32-bit one. Ports have 16 bits; anything else is refused.
 */
static uint16_t
fadt_port(const uint8_t *fadt, uint32_t length, uint32_t offset,
          uint32_t extended)
{
    uint64_t port = 0;

    if (length >= FADT_X_PM1B && fadt[extended] == SYSTEM_IO)
        port = le64(fadt + extended + 4);
    if (port == 0)
        port = le32(fadt + offset);
    return port < UINT16_MAX ? (uint16_t)port : 0;
}

/* The reset register, where it is a port (section 4.8.3.6). */
static void
read_reset(const uint8_t *fadt, uint32_t length, struct acpi_power *power)
{
    uint64_t port;

    if (length < FADT_RESET || (le32(fadt + 112) & RESET_IS_THERE) == 0 ||
        fadt[116] != SYSTEM_IO)
        return;
    port = le64(fadt + 120);
    power->reset = port < UINT16_MAX ? (uint16_t)port : 0;
    power->reset_value = fadt[128];
}

static int
read_fadt(const struct acpi_reader *reader, const struct acpi_table *table,
          struct acpi_power *power, paddr_t *dsdt)
{
    uint8_t fadt[FADT_X_PM1B] = { 0 };
    uint32_t size = table->length < sizeof fadt ? table->length
                                                : (uint32_t)sizeof fadt;
    uint32_t smi;

    if (table->length < FADT_MIN ||
        acpi_read_at(reader, table->paddr, fadt, size) != 0)
        return ACPI_NO_FADT;
    smi = le32(fadt + 48);
    power->smi_command = smi < UINT16_MAX ? (uint16_t)smi : 0;
    power->acpi_enable = fadt[52];
    power->pm1a = fadt_port(fadt, size, 64, 172);
    power->pm1b = fadt_port(fadt, size, 68, 184);
    read_reset(fadt, size, power);
    *dsdt = size >= 148 ? le64(fadt + 140) : 0;
    if (*dsdt == 0)
        *dsdt = le32(fadt + 40);
    return power->pm1a != 0 ? ACPI_OK : ACPI_NO_FADT;
}

/* An integer of a package: its bytes used, or 0 when it is none. */
static size_t
aml_integer(const uint8_t *p, size_t size, uint64_t *value)
{
    static const uint8_t widths[] = { 1, 2, 4 }; /* prefixes 0Ah to 0Ch */
    size_t width;

    if (size == 0)
        return 0;
    if (p[0] == 0x00 || p[0] == 0x01) {
        *value = p[0];
        return 1;
    }
    if (p[0] < 0x0A || p[0] > 0x0C)
        return 0;
    width = widths[p[0] - 0x0A];
    if (size < 1 + width)
        return 0;
    *value = width == 1 ? p[1] : width == 2 ? le16(p + 1) : le32(p + 1);
    return 1 + width;
}

/*
 * The two sleep types of Name (_S5, Package { a, b, ... }): 08 [5C] "_S5_"
 * 12 length count a b. p points behind the name.
 */
static bool
parse_package(const uint8_t *p, size_t size, struct acpi_power *power)
{
    uint64_t a, b = 0;
    size_t used, at;

    if (size < 4 || p[0] != 0x12)
        return false;
    at = 1 + 1 + (p[1] >> 6); /* the length has up to three bytes more */
    if (at >= size || p[at] == 0)
        return false;
    used = aml_integer(p + at + 1, size - at - 1, &a);
    if (used == 0 || a > 7)
        return false;
    if (p[at] >= 2 &&
        (aml_integer(p + at + 1 + used, size - at - 1 - used, &b) == 0 ||
         b > 7))
        return false;
    power->sleep_a = (uint8_t)a;
    power->sleep_b = (uint8_t)b;
    return true;
}

/* Look for the name in a piece; pieces overlap, so none is cut for good. */
static bool
search_piece(const uint8_t *p, size_t size, struct acpi_power *power)
{
    for (size_t i = 2; i + 4 < size; i++) {
        if (memcmp(p + i, "_S5_", 4) != 0)
            continue;
        if (p[i - 1] != 0x08 && !(p[i - 1] == 0x5C && p[i - 2] == 0x08))
            continue;
        if (parse_package(p + i + 4, size - i - 4, power))
            return true;
    }
    return false;
}

static bool
find_s5(const struct acpi_reader *reader, const struct acpi_table *table,
        struct acpi_power *power)
{
    enum { OVERLAP = 32 }; /* longer than the longest form */
    uint8_t piece[CHUNK];
    uint32_t at = ACPI_HEADER_SIZE - 2; /* the name may stand first */

    while (at < table->length) {
        uint32_t left = table->length - at;
        uint32_t count = left < CHUNK ? left : CHUNK;

        if (acpi_read_at(reader, table->paddr + at, piece, count) != 0)
            return false;
        if (search_piece(piece, count, power))
            return true;
        if (count == left)
            return false;
        at += CHUNK - OVERLAP;
    }
    return false;
}

static bool
find_s5_in_ssdts(const struct acpi_reader *reader, const struct acpi_list *list,
                 struct acpi_power *power)
{
    struct acpi_table table;

    for (uint32_t i = 0; i < list->count; i++)
        if (acpi_open_entry(reader, list, i, "SSDT", &table) &&
            find_s5(reader, &table, power))
            return true;
    return false;
}

int
acpi_find_power(const struct acpi_reader *reader, paddr_t rsdp,
                struct acpi_power *power)
{
    struct acpi_list list;
    struct acpi_table table;
    paddr_t dsdt = 0;
    int error = acpi_open_list(reader, rsdp, &list);

    *power = (struct acpi_power){ 0 };
    if (error != ACPI_OK)
        return error;
    error = ACPI_NO_FADT;
    for (uint32_t i = 0; i < list.count && error != ACPI_OK; i++)
        if (acpi_open_entry(reader, &list, i, "FACP", &table))
            error = read_fadt(reader, &table, power, &dsdt);
    if (error != ACPI_OK)
        return error;
    if (acpi_open_table(reader, dsdt, "DSDT", &table) &&
        find_s5(reader, &table, power))
        return ACPI_OK;
    return find_s5_in_ssdts(reader, &list, power) ? ACPI_OK : ACPI_NO_S5;
}
