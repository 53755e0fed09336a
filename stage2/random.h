/* Randomness for the kernel's slot and its seed. */
#ifndef STAGE2_RANDOM_H
#define STAGE2_RANDOM_H

#include <stdint.h>

#define RANDOM_RDRAND 1u
#define RANDOM_RDSEED 2u
#define RANDOM_JITTER 4u
#define RANDOM_CMOS   8u
#define RANDOM_SEED   16u

/*
 * Fill words with random numbers from all sources that this PC has; with
 * fixed != NULL they depend on *fixed alone. Returns RANDOM_* of the sources.
 */
uint32_t random_gather(uint64_t words[4], const uint64_t *fixed);

#endif
