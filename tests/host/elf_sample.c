/*
 * A static PIE for test_elf64: loaded, relocated and called there. Its tables
 * of pointers need relocations in constants and in data, on both sides of a
 * large zeroed array that has no bytes in the file.
 */
#include <stdint.h>

static int
one(int x)
{
    return x + 1;
}

static int
twice(int x)
{
    return x * 2;
}

static int (*const steps[])(int) = { one, twice, one, twice };
static const char *volatile words[] = { "static", "position", "independent" };
static uint8_t zeroed[100000];
static int (*const *volatile first_step)(int) = steps;

int entry(int x);

/* ((x + 1) * 2 + 1) * 2 + the words' third letters - the sum of zeros */
int
entry(int x)
{
    volatile uint8_t *zeros = zeroed;

    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++)
        x = first_step[i](x);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        x += words[i][2];
    for (unsigned i = 0; i < sizeof zeroed; i++)
        x -= zeros[i];
    zeros[x & 0xFF] = 1;
    return x;
}
