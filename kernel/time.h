/*
 * Time: nanoseconds since the kernel's first instruction. There is no tick:
 * while nobody waits, no interrupt comes.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <stdint.h>

#define NS_PER_SECOND 1000000000ULL
#define NS_PER_MS     1000000ULL

/* Counts of one rate as counts of another: a 32.32 fixed-point factor. */
uint64_t time_factor(uint64_t from_hz, uint64_t to_hz);

/* value times factor, rounded down; UINT64_MAX where it does not fit. */
uint64_t time_convert(uint64_t value, uint64_t factor);

/* arch_timestamp() counts hz a second and read origin at time 0. */
void time_start(uint64_t origin, uint64_t hz);

/* Never runs backwards on one CPU; 0 before time_start(). */
uint64_t time_now_ns(void);

/* The rate of arch_timestamp(). */
uint64_t time_hz(void);

#endif
