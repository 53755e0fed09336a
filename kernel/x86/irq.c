#include "kernel/x86/irq.h"

#include "kernel/abi/syscall.h"
#include "kernel/arch.h"
#include "kernel/interrupt.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/ioapic.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/pit.h"
#include "kernel/x86/timer.h"
#include "kernel/x86/trap.h"

static bool by_apic;
static uint32_t target; /* the APIC id of the CPU that gets them all */

#define LINES        (ISA_IRQS + IRQ_MORE)
#define MESSAGE_BASE 0xFEE00000u /* SDM volume 3A, 11.11 */

/* First the ISA's, then those that were opened. */
static struct line {
    enum { LINE_CLOSED, LINE_PIN, LINE_MESSAGE } kind;
    bool level;
    uint32_t gsi;
} lines[LINES];

void
irq_use_apic(void)
{
    by_apic = true;
    target = apic_id();
}

void
irq_route(unsigned irq, uint32_t gsi, bool level)
{
    lines[irq] = (struct line){ LINE_PIN, level, gsi };
}

bool
irq_by_apic(void)
{
    return by_apic;
}

unsigned
arch_irq_vector(unsigned irq)
{
    if (irq >= LINES || irq == ISA_CASCADE)
        return 0;
    if (!by_apic)
        return irq < ISA_IRQS ? IRQ_VECTOR_8259 + irq : 0;
    if (lines[arch_index(irq, LINES)].kind == LINE_CLOSED)
        return 0;
    return irq < ISA_IRQS ? IRQ_VECTOR_IOAPIC + irq
                          : IRQ_VECTOR_MORE + irq - ISA_IRQS;
}

void
arch_irq_mask(unsigned irq, bool masked)
{
    bool were_on;

    if (arch_irq_vector(irq) == 0 || lines[irq].kind == LINE_MESSAGE)
        return;
    were_on = arch_interrupts_off();
    if (by_apic)
        ioapic_mask(lines[irq].gsi, masked);
    else
        pic_mask(irq, masked);
    arch_interrupts_restore(were_on);
}

static int
open_line(struct line line, unsigned *irq)
{
    for (*irq = ISA_IRQS; *irq < LINES; (*irq)++)
        if (lines[*irq].kind == LINE_CLOSED) {
            lines[*irq] = line;
            return 0;
        }
    return ERR_MEMORY;
}

int
arch_irq_open_gsi(uint32_t gsi, unsigned *irq)
{
    int error;

    if (by_apic && ioapic_is_nmi(gsi))
        return ERR_ARGUMENT;
    for (*irq = 0; *irq < LINES; (*irq)++)
        if (lines[*irq].kind == LINE_PIN && lines[*irq].gsi == gsi)
            return *irq < ISA_IRQS ? 0 : ERR_EXISTS;
    if (!by_apic)
        return ERR_ARGUMENT;
    error = open_line((struct line){ LINE_PIN, true, gsi }, irq);
    if (error == 0 &&
        !ioapic_set(gsi, IOAPIC_MASKED | IOAPIC_LEVEL | IOAPIC_LOW |
                             arch_irq_vector(*irq), target)) {
        lines[*irq].kind = LINE_CLOSED;
        error = ERR_ARGUMENT;
    }
    return error;
}

int
arch_irq_open_message(unsigned *irq)
{
    return by_apic ? open_line((struct line){ LINE_MESSAGE, false, 0 }, irq)
                   : ERR_ARGUMENT;
}

void
arch_irq_close(unsigned irq)
{
    if (irq < ISA_IRQS || irq >= LINES)
        return;
    arch_irq_mask(irq, true);
    lines[irq].kind = LINE_CLOSED;
}

/* Edge-triggered, to one CPU: all other bits are 0. */
void
arch_irq_message(unsigned irq, uint64_t *address, uint32_t *data)
{
    *address = MESSAGE_BASE | target << 12;
    *data = arch_irq_vector(irq);
}

/* An 8259 notes edges behind its mask, an I/O APIC does not. */
bool
arch_irq_loses(unsigned irq)
{
    return by_apic && !lines[irq].level;
}

/*
 * The 8259s even where they are masked for good: whoever opened a line there
 * would have interrupts sent that nobody can end.
 */
struct port_range
arch_own_ports(unsigned n)
{
    static const struct port_range ranges[] = {
        { PIC_PORT1, PIC_PORTS }, { PIC_PORT2, PIC_PORTS },
        { PIT_PORT, PIT_PORTS },
    };
    unsigned count = timer_used() == TIMER_PIT ? 3 : 2;

    return n < count ? ranges[n] : (struct port_range){ 0, 0 };
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
