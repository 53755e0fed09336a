/*
 * Checks of interrupts and time, as they are on this machine.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/interrupt.h"
#include "kernel/memory.h"
#include "kernel/start/madt.h"
#include "kernel/start/main.h"
#include "kernel/test/selftest.h"
#include "kernel/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/pit.h"
#include "kernel/x86/test/one_shot.h"

#define FREE_VECTOR 0x90u
/* An emulator may not run for a while: late is not wrong, early is. */
#define LATEST      (5 * NS_PER_SECOND)

struct shot {
    volatile unsigned fired;
    volatile uint64_t at;
};

static void
take_shot(void *context)
{
    struct shot *shot = context;

    shot->at = time_now_ns();
    shot->fired++;
}

static void
spin(uint64_t ns)
{
    uint64_t end = time_now_ns() + ns;

    while (time_now_ns() < end)
        ;
}

/* Wait for it, awake: a timer that fails must not stop the other checks. */
static void
await(const struct shot *shot)
{
    uint64_t end = time_now_ns() + LATEST;

    while (shot->fired == 0 && time_now_ns() < end)
        ;
}

static bool
fires_once(uint64_t ns)
{
    struct shot shot = { 0, 0 };
    uint64_t deadline = time_now_ns() + ns;

    one_shot_set(deadline, take_shot, &shot);
    await(&shot);
    spin(3 * NS_PER_MS);
    return shot.fired == 1 && shot.at >= deadline &&
           shot.at - deadline < LATEST && !one_shot_cancel();
}

static bool
test_interrupts_on(void)
{
    uint64_t before = interrupt_unexpected();

    spin(2 * NS_PER_MS);
    return (read_flags() & FLAGS_IF) != 0 && interrupt_unexpected() == before;
}

static bool
test_time_monotonic(void)
{
    uint64_t start = time_now_ns(), last = start;

    for (int i = 0; i < 10000; i++) {
        uint64_t now = time_now_ns();

        if (now < last)
            return false;
        last = now;
    }
    return start > 0 && last > start;
}

/* 70 ms are more than the PIT can count. */
static bool
test_timer_fires_once(void)
{
    return fires_once(20000) && fires_once(NS_PER_MS) &&
           fires_once(10 * NS_PER_MS) && fires_once(70 * NS_PER_MS);
}

static bool
test_sleep_ends(void)
{
    struct shot shot = { 0, 0 };

    if (!fires_once(NS_PER_MS))
        return false; /* or it might sleep for good */
    arch_interrupts_off();
    one_shot_set(time_now_ns() + 10 * NS_PER_MS, take_shot, &shot);
    while (shot.fired == 0)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    arch_interrupts_restore(true);
    return shot.fired == 1;
}

static bool
test_timer_of_the_past(void)
{
    struct shot shot = { 0, 0 };

    one_shot_set(0, take_shot, &shot);
    await(&shot);
    return shot.fired == 1;
}

/* Interrupts off, so that the tries cannot be late; the hardware is not. */
static bool
test_timer_canceled(void)
{
    struct shot first = { 0, 0 }, second = { 0, 0 };
    bool was_set;

    arch_interrupts_off();
    one_shot_set(time_now_ns() + NS_PER_MS, take_shot, &first);
    spin(2 * NS_PER_MS);
    was_set = one_shot_cancel();
    arch_interrupts_restore(true);
    spin(NS_PER_MS);
    if (!was_set || first.fired != 0 || one_shot_cancel())
        return false;
    arch_interrupts_off();
    one_shot_set(time_now_ns() + NS_PER_MS, take_shot, &first);
    one_shot_set(time_now_ns() + 2 * NS_PER_MS, take_shot, &second);
    arch_interrupts_restore(true);
    await(&second);
    return first.fired == 0 && second.fired == 1;
}

static bool
test_interrupts_held_back(void)
{
    struct shot shot = { 0, 0 };
    unsigned early;

    arch_interrupts_off();
    one_shot_set(time_now_ns() + NS_PER_MS, take_shot, &shot);
    spin(3 * NS_PER_MS);
    early = shot.fired;
    arch_interrupts_restore(true);
    await(&shot);
    return early == 0 && shot.fired == 1;
}

