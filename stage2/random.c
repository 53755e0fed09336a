#include "stage2/random.h"

#include <stddef.h>

#include "stage2/io.h"
#include "stage2/loader.h"

#define CPUID1_ECX_RDRAND (1u << 30)
#define CPUID7_EBX_RDSEED (1u << 18)
#define RDRAND_TRIES      10 /* Intel SDM volume 1, 7.3.17.1 */
#define JITTER_SAMPLES    64
#define PIT_CHANNEL_0     0x40
#define PIT_COMMAND       0x43
#define CMOS_INDEX        0x70
#define CMOS_DATA         0x71

struct pool {
    uint64_t words[4];
    uint32_t next;
};

/*
 * Stir a value in: multiply and fold, as hash functions for tables do. Not
 * cryptography: the hardware generator is what makes the result unguessable.
 */
static void
stir(struct pool *pool, uint64_t value)
{
    uint64_t *word = &pool->words[pool->next++ % 4];

    value ^= *word + 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    *word = value ^ value >> 31;
    pool->words[pool->next % 4] ^= *word;
}

static void
cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c)
{
    uint32_t d;

    *a = leaf;
    *c = 0;
    __asm__("cpuid" : "+a"(*a), "=b"(*b), "+c"(*c), "=d"(d));
}

static int
rdrand(uint64_t *value)
{
    uint8_t ok = 0;

    for (int i = 0; i < RDRAND_TRIES && !ok; i++)
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(ok));
    return ok;
}

static int
rdseed(uint64_t *value)
{
    uint8_t ok = 0;

    for (int i = 0; i < RDRAND_TRIES && !ok; i++)
        __asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=qm"(ok));
    return ok;
}

static uint32_t
stir_hardware(struct pool *pool)
{
    uint32_t highest, a, b, c, sources = 0;
    uint64_t value;

    cpuid(0, &highest, &b, &c);
    cpuid(1, &a, &b, &c);
    for (int i = 0; i < 4 && (c & CPUID1_ECX_RDRAND); i++)
        if (rdrand(&value)) {
            stir(pool, value);
            sources |= RANDOM_RDRAND;
        }
    if (highest < 7)
        return sources;
    cpuid(7, &a, &b, &c);
    for (int i = 0; i < 4 && (b & CPUID7_EBX_RDSEED); i++)
        if (rdseed(&value)) {
            stir(pool, value);
            sources |= RANDOM_RDSEED;
        }
    return sources;
}

/* The CPU's clock against the timer chip's: their ratio never is the same. */
static void
stir_jitter(struct pool *pool)
{
    for (int i = 0; i < JITTER_SAMPLES; i++) {
        uint64_t count;

        out8(PIT_COMMAND, 0); /* latch channel 0 */
        count = in8(PIT_CHANNEL_0);
        count |= (uint64_t)in8(PIT_CHANNEL_0) << 8;
        stir(pool, read_tsc() ^ count << 48);
    }
}

static void
stir_cmos_clock(struct pool *pool)
{
    for (uint8_t i = 0; i <= 9; i++) {
        out8(CMOS_INDEX, i);
        stir(pool, in8(CMOS_DATA));
    }
}

uint32_t
random_gather(uint64_t words[4], enum random_purpose purpose,
              const uint64_t *fixed)
{
    struct pool pool = { .next = 0 };
    uint32_t sources;

    stir(&pool, purpose);
    if (fixed != NULL) {
        sources = RANDOM_SEED;
        for (int i = 0; i < 8; i++)
            stir(&pool, *fixed);
    } else {
        stir_jitter(&pool);
        stir_cmos_clock(&pool);
        sources = stir_hardware(&pool) | RANDOM_JITTER | RANDOM_CMOS;
    }
    for (int i = 0; i < 4; i++)
        words[i] = pool.words[i];
    return sources;
}
