#include "kernel/x86/timer.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/interrupt.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/pit.h"

static enum timer_kind timer_kind;
static uint64_t timer_factor, timer_max;

static void
take_timer(void *context)
{
    (void)context;
    sched_timer_fired();
}

bool
timer_use(enum timer_kind kind, uint64_t hz)
{
    static const uint64_t max[] = { PIT_MAX, UINT32_MAX, INT64_MAX };

    if (kind != TIMER_PIT && !interrupt_attach(APIC_TIMER, take_timer, NULL))
        return false;
    timer_kind = kind;
    timer_factor = time_factor(NS_PER_SECOND, hz);
    timer_max = max[kind];
    if (kind == TIMER_PIT && irq_attach(0, take_timer, NULL))
        arch_irq_mask(0, false);
    return true;
}

enum timer_kind
timer_used(void)
{
    return timer_kind;
}

void
arch_timer_start(uint64_t ns)
{
    uint64_t count = time_convert(ns, timer_factor);

    /* One more: rounded down, it would mostly come too early. */
    count = count < timer_max ? count + 1 : timer_max;
    if (timer_kind == TIMER_TSC)
        apic_timer_at(rdtsc() + count);
    else if (timer_kind == TIMER_APIC)
        apic_timer_start((uint32_t)count, false);
    else
        pit_timer_start((uint32_t)count);
}

/* The PIT has no way to be stopped, and comes once for nothing. */
void
arch_timer_stop(void)
{
    if (timer_kind == TIMER_TSC)
        apic_timer_at(0);
    else if (timer_kind == TIMER_APIC)
        apic_timer_start(0, true);
}
