/*
 * ACPI tables made for tests: a piece of physical memory with an RSDP, an
 * XSDT, an RSDT, a FADT, a DSDT, an SSDT, a MADT and an HPET table, good until
 * a test breaks it.
 */
#ifndef TESTS_HOST_ACPI_TABLES_H
#define TESTS_HOST_ACPI_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/start/acpi.h"

#define ACPI_BASE 0xE0000u /* physical address of the first byte */
#define ACPI_RSDP 0x000u   /* offsets of the tables in it */
#define ACPI_RSDT 0x040u
#define ACPI_XSDT 0x080u
#define ACPI_FADT 0x100u
#define ACPI_DSDT 0x200u
#define ACPI_SSDT 0x600u
#define ACPI_MADT 0x800u
#define ACPI_HPET 0x980u
#define ACPI_BYTES 0xA00u

#define FADT_SIZE 244u
#define DSDT_SIZE 0x300u
#define SSDT_SIZE 0x100u
#define MADT_SIZE 44u /* without entries */
#define MADT_ROOM (ACPI_HPET - ACPI_MADT)
#define HPET_SIZE 56u

struct acpi_memory {
    uint8_t bytes[ACPI_BYTES];
    size_t reads;
};

/* The sleep package, SLP_TYP 5 and 4, at an offset in DSDT or SSDT. */
void acpi_put_s5(struct acpi_memory *memory, uint32_t offset);

/* Everything, with the package in the DSDT. */
void acpi_make(struct acpi_memory *memory);

/*
 * Append an entry to the MADT: its bytes, of which the second is its length.
 * The table is sealed again.
 */
void acpi_add_madt(struct acpi_memory *memory, const uint8_t *entry);

/* Set the checksum of the table at offset from its length field. */
void acpi_seal(struct acpi_memory *memory, uint32_t offset);

/* Both checksums of the RSDP. */
void acpi_seal_rsdp(struct acpi_memory *memory);

/* An acpi_read_fn with a struct acpi_memory as context. */
int acpi_read(void *context, paddr_t paddr, void *buffer, size_t size);

#endif
