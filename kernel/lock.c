#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/cpu_local.h"

/*
 * Pauses for those that wait already, and time stamps: where CPUs take turns
 * on one of the host's a single pause is a turn of all others.
 */
#define POLITE      16u
#define POLITE_TIME 8000u

union kernel_lock kernel_lock_word;

static union kernel_lock
look(void)
{
    union kernel_lock lock;

    lock.word = __atomic_load_n(&kernel_lock_word.word, __ATOMIC_RELAXED);
    return lock;
}

/* Only read until it looks free: the line stays in everybody's cache. */
void
kernel_lock_wait(uint32_t number)
{
    uint64_t from = times_skip_from();
    union kernel_lock seen, mine;
    uint64_t start;

    __atomic_fetch_add(&kernel_lock_word.waiting, 1, __ATOMIC_RELAXED);
    start = arch_timestamp();
    for (unsigned i = 0; i < POLITE; i++) {
        seen = look();
        if (seen.holder != 0 || seen.waiting == 1 ||
            arch_timestamp() - start > POLITE_TIME)
            break;
        arch_pause();
    }
    do {
        while ((seen = look()).holder != 0)
            arch_pause();
        mine = seen;
        mine.waiting--;
        mine.holder = (uint8_t)(number + 1);
    } while (!__atomic_compare_exchange_n(&kernel_lock_word.word, &seen.word,
                                          mine.word, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_RELAXED));
    times_skip_to_now(from);
}

void
kernel_lock(void)
{
    kernel_lock_by(arch_cpu()->number);
}

bool
kernel_lock_is_mine(void)
{
    return look().holder == arch_cpu()->number + 1;
}
