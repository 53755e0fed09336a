#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/cpu_local.h"

uint32_t kernel_lock_holder;

#ifdef LOCK_TIMES
static uint64_t taken, longest;

void
kernel_lock_taken(void)
{
    taken = arch_timestamp();
}

void
kernel_lock_given(void)
{
    uint64_t time = arch_timestamp() - taken;

    if (time > longest)
        longest = time;
}
#endif

/* Only read until it looks free: the line stays in everybody's cache. */
void
kernel_lock_wait(uint32_t number)
{
    uint32_t none;

    do {
        while (__atomic_load_n(&kernel_lock_holder, __ATOMIC_RELAXED) != 0)
            arch_pause();
        none = 0;
    } while (!__atomic_compare_exchange_n(&kernel_lock_holder, &none,
                                          number + 1, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_RELAXED));
}

void
kernel_lock(void)
{
    kernel_lock_by(arch_cpu()->number);
}

bool
kernel_lock_is_mine(void)
{
    return __atomic_load_n(&kernel_lock_holder, __ATOMIC_RELAXED) ==
           arch_cpu()->number + 1;
}

uint64_t
kernel_lock_longest(void)
{
    uint64_t time = 0;

#ifdef LOCK_TIMES
    time = longest;
    longest = 0;
#endif
    return time;
}
