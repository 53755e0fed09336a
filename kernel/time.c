#include "kernel/time.h"

#include <stddef.h>

#include "kernel/arch.h"

static uint64_t origin, ns_factor, rate;

static struct {
    uint64_t deadline;
    timer_fn *handler; /* NULL: not set */
    void *context;
} timer;

uint64_t
time_factor(uint64_t from_hz, uint64_t to_hz)
{
    uint64_t whole = to_hz / from_hz, rest = to_hz % from_hz;

    /* Rates above 4 GHz: give up bits that nothing here can measure. */
    while (rest >> 32 != 0) {
        rest >>= 1;
        from_hz >>= 1;
    }
    return (whole << 32) + (rest << 32) / from_hz;
}

uint64_t
time_convert(uint64_t value, uint64_t factor)
{
    unsigned __int128 product = (unsigned __int128)value * factor >> 32;

    return product > UINT64_MAX ? UINT64_MAX : (uint64_t)product;
}

void
time_start(uint64_t start, uint64_t hz)
{
    origin = start;
    rate = hz;
    ns_factor = time_factor(hz, NS_PER_SECOND);
}

uint64_t
time_hz(void)
{
    return rate;
}

uint64_t
time_now_ns(void)
{
    uint64_t now = arch_timestamp();

    return now > origin ? time_convert(now - origin, ns_factor) : 0;
}

/* Start the hardware for what is left; 1 ns where nothing is. */
static void
start(uint64_t now)
{
    arch_timer_start(timer.deadline > now ? timer.deadline - now : 1);
}

void
timer_set(uint64_t deadline_ns, timer_fn *handler, void *context)
{
    bool were_on = arch_interrupts_off();

    timer.deadline = deadline_ns;
    timer.handler = handler;
    timer.context = context;
    start(time_now_ns());
    arch_interrupts_restore(were_on);
}

bool
timer_cancel(void)
{
    bool were_on = arch_interrupts_off();
    bool was_set = timer.handler != NULL;

    timer.handler = NULL;
    arch_timer_stop();
    arch_interrupts_restore(were_on);
    return was_set;
}

/* A timer of few bits comes early, and one that was stopped may still come. */
void
timer_interrupt(void)
{
    timer_fn *handler = timer.handler;
    uint64_t now = time_now_ns();

    if (handler == NULL)
        return;
    if (now < timer.deadline) {
        start(now);
        return;
    }
    timer.handler = NULL;
    handler(timer.context);
}
