#include "kernel/times.h"

static uint64_t longest_hold, longest_off;

#ifdef LOCK_TIMES
#include "kernel/arch.h"
#include "kernel/cpu_local.h"

/* Interrupts that need no lock may end on two CPUs at once. */
static void
note(uint64_t *longest, uint64_t time)
{
    uint64_t seen = __atomic_load_n(longest, __ATOMIC_RELAXED);

    while (time > seen &&
           !__atomic_compare_exchange_n(longest, &seen, time, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

void
times_off(void)
{
    struct cpu_local *cpu = arch_cpu();

    if (cpu->off_since == 0)
        cpu->off_since = arch_timestamp();
}

void
times_on(void)
{
    struct cpu_local *cpu = arch_cpu();

    if (cpu->off_since != 0)
        note(&longest_off, arch_timestamp() - cpu->off_since);
    cpu->off_since = 0;
}

void
times_lock_taken(void)
{
    arch_cpu()->lock_since = arch_timestamp();
}

void
times_lock_given(void)
{
    note(&longest_hold, arch_timestamp() - arch_cpu()->lock_since);
    times_on();
}

uint64_t
times_skip_from(void)
{
    return arch_timestamp();
}

void
times_skip_to_now(uint64_t from)
{
    struct cpu_local *cpu = arch_cpu();
    uint64_t passed = arch_timestamp() - from;

    cpu->lock_since += passed;
    if (cpu->off_since != 0)
        cpu->off_since += passed;
}
#endif

uint64_t
times_longest_hold(void)
{
    return __atomic_exchange_n(&longest_hold, 0, __ATOMIC_RELAXED);
}

uint64_t
times_longest_off(void)
{
    return __atomic_exchange_n(&longest_off, 0, __ATOMIC_RELAXED);
}
