#include "kernel/x86/pit.h"

#include "kernel/x86/cpu.h"

#define CHANNEL0   PIT_PORT
#define COMMAND    (PIT_PORT + 3)
#define ONE_SHOT_0 0x30 /* channel 0, two bytes, mode 0 */

void
pit_timer_start(uint32_t count)
{
    outb(COMMAND, ONE_SHOT_0);
    outb(CHANNEL0, (uint8_t)count);
    outb(CHANNEL0, (uint8_t)(count >> 8));
}
