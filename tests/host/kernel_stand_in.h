/*
 * What the kernel's portable code asks of the machine, answered on the host:
 * output goes into buffers that tests can look at.
 */
#ifndef TESTS_HOST_KERNEL_STAND_IN_H
#define TESTS_HOST_KERNEL_STAND_IN_H

#include <stddef.h>
#include <stdint.h>

extern char serial_text[65536]; /* NUL-terminated */
extern char debug_text[65536];
extern uint32_t cursor_cell;

/* Forget all output. */
void stand_in_reset(void);

#endif
