/*
 * The little of ACPI that turning the PC off needs: RSDP, RSDT or XSDT, the
 * FADT, and the \_S5 package of the DSDT or an SSDT.
 *
 * The tables are hostile input: they are copied piece by piece through a
 * function that refuses what is not memory, every length is bounded, every
 * checksum is checked. Source: ACPI 6.5, sections 5.2 (tables), 7.4.2 (\_S5),
 * 20.2 (AML encoding), 4.8.3.2.1 (PM1 control).
 */
#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

/* Copy size bytes from physical memory; 0, or -1 when that is no memory. */
typedef int acpi_read_fn(void *context, paddr_t paddr, void *buffer,
                         size_t size);

struct acpi_reader {
    acpi_read_fn *read;
    void *context;
};

enum {
    ACPI_OK = 0,
    ACPI_NO_RSDP = -1,  /* no pointer, or a damaged one */
    ACPI_NO_LIST = -2,  /* neither XSDT nor RSDT */
    ACPI_NO_FADT = -3,  /* not listed, damaged, or without PM1 registers */
    ACPI_NO_S5 = -4,    /* no table has a usable \_S5 package */
};

/* How to enter S5: all that is left is port I/O. */
struct acpi_power {
    uint16_t smi_command;    /* port, 0: always in ACPI mode */
    uint8_t acpi_enable;     /* value for it */
    uint16_t pm1a, pm1b;     /* control ports; pm1b 0 where there is none */
    uint8_t sleep_a, sleep_b; /* SLP_TYP for them, 0 to 7 */
};

int acpi_find_power(const struct acpi_reader *reader, paddr_t rsdp,
                    struct acpi_power *power);

#endif
