#include "kernel/x86/irq.h"

#include "kernel/arch.h"
#include "kernel/interrupt.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/ioapic.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/trap.h"

static bool by_apic;
static struct isa_line {
    bool routed, level;
    uint32_t gsi;
} lines[ISA_IRQS];

void
irq_use_apic(void)
{
    by_apic = true;
}

void
irq_route(unsigned irq, uint32_t gsi, bool level)
{
    lines[irq] = (struct isa_line){ true, level, gsi };
}

bool
irq_by_apic(void)
{
    return by_apic;
}

unsigned
arch_irq_vector(unsigned irq)
{
    if (irq >= ISA_IRQS || irq == ISA_CASCADE)
        return 0;
    if (!by_apic)
        return IRQ_VECTOR_8259 + irq;
    return lines[irq].routed ? IRQ_VECTOR_IOAPIC + irq : 0;
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
