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
#include "kernel/start/madt.h"
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

/* What the kernel relies on when it takes the MADT's word. */
static void
check_madt(const struct madt *madt)
{
    bool routed[ISA_IRQS];
    uint32_t gsi[ISA_IRQS];
    struct irq_mode mode;

    if (madt->cpu_count > MADT_MAX_CPUS || madt->nmi_count > MADT_MAX_NMIS ||
        madt->io_apic_count > MADT_MAX_IO_APICS ||
        madt->local_nmi_count > MADT_MAX_NMIS)
        abort();
    for (uint32_t i = 0; i < madt->cpu_count; i++)
        if (madt_cpu_of(madt, madt->cpus[i].apic_id) != &madt->cpus[i])
            abort();
    for (uint32_t i = 0; i < madt->local_nmi_count; i++)
        if (madt->local_nmis[i].pin > 1)
            abort();
    for (unsigned i = 0; i < ISA_IRQS; i++) {
        routed[i] = madt_isa_line(madt, i, &gsi[i], &mode);
        for (unsigned j = 0; j < i; j++)
            if (routed[i] && routed[j] && gsi[i] == gsi[j])
                abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct acpi_memory memory;
    struct acpi_reader reader = { acpi_read, &memory };
    static struct madt madt;
    struct acpi_power power;
    paddr_t hpet;

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
        seal(&memory, ACPI_MADT);
        seal(&memory, ACPI_HPET);
        acpi_seal_rsdp(&memory);
    }
    if (acpi_find_power(&reader, ACPI_BASE, &power) == ACPI_OK &&
        (power.pm1a == 0 || power.sleep_a > 7 || power.sleep_b > 7))
        abort();
    if (madt_find(&reader, ACPI_BASE, &madt) == ACPI_OK)
        check_madt(&madt);
    if (hpet_find(&reader, ACPI_BASE, &hpet) == ACPI_OK && hpet == 0)
        abort();
    return 0;
}
