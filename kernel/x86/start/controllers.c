#include "kernel/x86/start/controllers.h"

#include <stddef.h>

#include "kernel/memory.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/ioapic.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/mmio.h"
#include "kernel/x86/start/apic_init.h"

#define IOAPIC_BYTES 0x20u

_Static_assert(MADT_MAX_IO_APICS <= IOAPICS_MAX, "all that the MADT has");

struct madt irq_madt;
static unsigned ioapics;

/* Those that the MADT names and that answer. Changes nothing. */
static void
find_ioapics(void)
{
    for (uint32_t i = 0; i < irq_madt.io_apic_count; i++) {
        const struct madt_io_apic *ioapic = &irq_madt.io_apics[i];
        volatile uint8_t *registers = mmio_map(ioapic->paddr, IOAPIC_BYTES);

        if (registers != NULL && ioapic_add(registers, ioapic->gsi_base))
            ioapics++;
    }
}

static void
route_nmis(uint32_t id)
{
    for (uint32_t i = 0; i < irq_madt.nmi_count; i++) {
        const struct madt_nmi *nmi = &irq_madt.nmis[i];

        ioapic_set(nmi->gsi,
                   IOAPIC_NMI | (nmi->mode.active_low ? IOAPIC_LOW : 0), id);
    }
}

/* All masked. */
static void
route_lines(uint32_t id)
{
    for (unsigned irq = 0; irq < ISA_IRQS; irq++) {
        struct irq_mode mode;
        uint32_t gsi;

        if (madt_isa_line(&irq_madt, irq, &gsi, &mode) &&
            ioapic_set(gsi,
                       IOAPIC_MASKED | (IRQ_VECTOR_IOAPIC + irq) |
                           (mode.level ? IOAPIC_LEVEL : 0) |
                           (mode.active_low ? IOAPIC_LOW : 0),
                       id))
            irq_route(irq, gsi, mode.level);
    }
}

void
controllers_init(paddr_t rsdp, enum irq_choice choice)
{
    static const struct acpi_reader reader = { phys_read, NULL };

    madt_find(&reader, rsdp, &irq_madt); /* empty when there is none */
    if (choice == IRQ_8259)
        return;
    find_ioapics();
    if (ioapics == 0 || !apic_init(&irq_madt, choice == IRQ_X2APIC)) {
        ioapics = 0;
        return;
    }
    irq_use_apic();
    ioapic_mask_all();
    route_nmis(apic_id());
    route_lines(apic_id());
}

unsigned
controllers_ioapic_count(void)
{
    return ioapics;
}
