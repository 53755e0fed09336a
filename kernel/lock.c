#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/cpu_local.h"

static uint32_t holder; /* number of the CPU + 1; 0: free */

#ifdef LOCK_TIMES
static uint64_t taken, longest;
#define NOTE_TAKEN() (taken = arch_timestamp())
#define NOTE_GIVEN() note_given()

static void
note_given(void)
{
    uint64_t time = arch_timestamp() - taken;

    if (time > longest)
        longest = time;
}
#else
#define NOTE_TAKEN() ((void)0)
#define NOTE_GIVEN() ((void)0)
#endif

/* The exchange is a full barrier: kernel/x86/tlb.c counts on it. */
static bool
try(uint32_t self)
{
    uint32_t none = 0;

    return __atomic_compare_exchange_n(&holder, &none, self, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void
kernel_lock(void)
{
    uint32_t self = arch_cpu()->number + 1;

    while (!try(self))
        while (__atomic_load_n(&holder, __ATOMIC_RELAXED) != 0)
            arch_pause();
    NOTE_TAKEN();
}

void
kernel_unlock(void)
{
    NOTE_GIVEN();
    __atomic_store_n(&holder, 0, __ATOMIC_RELEASE);
}

bool
kernel_lock_is_mine(void)
{
    return __atomic_load_n(&holder, __ATOMIC_RELAXED) ==
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
