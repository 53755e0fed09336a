/*
 * The registers of the local APIC of this CPU, for those that set it up and
 * those that use it. Source: Intel SDM volume 3A, 11.4.1 and 11.12.1.2.
 */
#ifndef KERNEL_X86_APIC_REGISTERS_H
#define KERNEL_X86_APIC_REGISTERS_H

#include <stddef.h>

#include "kernel/x86/cpu.h"
#include "kernel/x86/mmio.h"

/* Offsets of registers; their MSR is MSR_X2APIC + offset / 16. */
#define REG_ID        0x020u
#define REG_TPR       0x080u
#define REG_EOI       0x0B0u
#define REG_SPURIOUS  0x0F0u
#define REG_ISR       0x100u
#define REG_ICR       0x300u
#define REG_ICR_HIGH  0x310u
#define REG_LVT_TIMER 0x320u
#define REG_LVT_LINT0 0x350u
#define REG_LVT_ERROR 0x370u
#define REG_COUNT     0x380u
#define REG_LEFT      0x390u
#define REG_DIVIDER   0x3E0u

#define MSR_X2APIC    0x800u

#define LVT_MASKED    (1u << 16)
#define ICR_ASSERT    (1u << 14)

/* NULL: x2APIC. The same on all CPUs, set once. */
extern volatile uint8_t *apic_registers;

static inline uint32_t
apic_read(uint32_t offset)
{
    return apic_registers != NULL
               ? mmio_read(apic_registers, offset)
               : (uint32_t)rdmsr(MSR_X2APIC + offset / 16);
}

static inline void
apic_write(uint32_t offset, uint32_t value)
{
    if (apic_registers != NULL)
        mmio_write(apic_registers, offset, value);
    else
        wrmsr(MSR_X2APIC + offset / 16, value);
}

/* To the CPU with that id, a command of the ICR's low half. */
void apic_command(uint32_t id, uint32_t command);

#endif
