#include "kernel/x86/start/pit_clock.h"

#include "kernel/x86/cpu.h"

#define CHANNEL2 0x42
#define COMMAND  0x43
#define CONTROL  0x61 /* gate of channel 2, speaker */
#define GATE2    0x01
#define SPEAKER  0x02
#define RATE_2   0xB4 /* channel 2, two bytes, mode 2 */
#define LATCH_2  0x80

static uint8_t control_before;

void
pit_clock_start(void)
{
    control_before = inb(CONTROL);
    outb(CONTROL, (uint8_t)((control_before & ~SPEAKER) | GATE2));
    outb(COMMAND, RATE_2);
    outb(CHANNEL2, 0); /* 65536 */
    outb(CHANNEL2, 0);
}

void
pit_clock_stop(void)
{
    outb(CONTROL, (uint8_t)(control_before & ~SPEAKER));
}

/* Counted down by the chip; 65536 reads as 0. */
uint64_t
pit_clock_read(void)
{
    uint8_t low;

    outb(COMMAND, LATCH_2);
    low = inb(CHANNEL2);
    return PIT_MASK & (0u - (uint32_t)(inb(CHANNEL2) << 8 | low));
}
