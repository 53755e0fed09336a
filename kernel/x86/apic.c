#include "kernel/x86/apic.h"

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
#define REG_LVT_TIMER 0x320u
#define REG_LVT_LINT0 0x350u
#define REG_LVT_ERROR 0x370u
#define REG_COUNT     0x380u
#define REG_LEFT      0x390u
#define REG_DIVIDER   0x3E0u

#define MSR_X2APIC    0x800u
#define MSR_SELF_IPI  0x83Fu

#define APIC_BYTES    0x400u
#define APIC_ADDRESS  0x000FFFFFFFFFF000ULL

#define SPURIOUS_ON   (1u << 8)
#define LVT_NMI       (4u << 8)
#define LVT_LOW       (1u << 13)
#define LVT_MASKED    (1u << 16)
#define ICR_SELF      (1u << 18)
#define DIVIDE_BY_16  3u

#define ID_MAX 254u /* what a redirection entry can name; 255 is all */

static volatile uint8_t *registers; /* NULL: x2APIC */

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

bool
apic_init(const struct madt *madt, bool want_x2)
{
    if (!cpu.apic || !find(want_x2) || apic_id() > ID_MAX)
        return false;
    write(REG_TPR, 0);
    write(REG_LVT_TIMER, APIC_TIMER | LVT_MASKED);
    write(REG_DIVIDER, DIVIDE_BY_16);
    set_pins(madt);
    write(REG_LVT_ERROR, APIC_ERROR);
    write(REG_SPURIOUS, SPURIOUS_ON | APIC_SPURIOUS);
    return true;
}
