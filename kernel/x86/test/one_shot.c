#include "kernel/x86/test/one_shot.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/panic.h"
#include "kernel/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/timer.h"

static struct {
    uint64_t deadline;
    interrupt_fn *handler; /* NULL: not set */
    void *context;
} timer;

/* Start the hardware for what is left; 1 ns where nothing is. */
static void
start(uint64_t now)
{
    arch_timer_start(timer.deadline > now ? timer.deadline - now : 1);
}

/* A timer of few bits comes early, and one that was stopped may still come. */
static void
take(void *context)
{
    interrupt_fn *handler = timer.handler;
    uint64_t now = time_now_ns();

    (void)context;
    if (handler == NULL)
        return;
    if (now < timer.deadline) {
        start(now);
        return;
    }
    timer.handler = NULL;
    handler(timer.context);
}

/* Interrupts are off. */
static void
take_over(void)
{
    unsigned vector = timer_used() == TIMER_PIT ? arch_irq_vector(0)
                                                : APIC_TIMER;
    static bool done;

    if (done)
        return;
    interrupt_detach(vector);
    ASSERT(interrupt_attach(vector, take, NULL));
    done = true;
}

void
one_shot_set(uint64_t deadline_ns, interrupt_fn *handler, void *context)
{
    bool were_on = arch_interrupts_off();

    take_over();
    timer.deadline = deadline_ns;
    timer.handler = handler;
    timer.context = context;
    start(time_now_ns());
    arch_interrupts_restore(were_on);
}

bool
one_shot_cancel(void)
{
    bool were_on = arch_interrupts_off();
    bool was_set = timer.handler != NULL;

    timer.handler = NULL;
    arch_timer_stop();
    arch_interrupts_restore(were_on);
    return was_set;
}
