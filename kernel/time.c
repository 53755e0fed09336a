#include "kernel/time.h"

#include "kernel/arch.h"

static uint64_t origin, ns_factor, rate;

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
