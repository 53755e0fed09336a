/*
 * The little of ACPI that turning the PC off needs: the FADT, and the \_S5
 * package of the DSDT or an SSDT. Source: ACPI 6.5, sections 5.2.9 (FADT),
 * 7.4.2 (\_S5), 20.2 (AML encoding), 4.8.3.2.1 (PM1 control).
 */
#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include <stdint.h>

#include "kernel/acpi_table.h"

/* How to enter S5: all that is left is port I/O. */
struct acpi_power {
    uint16_t smi_command;    /* port, 0: always in ACPI mode */
    uint8_t acpi_enable;     /* value for it */
    uint16_t pm1a, pm1b;     /* control ports; pm1b 0 where there is none */
    uint8_t sleep_a, sleep_b; /* SLP_TYP for them, 0 to 7 */
};

/* ACPI_NO_FADT also stands for a FADT without PM1 registers. */
int acpi_find_power(const struct acpi_reader *reader, paddr_t rsdp,
                    struct acpi_power *power);

#endif
