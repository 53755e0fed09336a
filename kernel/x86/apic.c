#include "kernel/x86/apic.h"

#include <stddef.h>

#include "kernel/arch.h"
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
#define MSR_ICR       0x830u
#define MSR_SELF_IPI  0x83Fu

#define APIC_BYTES    0x400u
#define APIC_ADDRESS  0x000FFFFFFFFFF000ULL

#define SPURIOUS_ON   (1u << 8)
#define LVT_NMI       (4u << 8)
#define LVT_LOW       (1u << 13)
#define LVT_MASKED    (1u << 16)
#define LVT_DEADLINE  (2u << 17)
#define ICR_SELF      (1u << 18)
#define ICR_PENDING   (1u << 12)
#define ICR_ASSERT    (1u << 14)
#define ICR_NMI       (4u << 8)
#define ICR_INIT      (5u << 8)
#define ICR_START     (6u << 8)
#define ICR_POLLS     100000
#define DIVIDE_BY_16  3u

#define ID_MAX 254u /* what a redirection entry can name; 255 is all */

static volatile uint8_t *registers; /* NULL: x2APIC */
static uint64_t base_here;          /* MSR_APIC_BASE, the same on all CPUs */
static bool timer_by_tsc;

static uint32_t
read(uint32_t offset)
{
    return registers != NULL ? mmio_read(registers, offset)
                             : (uint32_t)rdmsr(MSR_X2APIC + offset / 16);
}

static void
write(uint32_t offset, uint32_t value)
{
    if (registers != NULL)
        mmio_write(registers, offset, value);
    else
        wrmsr(MSR_X2APIC + offset / 16, value);
}

bool
apic_is_x2(void)
{
    return registers == NULL;
}

uint32_t
apic_id(void)
{
    return registers != NULL ? read(REG_ID) >> 24 : read(REG_ID);
}

void
apic_end(void)
{
    write(REG_EOI, 0);
}

bool
apic_in_service(unsigned vector)
{
    return (read(REG_ISR + vector / 32 * 16) >> vector % 32 & 1) != 0;
}

void
apic_interrupt_self(unsigned vector)
{
    if (registers == NULL)
        wrmsr(MSR_SELF_IPI, vector);
    else
        write(REG_ICR, ICR_SELF | vector);
}

/* MSRs of an x2APIC do not wait for stores: the fences do. */
static void
send(uint32_t id, uint32_t command)
{
    bool were_on;

    if (registers == NULL) {
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(MSR_ICR, (uint64_t)id << 32 | command);
        return;
    }
    were_on = arch_interrupts_off();
    for (int i = 0; i < ICR_POLLS && (read(REG_ICR) & ICR_PENDING) != 0; i++)
        arch_pause();
    write(REG_ICR_HIGH, id << 24);
    write(REG_ICR, command);
    arch_interrupts_restore(were_on);
}

void
apic_send(uint32_t id, unsigned vector)
{
    send(id, ICR_ASSERT | vector);
}

void
apic_send_nmi(uint32_t id)
{
    send(id, ICR_ASSERT | ICR_NMI);
}

void
apic_send_init(uint32_t id)
{
    send(id, ICR_ASSERT | ICR_INIT);
}

void
apic_send_start(uint32_t id, uint32_t page)
{
    send(id, ICR_ASSERT | ICR_START | page);
}

bool
apic_reaches(uint32_t id)
{
    return registers == NULL || id <= ID_MAX;
}

void
apic_timer_start(uint32_t count, bool silent)
{
    write(REG_LVT_TIMER, APIC_TIMER | (silent ? LVT_MASKED : 0));
    write(REG_COUNT, count);
}

uint32_t
apic_timer_left(void)
{
    return read(REG_LEFT);
}

/*
 * A deadline that is set before the mode is lost, and a WRMSR does not wait
 * for a write to memory: SDM 11.5.4.1.
 */
static void
set_timer_mode(void)
{
    write(REG_LVT_TIMER,
          APIC_TIMER | (timer_by_tsc ? LVT_DEADLINE : LVT_MASKED));
    __asm__ volatile("mfence" : : : "memory");
}

void
apic_timer_use_tsc(void)
{
    timer_by_tsc = true;
    set_timer_mode();
}

void
apic_timer_at(uint64_t tsc)
{
    wrmsr(MSR_TSC_DEADLINE, tsc);
}

/* The pins: NMI where the MADT says so, nothing from the 8259s. */
static void
set_pins(const struct madt *madt)
{
    const struct madt_cpu *self = madt_cpu_of(madt, apic_id());

    write(REG_LVT_LINT0, LVT_MASKED);
    for (uint32_t i = 0; i < madt->local_nmi_count; i++) {
        const struct madt_local_nmi *nmi = &madt->local_nmis[i];

        if (nmi->uid == MADT_ALL_CPUS ||
            (self != NULL && nmi->uid == self->uid))
            write(REG_LVT_LINT0 + 16u * nmi->pin,
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
    registers = NULL;
    if (cpu.x2apic && (base & APIC_BASE_X2) == 0 && want_x2) {
        base |= APIC_BASE_X2;
        wrmsr(MSR_APIC_BASE, base);
    }
    if (cpu.x2apic && (base & APIC_BASE_X2) != 0)
        return true;
    registers = mmio_map(base & APIC_ADDRESS, APIC_BYTES);
    return registers != NULL;
}

/* On, before the pins: switched off, it keeps them closed. */
static void
set_up(const struct madt *madt)
{
    write(REG_TPR, 0);
    write(REG_LVT_LINT0, LVT_MASKED);
    write(REG_SPURIOUS, SPURIOUS_ON | APIC_SPURIOUS);
    set_timer_mode();
    write(REG_DIVIDER, DIVIDE_BY_16);
    set_pins(madt);
    write(REG_LVT_ERROR, APIC_ERROR);
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

    if ((base & APIC_BASE_X2) != 0 && registers != NULL)
        return false;
    if ((base & ~APIC_BASE_BOOT) != base_here) {
        wrmsr(MSR_APIC_BASE, base_here & ~APIC_BASE_X2);
        wrmsr(MSR_APIC_BASE, base_here);
    }
    set_up(madt);
    return true;
}
