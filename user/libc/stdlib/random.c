#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * rand() and random(): a 64-bit linear congruential generator (the multiplier
 * is Knuth's, MMIX) of which the upper bits are used.
 */
static uint64_t rand_state = 1, random_default = 1;
static uint64_t *random_state = &random_default;

static uint64_t
next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state;
}

int
rand(void)
{
    return (int)(next(&rand_state) >> 33);
}

void
srand(unsigned seed)
{
    rand_state = seed;
}

int
rand_r(unsigned *seed)
{
    uint64_t state = *seed;

    *seed = (unsigned)(next(&state) >> 32);
    return (int)(next(&state) >> 33);
}

long
random(void)
{
    return (long)(next(random_state) >> 33);
}

void
srandom(unsigned seed)
{
    *random_state = seed;
}

char *
setstate(char *state)
{
    char *old = (char *)random_state;

    random_state = (uint64_t *)(void *)state;
    return old;
}

char *
initstate(unsigned seed, char *state, size_t size)
{
    char *old;

    if (size < sizeof *random_state)
        return NULL;
    old = setstate(state);
    srandom(seed);
    return old;
}

/* --- the 48-bit generators, as POSIX defines them ------------------------- */

static unsigned short x48[3] = {0x330e, 0, 0};

static uint64_t
step48(unsigned short x[3])
{
    uint64_t value = x[0] | (uint64_t)x[1] << 16 | (uint64_t)x[2] << 32;

    value = (value * 0x5deece66du + 11) & 0xffffffffffffu;
    x[0] = (unsigned short)value;
    x[1] = (unsigned short)(value >> 16);
    x[2] = (unsigned short)(value >> 32);
    return value;
}

double
erand48(unsigned short x[3])
{
    return (double)step48(x) / 281474976710656.0;
}

double
drand48(void)
{
    return erand48(x48);
}

long
nrand48(unsigned short x[3])
{
    return (long)(step48(x) >> 17);
}

long
lrand48(void)
{
    return nrand48(x48);
}

long
jrand48(unsigned short x[3])
{
    return (int32_t)(step48(x) >> 16);
}

long
mrand48(void)
{
    return jrand48(x48);
}

void
srand48(long seed)
{
    x48[0] = 0x330e;
    x48[1] = (unsigned short)seed;
    x48[2] = (unsigned short)(seed >> 16);
}

unsigned short *
seed48(unsigned short seed[3])
{
    static unsigned short old[3];

    memcpy(old, x48, sizeof old);
    memcpy(x48, seed, sizeof x48);
    return old;
}
