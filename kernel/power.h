/*
 * The end of a run: what to tell the machine, and whether anyone listens.
 */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_VERSION "0.1"

/*
 * The command line has autorun=: QEMU's isa-debug-exit is told the result
 * (docs/spec/boot-protocol.md, BP-18). Without it the port is never written.
 */
void power_set_autorun(bool autorun);
bool power_has_autorun(void);

/* How to enter S5: all that is left is port I/O. */
struct acpi_power {
    uint16_t smi_command;    /* port, 0: always in ACPI mode */
    uint8_t acpi_enable;     /* value for it */
    uint16_t pm1a, pm1b;     /* control ports; pm1b 0 where there is none */
    uint8_t sleep_a, sleep_b; /* SLP_TYP for them, 0 to 7 */
    uint16_t reset;          /* port of the reset register, 0: none */
    uint8_t reset_value;     /* value for it */
};

/*
 * The PC can be turned off by that; or, where error is not 0, it cannot, for
 * a reason that power_off() is to tell.
 */
void power_use_acpi(const struct acpi_power *power, int error);

/* Turn the PC off: ACPI, then Bochs' port, then a message and a halt. */
_Noreturn void power_off(bool success);

/* Start it anew: ACPI's reset register, the chip set's, the keyboard
 * controller, or else a fault that cannot be handled. */
_Noreturn void power_reboot(void);

/* Stop after a failure, the screen left as it is. Needs no memory map. */
_Noreturn void power_stop_failed(void);

#endif
