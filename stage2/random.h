/* Randomness for the kernel's slot and its seed. */
#ifndef STAGE2_RANDOM_H
#define STAGE2_RANDOM_H

#include <stdint.h>

#define RANDOM_RDRAND 1u
#define RANDOM_RDSEED 2u
#define RANDOM_JITTER 4u
#define RANDOM_CMOS   8u
#define RANDOM_SEED   16u

/* Draws for different purposes differ, even with a fixed seed. */
enum random_purpose {
    RANDOM_FOR_SLOT = 1,
    RANDOM_FOR_KERNEL,
};

/*
 * Fill words with random numbers from all sources that this PC has; with
 * fixed != NULL they depend on purpose and *fixed alone. Returns RANDOM_* of
 * the sources.
 */
uint32_t random_gather(uint64_t words[4], enum random_purpose purpose,
                       const uint64_t *fixed);

#endif
