#include "kernel/x86/irq.h"

#include "kernel/arch.h"
#include "kernel/interrupt.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/ioapic.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/trap.h"

struct madt irq_madt;

static bool by_apic;
static unsigned ioapics;
static struct isa_line {
    bool routed, level;
    uint32_t gsi;
} lines[ISA_IRQS];

static void
route_lines(const struct madt *madt)
{
    uint32_t id = apic_id();

    ioapic_init(madt, id);
    for (unsigned irq = 0; irq < ISA_IRQS; irq++) {
        struct isa_line *line = &lines[irq];
        struct irq_mode mode;

        line->routed = madt_isa_line(madt, irq, &line->gsi, &mode) &&
                       ioapic_route(line->gsi, mode,
                                    (uint8_t)(IRQ_VECTOR_IOAPIC + irq), id);
        line->level = line->routed && mode.level;
    }
}

void
irq_init(const struct madt *madt, enum irq_choice choice)
{
    if (choice == IRQ_8259)
        return;
    ioapics = ioapic_find(madt);
    by_apic = ioapics > 0 && apic_init(madt, choice == IRQ_X2APIC);
    if (by_apic)
        route_lines(madt);
    else
        ioapics = 0;
}

bool
irq_by_apic(void)
{
    return by_apic;
}

unsigned
irq_ioapic_count(void)
{
    return ioapics;
}

unsigned
arch_irq_vector(unsigned irq)
{
    if (irq >= ISA_IRQS || irq == ISA_CASCADE)
        return 0;
    if (!by_apic)
        return IRQ_VECTOR_8259 + irq;
    return lines[arch_index(irq, ISA_IRQS)].routed ? IRQ_VECTOR_IOAPIC + irq
                                                   : 0;
}

void
arch_irq_mask(unsigned irq, bool masked)
{
    bool were_on;

    if (arch_irq_vector(irq) == 0)
        return;
    were_on = arch_interrupts_off();
    if (by_apic)
        ioapic_mask(lines[irq].gsi, masked);
    else
        pic_mask(irq, masked);
    arch_interrupts_restore(were_on);
}

/* An 8259 notes edges behind its mask, an I/O APIC does not. */
bool
arch_irq_loses(unsigned irq)
{
    return by_apic && !lines[irq].level;
}

static void
take_8259(unsigned irq)
{
    if (!pic_begin(irq)) {
        interrupt_note_spurious();
        return;
    }
    interrupt_deliver(IRQ_VECTOR_8259 + irq);
    pic_end(irq);
}

/*
 * An INT instruction, or the spurious vector, is not in service: an end of
 * interrupt for it would end another one.
 */
void
irq_take(unsigned vector)
{
    bool handled;

    trap_tell_nmis();
    if (vector - IRQ_VECTOR_8259 < ISA_IRQS) {
        take_8259(vector - IRQ_VECTOR_8259);
        return;
    }
    handled = interrupt_deliver(vector);
    if (by_apic && (handled || apic_in_service(vector)))
        apic_end();
}
