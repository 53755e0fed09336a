#include "user/rt/rt.h"

#define CPUID_1_ECX_RDRAND (1u << 30)

static bool
has_rdrand(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return (ecx & CPUID_1_ECX_RDRAND) != 0;
}

/* Intel SDM volume 1, 7.3.17.1: ten failures in a row mean it is broken. */
static bool
rdrand(uint64_t *value)
{
    bool good = false;

    for (int tries = 10; tries > 0 && !good; tries--)
        __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(good));
    return good;
}

uint64_t
random_next(uint64_t *seed)
{
    uint64_t value = *seed += 0x9E3779B97F4A7C15ULL;

    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
    return value ^ value >> 31;
}

/* Without RDRAND the time has to do, its low bits spread over all. */
uint64_t
random_bits(void)
{
    uint64_t value;

    if (has_rdrand() && rdrand(&value))
        return value;
    value = __builtin_ia32_rdtsc();
    return random_next(&value);
}
