/*
 * COM1 and the debug port; kernel/arch.h has the functions that print.
 */
#ifndef KERNEL_X86_PORTS_H
#define KERNEL_X86_PORTS_H

#include <stdbool.h>

/* Find and set up COM1 (115200 8N1) and port E9h. */
void ports_init(void);

/* Port E9h reads E9h: this is Bochs or QEMU. */
bool ports_debug_present(void);

/* Wait, within bounds, until the last character is on the wire. */
void ports_drain(void);

#endif
