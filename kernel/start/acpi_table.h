/*
 * The way to ACPI's tables: RSDP, then XSDT or RSDT, then what they list.
 *
 * The tables are hostile input: they are copied piece by piece through a
 * function that refuses what is not memory, every length is bounded, every
 * checksum is checked. Source: ACPI 6.5, section 5.2.
 */
#ifndef KERNEL_START_ACPI_TABLE_H
#define KERNEL_START_ACPI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

#define ACPI_HEADER_SIZE 36u

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
    ACPI_NO_FADT = -3,  /* not listed, or damaged */
    ACPI_NO_S5 = -4,    /* no table has a usable \_S5 package */
    ACPI_NO_MADT = -5,  /* not listed, or damaged */
    ACPI_NO_HPET = -6,  /* not listed, damaged, or not in memory */
};

struct acpi_table {
    paddr_t paddr;
    uint32_t length; /* at least ACPI_HEADER_SIZE */
};

struct acpi_list {
    struct acpi_table table;
    uint32_t width; /* bytes of an entry: 4 or 8 */
    uint32_t count;
};

/* Address 0 and ranges that wrap are refused; 0 or -1. */
int acpi_read_at(const struct acpi_reader *reader, paddr_t paddr, void *buffer,
                 size_t size);

/* A table with this signature and a right checksum. */
bool acpi_open_table(const struct acpi_reader *reader, paddr_t paddr,
                     const char *signature, struct acpi_table *table);

/* The XSDT where there is a good one, else the RSDT. */
int acpi_open_list(const struct acpi_reader *reader, paddr_t rsdp,
                   struct acpi_list *list);

/* Entry number index as such a table; false when it is another or damaged. */
bool acpi_open_entry(const struct acpi_reader *reader,
                     const struct acpi_list *list, uint32_t index,
                     const char *signature, struct acpi_table *table);

/* The first good table of that signature. */
bool acpi_find_table(const struct acpi_reader *reader,
                     const struct acpi_list *list, const char *signature,
                     struct acpi_table *table);

#endif
