/*
 * The end of a run: what to tell the machine, and whether anyone listens.
 */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include <stdbool.h>

#include "kernel/abi/boot.h"

#define KERNEL_VERSION "0.1"

/*
 * The command line has autorun=: QEMU's isa-debug-exit is told the result
 * (docs/spec/boot-protocol.md, BP-18). Without it the port is never written.
 */
void power_set_autorun(bool autorun);
bool power_has_autorun(void);

/* Turn the PC off: ACPI, then Bochs' port, then a message and a halt. */
_Noreturn void power_off(paddr_t rsdp, bool success);

/* Stop after a failure, the screen left as it is. Needs no memory map. */
_Noreturn void power_stop_failed(void);

#endif
