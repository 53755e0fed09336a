/*
 * The A20 gate: address line 20, which a PC may boot with forced to zero.
 */
#ifndef STAGE2_A20_H
#define STAGE2_A20_H

#include "kernel/abi/boot.h"

/* Open it. Returns enum boot_a20, or -1 when nothing helped. */
int a20_open(void);

#endif
