#include "kernel/x86/ioapic.h"

#include <stddef.h>

#include "kernel/x86/mmio.h"

#define REG_SELECT   0x00u
#define REG_WINDOW   0x10u

#define VERSION      0x01u
#define ENTRY(line)  (0x10u + 2 * (line)) /* low half; the high one follows */
#define LINES_MAX    240u

static struct ioapic {
    volatile uint8_t *registers;
    uint32_t gsi_base, lines;
} ioapics[IOAPICS_MAX];
static unsigned ioapic_count;

static uint32_t
read(const struct ioapic *ioapic, uint32_t number)
{
    mmio_write(ioapic->registers, REG_SELECT, number);
    return mmio_read(ioapic->registers, REG_WINDOW);
}

static void
write(const struct ioapic *ioapic, uint32_t number, uint32_t value)
{
    mmio_write(ioapic->registers, REG_SELECT, number);
    mmio_write(ioapic->registers, REG_WINDOW, value);
}

bool
ioapic_add(volatile uint8_t *registers, uint32_t gsi_base)
{
    struct ioapic new = { registers, gsi_base, 0 };
    uint32_t version;

    if (ioapic_count == IOAPICS_MAX)
        return false;
    version = read(&new, VERSION);
    new.lines = (version >> 16 & 0xFF) + 1;
    if (version == 0 || version == UINT32_MAX || new.lines > LINES_MAX ||
        gsi_base > UINT32_MAX - new.lines)
        return false;
    ioapics[ioapic_count++] = new;
    return true;
}

void
ioapic_mask_all(void)
{
    for (unsigned i = 0; i < ioapic_count; i++)
        for (uint32_t line = 0; line < ioapics[i].lines; line++)
            write(&ioapics[i], ENTRY(line), IOAPIC_MASKED);
}

static const struct ioapic *
find_line(uint32_t gsi, uint32_t *line)
{
    for (unsigned i = 0; i < ioapic_count; i++)
        if (gsi >= ioapics[i].gsi_base &&
            gsi - ioapics[i].gsi_base < ioapics[i].lines) {
            *line = gsi - ioapics[i].gsi_base;
            return &ioapics[i];
        }
    return NULL;
}

bool
ioapic_set(uint32_t gsi, uint32_t low, uint32_t apic_id)
{
    uint32_t line;
    const struct ioapic *ioapic = find_line(gsi, &line);

    if (ioapic == NULL)
        return false;
    write(ioapic, ENTRY(line), IOAPIC_MASKED); /* while it is in two minds */
    write(ioapic, ENTRY(line) + 1, apic_id << 24);
    write(ioapic, ENTRY(line), low);
    return true;
}

bool
ioapic_is_nmi(uint32_t gsi)
{
    uint32_t line;
    const struct ioapic *ioapic = find_line(gsi, &line);

    return ioapic != NULL &&
           (read(ioapic, ENTRY(line)) & IOAPIC_KIND) == IOAPIC_NMI;
}

void
ioapic_mask(uint32_t gsi, bool masked)
{
    uint32_t line;
    const struct ioapic *ioapic = find_line(gsi, &line);
    uint32_t low;

    if (ioapic == NULL)
        return;
    low = read(ioapic, ENTRY(line)) & ~IOAPIC_MASKED;
    write(ioapic, ENTRY(line), low | (masked ? IOAPIC_MASKED : 0));
}
