#include "kernel/x86/start/apic_init.h"

#include "kernel/x86/apic.h"
#include "kernel/x86/apic_registers.h"

#define APIC_BYTES   0x400u
#define APIC_ADDRESS 0x000FFFFFFFFFF000ULL

#define SPURIOUS_ON  (1u << 8)
#define LVT_NMI      (4u << 8)
#define LVT_LOW      (1u << 13)
#define LVT_DEADLINE (2u << 17)
#define ICR_INIT     (5u << 8)
#define ICR_START    (6u << 8)
#define DIVIDE_BY_16 3u

#define ID_MAX 254u /* what a redirection entry can name; 255 is all */

static uint64_t base_here; /* MSR_APIC_BASE, the same on all CPUs */
static bool timer_by_tsc;

void
apic_send_init(uint32_t id)
{
    apic_command(id, ICR_ASSERT | ICR_INIT);
}

void
apic_send_start(uint32_t id, uint32_t page)
{
    apic_command(id, ICR_ASSERT | ICR_START | page);
}

bool
apic_reaches(uint32_t id)
{
    return apic_is_x2() || id <= ID_MAX;
}

uint32_t
apic_timer_left(void)
{
    return apic_read(REG_LEFT);
}

/*
 * A deadline that is set before the mode is lost, and a WRMSR does not wait
 * for a write to memory: SDM 11.5.4.1.
 */
static void
set_timer_mode(void)
{
    apic_write(REG_LVT_TIMER,
          APIC_TIMER | (timer_by_tsc ? LVT_DEADLINE : LVT_MASKED));
    __asm__ volatile("mfence" : : : "memory");
}

void
apic_timer_use_tsc(void)
{
    timer_by_tsc = true;
    set_timer_mode();
}

/* The pins: NMI where the MADT says so, nothing from the 8259s. */
static void
set_pins(const struct madt *madt)
{
    const struct madt_cpu *self = madt_cpu_of(madt, apic_id());

    apic_write(REG_LVT_LINT0, LVT_MASKED);
    for (uint32_t i = 0; i < madt->local_nmi_count; i++) {
        const struct madt_local_nmi *nmi = &madt->local_nmis[i];

        if (nmi->uid == MADT_ALL_CPUS ||
            (self != NULL && nmi->uid == self->uid))
            apic_write(REG_LVT_LINT0 + 16u * nmi->pin,
                  LVT_NMI | (nmi->mode.active_low ? LVT_LOW : 0));
    }
}

/* Find the registers: the CPU knows better than any table where they are. */
static bool
find(bool want_x2)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    if ((base & APIC_BASE_ON) == 0)
        return false;
    apic_registers = NULL;
    if (cpu.x2apic && (base & APIC_BASE_X2) == 0 && want_x2) {
        base |= APIC_BASE_X2;
        wrmsr(MSR_APIC_BASE, base);
    }
    if (cpu.x2apic && (base & APIC_BASE_X2) != 0)
        return true;
    apic_registers = mmio_map(base & APIC_ADDRESS, APIC_BYTES);
    return apic_registers != NULL;
}

/* On, before the pins: switched off, it keeps them closed. */
static void
set_up(const struct madt *madt)
{
    apic_write(REG_TPR, 0);
    apic_write(REG_LVT_LINT0, LVT_MASKED);
    apic_write(REG_SPURIOUS, SPURIOUS_ON | APIC_SPURIOUS);
    set_timer_mode();
    apic_write(REG_DIVIDER, DIVIDE_BY_16);
    set_pins(madt);
    apic_write(REG_LVT_ERROR, APIC_ERROR);
}

bool
apic_init(const struct madt *madt, bool want_x2)
{
    if (!cpu.apic || !find(want_x2) || apic_id() > ID_MAX)
        return false;
    set_up(madt);
    base_here = rdmsr(MSR_APIC_BASE) & ~APIC_BASE_BOOT;
    return true;
}

/* Back from x2APIC there is no way but a reset. */
bool
apic_join(const struct madt *madt)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    if ((base & APIC_BASE_X2) != 0 && apic_registers != NULL)
        return false;
    if ((base & ~APIC_BASE_BOOT) != base_here) {
        wrmsr(MSR_APIC_BASE, base_here & ~APIC_BASE_X2);
        wrmsr(MSR_APIC_BASE, base_here);
    }
    set_up(madt);
    return true;
}
