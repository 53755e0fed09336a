/*
 * For programs that are compiled with two C libraries, and have to print the
 * same. Random numbers come from here, for rand() is each library's own; the
 * seed is argv[1].
 */
#ifndef TESTS_LIBC_COMPARE_H
#define TESTS_LIBC_COMPARE_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t compare_state;

static inline uint32_t
random_bits(void)
{
    compare_state = compare_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(compare_state >> 32);
}

static inline uint64_t
random_long(void)
{
    uint64_t high = random_bits();

    return high << 32 | random_bits();
}

/* 0 to limit - 1. */
static inline uint32_t
random_below(uint32_t limit)
{
    return (uint32_t)((uint64_t)random_bits() * limit >> 32);
}

static inline void
random_seed(int argc, char **argv)
{
    compare_state = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    random_bits();
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