/*
 * Also the APIC's own spurious vector, and what looks like IRQ 7 and 15 while
 * no 8259 has them in service: not even a handler is called for such.
 */
static bool
test_unexpected_counted(void)
{
    uint64_t before = interrupt_unexpected(), wanted = 5;
    struct shot shot = { 0, 0 };

    if (!interrupt_attach(IRQ_VECTOR_8259 + 7, take_shot, &shot))
        return false;
    __asm__ volatile("int %0" : : "i"(FREE_VECTOR));
    __asm__ volatile("int %0" : : "i"(IRQ_VECTOR_8259 + 7));
    __asm__ volatile("int %0" : : "i"(IRQ_VECTOR_8259 + 15));
    __asm__ volatile("int %0" : : "i"(APIC_ERROR));
    __asm__ volatile("int %0" : : "i"(APIC_SPURIOUS));
    interrupt_detach(IRQ_VECTOR_8259 + 7);
    if (irq_by_apic()) {
        apic_send(apic_id(), FREE_VECTOR);
        apic_send(apic_id(), FREE_VECTOR + 1);
        wanted += 2;
        spin(NS_PER_MS);
    }
    return shot.fired == 0 && interrupt_unexpected() == before + wanted &&
           fires_once(NS_PER_MS);
}

static void
ignore(void *context)
{
    (void)context;
}

/*
 * The PC's clock, which can call 1024 times a second on IRQ 8: on every PC
 * the same line, and one of the second 8259 where those are in use.
 */
#define CMOS_INDEX     0x70
#define CMOS_DATA      0x71
#define CLOCK_A        0x0A /* its low half is the rate */
#define CLOCK_B        0x0B
#define CLOCK_C        0x0C /* what it called for; reading lets it call again */
#define CLOCK_RATE     0x06
#define CLOCK_PERIODIC 0x40
#define CLOCK_IRQ      8u

static uint8_t
clock_read(uint8_t index)
{
    outb(CMOS_INDEX, index);
    return inb(CMOS_DATA);
}

static void
clock_write(uint8_t index, uint8_t value)
{
    outb(CMOS_INDEX, index);
    outb(CMOS_DATA, value);
}

static void
take_clock(void *context)
{
    (void)context;
    clock_read(CLOCK_C);
}

/* How often it has called, once that is wanted or it takes too long. */
static uint64_t
clock_calls(uint64_t wanted)
{
    unsigned vector = arch_irq_vector(CLOCK_IRQ);
    uint64_t end = time_now_ns() + LATEST;

    while (interrupt_count(vector) < wanted && time_now_ns() < end)
        ;
    return interrupt_count(vector);
}

static void
clock_call(bool on)
{
    uint8_t a = clock_read(CLOCK_A), b = clock_read(CLOCK_B);

    clock_write(CLOCK_A, (uint8_t)((a & 0xF0) | CLOCK_RATE));
    clock_write(CLOCK_B, (uint8_t)(on ? b | CLOCK_PERIODIC
                                      : b & ~CLOCK_PERIODIC));
    clock_read(CLOCK_C);
}

/* How often it calls in some ms while it is masked. */
static uint64_t
clock_calls_masked(void)
{
    uint64_t before;

    arch_irq_mask(CLOCK_IRQ, true);
    before = clock_calls(0);
    clock_read(CLOCK_C);
    spin(5 * NS_PER_MS);
    return clock_calls(0) - before;
}

static bool
test_masked_irq(void)
{
    uint64_t masked, before, open;

    if (!irq_attach(CLOCK_IRQ, take_clock, NULL))
        return false;
    clock_call(true);
    masked = clock_calls_masked();
    before = clock_calls(0);
    arch_irq_mask(CLOCK_IRQ, false);
    clock_read(CLOCK_C);
    open = clock_calls(before + 3); /* each of them was ended */
    masked += clock_calls_masked();
    clock_call(false);
    irq_detach(CLOCK_IRQ);
    return masked == 0 && open >= before + 3;
}

static bool
test_attach(void)
{
    bool good = !interrupt_attach(INTERRUPT_FIRST - 1, ignore, NULL) &&
                !interrupt_attach(INTERRUPT_VECTORS, ignore, NULL) &&
                interrupt_attach(FREE_VECTOR, ignore, NULL) &&
                !interrupt_attach(FREE_VECTOR, ignore, NULL);

    interrupt_detach(FREE_VECTOR);
    return good && interrupt_attach(FREE_VECTOR, ignore, NULL) &&
           (interrupt_detach(FREE_VECTOR), true);
}

