#include "kernel/x86/ioapic.h"

#include <stddef.h>

#include "kernel/x86/mmio.h"

#define IOAPIC_BYTES 0x20u
#define REG_SELECT   0x00u
#define REG_WINDOW   0x10u

#define VERSION      0x01u
#define ENTRY(line)  (0x10u + 2 * (line)) /* low half; the high one follows */
#define LINES_MAX    240u

#define ENTRY_NMI    (4u << 8)
#define ENTRY_LOW    (1u << 13)
#define ENTRY_LEVEL  (1u << 15)
#define ENTRY_MASKED (1u << 16)

static struct ioapic {
    volatile uint8_t *registers;
    uint32_t gsi_base, lines;
} ioapics[MADT_MAX_IO_APICS];
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

unsigned
ioapic_find(const struct madt *madt)
{
    ioapic_count = 0;
    for (uint32_t i = 0; i < madt->io_apic_count; i++) {
        struct ioapic *new = &ioapics[ioapic_count];
        uint32_t version;

        new->registers = mmio_map(madt->io_apics[i].paddr, IOAPIC_BYTES);
        if (new->registers == NULL)
            continue;
        version = read(new, VERSION);
        new->gsi_base = madt->io_apics[i].gsi_base;
        new->lines = (version >> 16 & 0xFF) + 1;
        if (version == 0 || version == UINT32_MAX || new->lines > LINES_MAX ||
            new->gsi_base > UINT32_MAX - new->lines)
            continue; /* nothing answers there */
        ioapic_count++;
    }
    return ioapic_count;
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

static bool
set_entry(uint32_t gsi, uint32_t low, uint32_t apic_id)
{
    uint32_t line;
    const struct ioapic *ioapic = find_line(gsi, &line);

    if (ioapic == NULL)
        return false;
    write(ioapic, ENTRY(line), ENTRY_MASKED); /* while it is in two minds */
    write(ioapic, ENTRY(line) + 1, apic_id << 24);
    write(ioapic, ENTRY(line), low);
    return true;
}

void
ioapic_init(const struct madt *madt, uint32_t apic_id)
{
    for (unsigned i = 0; i < ioapic_count; i++)
        for (uint32_t line = 0; line < ioapics[i].lines; line++)
            write(&ioapics[i], ENTRY(line), ENTRY_MASKED);
    for (uint32_t i = 0; i < madt->nmi_count; i++)
        set_entry(madt->nmis[i].gsi,
                  ENTRY_NMI | (madt->nmis[i].mode.active_low ? ENTRY_LOW : 0),
                  apic_id);
}

bool
ioapic_route(uint32_t gsi, struct irq_mode mode, uint8_t vector,
             uint32_t apic_id)
{
    return set_entry(gsi,
                     ENTRY_MASKED | vector | (mode.level ? ENTRY_LEVEL : 0) |
                         (mode.active_low ? ENTRY_LOW : 0),
                     apic_id);
}

void
ioapic_mask(uint32_t gsi, bool masked)
{
    uint32_t line;
    const struct ioapic *ioapic = find_line(gsi, &line);
    uint32_t low;

    if (ioapic == NULL)
        return;
    low = read(ioapic, ENTRY(line)) & ~ENTRY_MASKED;
    write(ioapic, ENTRY(line), low | (masked ? ENTRY_MASKED : 0));
}
