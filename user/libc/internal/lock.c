#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

void
__lock(struct lock *lock)
{
    while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
        __sys_yield();
}

void
__unlock(struct lock *lock)
{
    __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}
