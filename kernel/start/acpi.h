/*
 * The little of ACPI that turning the PC off needs: the FADT, and the \_S5
 * package of the DSDT or an SSDT. Source: ACPI 6.5, sections 5.2.9 (FADT),
 * 7.4.2 (\_S5), 20.2 (AML encoding), 4.8.3.2.1 (PM1 control).
 */
#ifndef KERNEL_START_ACPI_H
#define KERNEL_START_ACPI_H

#include "kernel/power.h"
#include "kernel/start/acpi_table.h"

/* ACPI_NO_FADT also stands for a FADT without PM1 registers. */
int acpi_find_power(const struct acpi_reader *reader, paddr_t rsdp,
                    struct acpi_power *power);

#endif
