/*
 * ACPI tables from the fuzzer. The input is laid over good tables as edits:
 * two bytes of offset, one of length, the bytes. Checksums are mended
 * afterwards unless the first byte says no, or nothing would ever get past
 * them.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/bytes.h"
#include "tests/host/acpi_tables.h"

static void
edit(struct acpi_memory *memory, const uint8_t *data, size_t size)
{
    while (size >= 4) {
        uint32_t offset = le16(data) % ACPI_BYTES;
        size_t count = data[2] % 32 + 1u;

        if (count > size - 3)
            count = size - 3;
        if (count > ACPI_BYTES - offset)
            count = ACPI_BYTES - offset;
        memcpy(memory->bytes + offset, data + 3, count);
        data += 3 + count;
        size -= 3 + count;
    }
}

static void
seal(struct acpi_memory *memory, uint32_t offset)
{
    if (le32(memory->bytes + offset + 4) <= ACPI_BYTES - offset)
        acpi_seal(memory, offset);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct acpi_memory memory;
    struct acpi_reader reader = { acpi_read, &memory };
    struct acpi_power power;

    if (size == 0)
        return 0;
    acpi_make(&memory);
    edit(&memory, data + 1, size - 1);
    if ((data[0] & 1) == 0) {
        seal(&memory, ACPI_RSDT);
        seal(&memory, ACPI_XSDT);
        seal(&memory, ACPI_FADT);
        seal(&memory, ACPI_DSDT);
        seal(&memory, ACPI_SSDT);
        acpi_seal_rsdp(&memory);
    }
    if (acpi_find_power(&reader, ACPI_BASE, &power) == ACPI_OK &&
        (power.pm1a == 0 || power.sleep_a > 7 || power.sleep_b > 7))
        abort();
    return 0;
}