/* Registers are set, an interrupt comes, and they are added up. */
static bool
test_registers_survive_interrupt(void)
{
    struct shot shot = { 0, 0 };
    uint64_t sum;

    if (!fires_once(NS_PER_MS))
        return false; /* or it might wait for good */
    one_shot_set(time_now_ns() + NS_PER_MS, take_shot, &shot);
    __asm__ volatile("movl $1, %%ebx; movl $2, %%ecx; movl $4, %%edx\n"
                     "movl $8, %%esi; movl $16, %%edi; movl $32, %%r8d\n"
                     "movl $64, %%r9d; movl $128, %%r10d\n"
                     "movl $256, %%r11d; movl $512, %%r12d\n"
                     "movl $1024, %%r13d; movl $2048, %%r14d\n"
                     "movl $4096, %%r15d\n"
                     "1: cmpl $0, (%%rax); je 1b\n"
                     "addq %%rcx, %%rbx; addq %%rdx, %%rbx\n"
                     "addq %%rsi, %%rbx; addq %%rdi, %%rbx\n"
                     "addq %%r8, %%rbx; addq %%r9, %%rbx\n"
                     "addq %%r10, %%rbx; addq %%r11, %%rbx\n"
                     "addq %%r12, %%rbx; addq %%r13, %%rbx\n"
                     "addq %%r14, %%rbx; addq %%r15, %%rbx\n"
                     : "=&b"(sum)
                     : "a"(&shot.fired)
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                       "r12", "r13", "r14", "r15", "cc", "memory");
    return shot.fired == 1 && sum == 8191;
}

static struct madt madt;

static int
read_madt(void)
{
    static const struct acpi_reader reader = { phys_read, NULL };

    return madt_find(&reader, boot.rsdp, &madt);
}

/* Where the MADT moves the PIT's line, IRQ 0 arrives by the new one. */
static bool
test_override(void)
{
    uint64_t before, end;

    if (!irq_by_apic() || read_madt() != ACPI_OK ||
        !madt.overrides[0].present)
        return true;
    if (!irq_attach(0, ignore, NULL))
        return fires_once(NS_PER_MS); /* it is the timer's, and arrives */
    before = interrupt_count(arch_irq_vector(0));
    arch_irq_mask(0, false);
    pit_timer_start(PIT_HZ / 1000);
    end = time_now_ns() + LATEST;
    while (interrupt_count(arch_irq_vector(0)) == before &&
           time_now_ns() < end)
        ;
    irq_detach(0);
    return interrupt_count(arch_irq_vector(0)) > before;
}

/* Firmware and CPU agree on who this is and where its APIC stands. */
static bool
test_madt(void)
{
    int error = read_madt();

    if (!irq_by_apic())
        return error == ACPI_OK || madt.cpu_count == 0;
    return error == ACPI_OK &&
           madt_cpu_of(&madt, apic_id()) != NULL &&
           madt.local_apic == (rdmsr(MSR_APIC_BASE) & 0xFFFFFFFFFF000ULL);
}

const struct selftest time_selftests[] = {
    { "interrupts are on, and none comes uncalled", test_interrupts_on },
    { "time does not run backwards", test_time_monotonic },
    { "a timer fires once, not before its time", test_timer_fires_once },
    { "a timer ends the CPU's sleep", test_sleep_ends },
    { "a timer of the past fires at once", test_timer_of_the_past },
    { "a timer canceled or replaced does not fire", test_timer_canceled },
    { "interrupts off holds the timer back", test_interrupts_held_back },
    { "unexpected interrupts are counted, no more", test_unexpected_counted },
    { "a masked interrupt does not arrive", test_masked_irq },
    { "an interrupt that the MADT moves arrives", test_override },
    { "a vector has one handler", test_attach },
    { "an interrupt keeps all registers", test_registers_survive_interrupt },
    { "the MADT knows this CPU", test_madt },
};
const size_t time_selftest_count =
    sizeof time_selftests / sizeof time_selftests[0];
