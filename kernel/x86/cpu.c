#include "kernel/x86/cpu.h"

#include "kernel/arch.h"
#include "kernel/entry.h"

struct cpu_features cpu;

uint64_t
arch_timestamp(void)
{
    return rdtsc();
}

void
arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

/*
 * STI takes effect after HLT has begun: no interrupt slips in between, and a
 * wake-up that came with interrupts off still ends the sleep.
 */
void
arch_sleep(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

bool
arch_interrupts_off(void)
{
    bool were_on = (read_flags() & FLAGS_IF) != 0;

    __asm__ volatile("cli" : : : "memory");
    return were_on;
}

void
arch_interrupts_restore(bool on)
{
    if (on)
        __asm__ volatile("sti" : : : "memory");
}
