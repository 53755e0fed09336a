#include "kernel/x86/apic.h"

#include "kernel/arch.h"
#include "kernel/x86/apic_registers.h"

#define MSR_ICR     0x830u

#define ICR_PENDING (1u << 12)
#define ICR_NMI     (4u << 8)
#define ICR_POLLS   100000

volatile uint8_t *apic_registers;

bool
apic_is_x2(void)
{
    return apic_registers == NULL;
}

uint32_t
apic_id(void)
{
    return apic_is_x2() ? apic_read(REG_ID) : apic_read(REG_ID) >> 24;
}

void
apic_end(void)
{
    apic_write(REG_EOI, 0);
}

bool
apic_in_service(unsigned vector)
{
    return (apic_read(REG_ISR + vector / 32 * 16) >> vector % 32 & 1) != 0;
}

/* MSRs of an x2APIC do not wait for stores: the fences do. */
void
apic_command(uint32_t id, uint32_t command)
{
    bool were_on;

    if (apic_is_x2()) {
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(MSR_ICR, (uint64_t)id << 32 | command);
        return;
    }
    were_on = arch_interrupts_off();
    for (int i = 0; i < ICR_POLLS && (apic_read(REG_ICR) & ICR_PENDING) != 0;
         i++)
        arch_pause();
    apic_write(REG_ICR_HIGH, id << 24);
    apic_write(REG_ICR, command);
    arch_interrupts_restore(were_on);
}

void
apic_send(uint32_t id, unsigned vector)
{
    apic_command(id, ICR_ASSERT | vector);
}

void
apic_send_nmi(uint32_t id)
{
    apic_command(id, ICR_ASSERT | ICR_NMI);
}

void
apic_timer_start(uint32_t count, bool silent)
{
    apic_write(REG_LVT_TIMER, APIC_TIMER | (silent ? LVT_MASKED : 0));
    apic_write(REG_COUNT, count);
}

void
apic_timer_at(uint64_t tsc)
{
    wrmsr(MSR_TSC_DEADLINE, tsc);
}
