/*
 * How fast a counter counts, by another one whose rate is known.
 */
#ifndef KERNEL_START_CALIBRATE_H
#define KERNEL_START_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

struct counter {
    uint64_t (*read)(void); /* counts upwards, modulo mask + 1 */
    uint64_t mask;
    uint64_t hz;            /* 0: not known */
};

#define CALIBRATE_TRIES   16u
#define CALIBRATE_PART    100u  /* a try takes this part of a second */
#define CALIBRATE_AGREE   2000u /* two tries may differ by this part */
#define CALIBRATE_HZ_MIN  500000u

/*
 * The unknown counter's rate. The two are read side by side, each pair of
 * readings the closest of several, so that what interrupts the CPU (an SMI, a
 * host that schedules) is mostly left out. Two tries must agree; when none
 * do, or the reference stands still, the result is 0.
 */
uint64_t calibrate(const struct counter *unknown,
                   const struct counter *reference);

#endif
