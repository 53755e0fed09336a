/*
 * Ways to end, the harmless first. On real hardware only ACPI is ever tried:
 * isa-debug-exit needs autorun=, Bochs' port needs an answer from port E9h.
 */
#include "kernel/power.h"

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ports.h"
#include "layout.h"

#define EXIT_SUCCESS_CODE 0x10
#define EXIT_FAILURE_CODE 0x11

#define PM1_SCI_ENABLE (1u << 0)
#define PM1_SLEEP_TYPE 10
#define PM1_SLEEP_MASK (7u << PM1_SLEEP_TYPE)
#define PM1_SLEEP      (1u << 13)

#define PORT_RESET      0xCF9 /* of most chip sets, ACPI or not */
#define RESET_HARD      0x02
#define RESET_NOW       0x04
#define PORT_KEYBOARD   0x64 /* status, commands */
#define KEYBOARD_BUSY   (1u << 1)
#define KEYBOARD_RESET  0xFE /* pulse the line that is the CPU's reset */

#define POLLS_MAX 1000000

static bool autorun_given;
static struct acpi_power acpi;
static int acpi_error;

void
power_set_autorun(bool autorun)
{
    autorun_given = autorun;
}

bool
power_has_autorun(void)
{
    return autorun_given;
}

void
power_use_acpi(const struct acpi_power *power, int error)
{
    acpi = *power;
    acpi_error = error;
}

/* In ACPI mode the sleep registers are ours, else the firmware's SMM's. */
static bool
enter_acpi_mode(void)
{
    if ((inw(acpi.pm1a) & PM1_SCI_ENABLE) != 0 || acpi.smi_command == 0)
        return true;
    if (acpi.acpi_enable == 0)
        return true;
    outb(acpi.smi_command, acpi.acpi_enable);
    for (int i = 0; i < POLLS_MAX; i++)
        if ((inw(acpi.pm1a) & PM1_SCI_ENABLE) != 0)
            return true;
    return false;
}

static void
sleep_on(uint16_t port, uint8_t type)
{
    uint16_t value = inw(port) & (uint16_t)~(PM1_SLEEP_MASK | PM1_SLEEP);

    outw(port, (uint16_t)(value | type << PM1_SLEEP_TYPE | PM1_SLEEP));
}

static void
wait_for_chip_set(void)
{
    for (int i = 0; i < POLLS_MAX; i++)
        inb(0x80); /* about a microsecond each */
}

static void
acpi_off(void)
{
    if (acpi_error != 0) {
        kprintf("power: no ACPI power off (%d)\n", acpi_error);
        return;
    }
    if (!enter_acpi_mode())
        return;
    ports_drain();
    sleep_on(acpi.pm1a, acpi.sleep_a);
    if (acpi.pm1b != 0)
        sleep_on(acpi.pm1b, acpi.sleep_b);
    wait_for_chip_set();
}

static void
qemu_exit(bool success)
{
    if (!autorun_given)
        return;
    ports_drain();
    outb(PORT_QEMU_EXIT, success ? EXIT_SUCCESS_CODE : EXIT_FAILURE_CODE);
}

static void
bochs_off(void)
{
    if (!ports_debug_present())
        return;
    ports_drain();
    for (const char *p = "Shutdown"; *p != '\0'; p++)
        outb(PORT_BOCHS_EXIT, (uint8_t)*p);
}

void
power_off(bool success)
{
    arch_interrupts_off();
    qemu_exit(success);
    acpi_off();
    bochs_off();
    kprintf("It is now safe to turn off the computer.\n");
    arch_halt();
}

static void
keyboard_reset(void)
{
    for (int i = 0; i < POLLS_MAX; i++)
        if ((inb(PORT_KEYBOARD) & KEYBOARD_BUSY) == 0)
            break;
    outb(PORT_KEYBOARD, KEYBOARD_RESET);
    wait_for_chip_set();
}

void
power_reboot(void)
{
    static const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) no_idt = { 0, 0 };

    arch_interrupts_off();
    ports_drain();
    if (acpi.reset != 0) {
        outb(acpi.reset, acpi.reset_value);
        wait_for_chip_set();
    }
    outb(PORT_RESET, RESET_HARD);
    outb(PORT_RESET, RESET_HARD | RESET_NOW);
    wait_for_chip_set();
    keyboard_reset(); /* of the CPU alone: not every BIOS likes that */
    __asm__ volatile("lidt %0\n\tud2" : : "m"(no_idt));
    __builtin_unreachable();
}

void
power_stop_failed(void)
{
    qemu_exit(false);
    if (autorun_given)
        bochs_off();
    arch_halt();
}
