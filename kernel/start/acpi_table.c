#include "kernel/start/acpi_table.h"

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"

#define MAX_TABLE   (4u << 20) /* no sane table is larger */
#define MAX_ENTRIES 256u
#define CHUNK       256u

int
acpi_read_at(const struct acpi_reader *reader, paddr_t paddr, void *buffer,
             size_t size)
{
    if (paddr == 0 || paddr + size < paddr)
        return -1;
    return reader->read(reader->context, paddr, buffer, size);
}

/* Whether the bytes of [paddr, paddr + size) add up to zero. */
static bool
sums_to_zero(const struct acpi_reader *reader, paddr_t paddr, uint32_t size)
{
    uint8_t chunk[CHUNK], sum = 0;

    while (size > 0) {
        uint32_t count = size < CHUNK ? size : CHUNK;

        if (acpi_read_at(reader, paddr, chunk, count) != 0)
            return false;
        for (uint32_t i = 0; i < count; i++)
            sum = (uint8_t)(sum + chunk[i]);
        paddr += count;
        size -= count;
    }
    return sum == 0;
}

/*
 * The signature comes first: tables that nobody wants are not read in full.
 */
bool
acpi_open_table(const struct acpi_reader *reader, paddr_t paddr,
                const char *signature, struct acpi_table *table)
{
    uint8_t header[ACPI_HEADER_SIZE];

    if (acpi_read_at(reader, paddr, header, sizeof header) != 0 ||
        memcmp(header, signature, 4) != 0)
        return false;
    table->paddr = paddr;
    table->length = le32(header + 4);
    return table->length >= ACPI_HEADER_SIZE && table->length <= MAX_TABLE &&
           sums_to_zero(reader, paddr, table->length);
}

static bool
open_list(const struct acpi_reader *reader, paddr_t paddr,
          const char *signature, uint32_t width, struct acpi_list *list)
{
    if (!acpi_open_table(reader, paddr, signature, &list->table))
        return false;
    list->width = width;
    list->count = (list->table.length - ACPI_HEADER_SIZE) / width;
    if (list->count > MAX_ENTRIES)
        list->count = MAX_ENTRIES;
    return true;
}

bool
acpi_open_entry(const struct acpi_reader *reader,
                const struct acpi_list *list, uint32_t index,
                const char *signature, struct acpi_table *table)
{
    uint8_t entry[8] = { 0 };
    paddr_t at = list->table.paddr + ACPI_HEADER_SIZE + index * list->width;

    return acpi_read_at(reader, at, entry, list->width) == 0 &&
           acpi_open_table(reader, le64(entry), signature, table);
}

int
acpi_open_list(const struct acpi_reader *reader, paddr_t paddr,
               struct acpi_list *list)
{
    uint8_t rsdp[36] = { 0 };

    if (acpi_read_at(reader, paddr, rsdp, 20) != 0 ||
        memcmp(rsdp, "RSD PTR ", 8) != 0 || !sums_to_zero(reader, paddr, 20))
        return ACPI_NO_RSDP;
    if (rsdp[15] >= 2 && acpi_read_at(reader, paddr, rsdp, 36) == 0 &&
        le32(rsdp + 20) == 36 && sums_to_zero(reader, paddr, 36) &&
        open_list(reader, le64(rsdp + 24), "XSDT", 8, list))
        return ACPI_OK;
    return open_list(reader, le32(rsdp + 16), "RSDT", 4, list)
               ? ACPI_OK
               : ACPI_NO_LIST;
}

bool
acpi_find_table(const struct acpi_reader *reader, const struct acpi_list *list,
                const char *signature, struct acpi_table *table)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (acpi_open_entry(reader, list, i, signature, table))
            return true;
    return false;
}
