/*
 * Which clock and which timer: the TSC, measured against HPET or PIT; the
 * local APIC's timer, which waits for a value of the TSC or else is measured
 * against it; or the PIT.
 */
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/lib/format.h"
#include "kernel/memory.h"
#include "kernel/start/calibrate.h"
#include "kernel/start/madt.h"
#include "kernel/start/main.h"
#include "kernel/start/options.h"
#include "kernel/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/pit.h"
#include "kernel/x86/start/apic_init.h"
#include "kernel/x86/start/controllers.h"
#include "kernel/x86/start/hpet.h"
#include "kernel/x86/start/pit_clock.h"
#include "kernel/x86/timer.h"

#define MHZ 1000000u
#define TSC_GUESS (1000 * MHZ)
#define ATTEMPTS  4 /* without a timer in each CPU there is one CPU */

static struct counter tsc = { rdtsc, UINT64_MAX, 0 };
static const char *reference; /* what the TSC was measured against, or NULL */

static uint64_t
apic_timer_count(void)
{
    return UINT32_MAX - apic_timer_left();
}

/* The HPET has the finer clock, and not every new chip set has a PIT left. */
static void
measure_tsc(paddr_t rsdp)
{
    static const struct acpi_reader reader = { phys_read, NULL };
    struct counter hpet = { hpet_read, HPET_MASK, 0 };
    struct counter pit = { pit_clock_read, PIT_MASK, PIT_HZ };
    paddr_t paddr;

    if (hpet_find(&reader, rsdp, &paddr) == ACPI_OK)
        hpet.hz = hpet_start(paddr);
    if (hpet.hz != 0)
        tsc.hz = calibrate(&tsc, &hpet);
    if (tsc.hz != 0) {
        reference = "HPET";
        return;
    }
    pit_clock_start();
    tsc.hz = calibrate(&tsc, &pit);
    pit_clock_stop();
    if (tsc.hz != 0)
        reference = "PIT";
    else
        tsc.hz = TSC_GUESS; /* wrong, but time goes on */
}

/* A TSC that is a guess could come very late. timer=count: do without. */
static bool
use_tsc(const char *line)
{
    if (!cpu.tsc_deadline || reference == NULL ||
        option_is(line, "timer", "count") ||
        !timer_use(TIMER_TSC, tsc.hz))
        return false;
    apic_timer_use_tsc();
    return true;
}

static bool
use_apic_timer(void)
{
    struct counter timer = { apic_timer_count, UINT32_MAX, 0 };

    apic_timer_start(UINT32_MAX, true);
    for (int i = 0; i < ATTEMPTS && timer.hz == 0; i++)
        timer.hz = calibrate(&timer, &tsc);
    apic_timer_start(0, true);
    return timer.hz != 0 && timer_use(TIMER_APIC, timer.hz);
}

static void
choose_timer(const char *line)
{
    if (!irq_by_apic() || (!use_tsc(line) && !use_apic_timer()))
        timer_use(TIMER_PIT, PIT_HZ);
}

static enum irq_choice
choice(const char *line)
{
    return option_is(line, "apic", "off")  ? IRQ_8259
           : option_is(line, "apic", "x2") ? IRQ_X2APIC
                                           : IRQ_BEST;
}

void
arch_interrupts_init(const struct boot_info *info)
{
    controllers_init(info->rsdp, choice(info->command_line));
    measure_tsc(info->rsdp);
    time_start(boot_entry.tsc, tsc.hz);
    choose_timer(info->command_line);
}

static void
describe_controllers(char *text, size_t size)
{
    unsigned count = controllers_ioapic_count();

    if (irq_by_apic())
        format(text, size, "%u IO-APIC%s", count, count == 1 ? "" : "s");
    else
        format(text, size, "8259s");
}

void
arch_describe_timers(char *text, size_t size)
{
    char controllers[24], spare[16] = "", bad[32] = "";
    uint32_t cpus = irq_madt.cpu_count > 0 ? irq_madt.cpu_count : 1;

    describe_controllers(controllers, sizeof controllers);
    if (irq_madt.spare_cpus > 0)
        format(spare, sizeof spare, " + %u", irq_madt.spare_cpus);
    if (irq_madt.dropped > 0)
        format(bad, sizeof bad, "; %u MADT entries bad", irq_madt.dropped);
    format(text, size, "TSC %lu MHz (%s%s), %s by %s; %s, %u%s CPU%s%s",
           (tsc.hz + MHZ / 2) / MHZ,
           reference != NULL ? reference : "a guess",
           cpu.invariant_tsc ? ", invariant" : "",
           timer_used() == TIMER_TSC ? "deadline" : "one-shot",
           timer_used() == TIMER_PIT ? "PIT"
           : apic_is_x2()       ? "x2APIC"
                                : "APIC",
           controllers, cpus, spare, cpus + irq_madt.spare_cpus == 1 ? "" : "s",
           bad);
}
