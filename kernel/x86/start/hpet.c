#include "kernel/x86/start/hpet.h"

#include <stddef.h>

#include "kernel/x86/mmio.h"

#define HPET_BYTES    0x400u
#define REG_PERIOD    0x004u /* in femtoseconds */
#define REG_CONFIG    0x010u
#define REG_COUNTER   0x0F0u
#define CONFIG_ON     (1u << 0)
#define CONFIG_LEGACY (1u << 1) /* takes IRQ 0 and 8 away from PIT and clock */

#define SECOND_FS  1000000000000000ULL
#define PERIOD_MAX 100000000u /* 100 ns, says the specification */
#define PERIOD_MIN 100000u    /* 10 GHz: faster is a mistake */

static volatile uint8_t *registers;

uint64_t
hpet_start(paddr_t paddr)
{
    uint32_t period;

    registers = mmio_map(paddr, HPET_BYTES);
    if (registers == NULL)
        return 0;
    period = mmio_read(registers, REG_PERIOD);
    if (period < PERIOD_MIN || period > PERIOD_MAX)
        return 0;
    mmio_write(registers, REG_CONFIG,
               (mmio_read(registers, REG_CONFIG) & ~CONFIG_LEGACY) |
                   CONFIG_ON);
    return SECOND_FS / period;
}

uint64_t
hpet_read(void)
{
    return mmio_read(registers, REG_COUNTER);
}
