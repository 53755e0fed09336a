#include "kernel/interrupt.h"

#include <stddef.h>

#include "kernel/arch.h"

static struct slot {
    interrupt_fn *handler;
    void *context;
    uint64_t count;
} slots[INTERRUPT_VECTORS];

static uint64_t unexpected;

bool
interrupt_attach(unsigned vector, interrupt_fn *handler, void *context)
{
    bool were_on, free;

    if (vector < INTERRUPT_FIRST || vector >= INTERRUPT_VECTORS)
        return false;
    were_on = arch_interrupts_off();
    free = slots[vector].handler == NULL;
    if (free) {
        slots[vector].context = context;
        slots[vector].handler = handler;
    }
    arch_interrupts_restore(were_on);
    return free;
}

void
interrupt_detach(unsigned vector)
{
    bool were_on = arch_interrupts_off();

    slots[vector].handler = NULL;
    slots[vector].context = NULL;
    arch_interrupts_restore(were_on);
}

bool
interrupt_deliver(unsigned vector)
{
    struct slot *slot = &slots[vector];

    slot->count++;
    if (slot->handler == NULL) {
        unexpected++;
        return false;
    }
    slot->handler(slot->context);
    return true;
}

uint64_t
interrupt_count(unsigned vector)
{
    return *(volatile uint64_t *)&slots[vector].count;
}

uint64_t
interrupt_unexpected(void)
{
    return *(volatile uint64_t *)&unexpected;
}

void
interrupt_note_spurious(void)
{
    unexpected++;
}

bool
irq_attach(unsigned irq, interrupt_fn *handler, void *context)
{
    unsigned vector = arch_irq_vector(irq);

    return vector != 0 && interrupt_attach(vector, handler, context);
}

void
irq_detach(unsigned irq)
{
    arch_irq_mask(irq, true);
    interrupt_detach(arch_irq_vector(irq));
}
