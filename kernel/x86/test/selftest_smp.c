/*
 * Checks of what several CPUs do together. With one CPU they hold as well.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/interrupt.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/test/selftest.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ipi.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/stack.h"

#define LATEST (5 * NS_PER_SECOND)
#define ROUNDS 10000u

/* What all do; each counts itself in done when it has, in good if it was. */
static bool (*job)(void);
static uint32_t ready, done, good;
static volatile uint32_t now;

static void
add_one(uint32_t *number)
{
    __atomic_fetch_add(number, 1, __ATOMIC_SEQ_CST);
}

/*
 * In loops that wait. QEMU lets another CPU run at each PAUSE, and with a
 * thread for each CPU takes a lock then that its timers need, too: not often.
 */
static void
breathe(void)
{
    static uint32_t breaths;

    if (breaths++ % 64 == 0)
        arch_pause();
}

/* Until it is that many, or it takes too long. */
static bool
reaches(const uint32_t *number, uint32_t wanted)
{
    uint64_t end = time_now_ns() + LATEST;

    while (__atomic_load_n(number, __ATOMIC_SEQ_CST) != wanted) {
        if (time_now_ns() > end)
            return false;
        breathe();
    }
    return true;
}

static void
do_job(void)
{
    if (job())
        add_one(&good);
    add_one(&done);
}

static void
prepare(bool (*what)(void))
{
    job = what;
    ready = done = good = now = 0;
    ipi_call = do_job;
}

/* Each CPU but this one starts with it; returns how many these are. */
static uint32_t
start_others(bool (*what)(void))
{
    uint32_t count = arch_cpu_count();

    prepare(what);
    for (uint32_t i = 0; i < count; i++)
        if (i != arch_cpu()->number)
            apic_send(percpu_at(i)->apic_id, APIC_CALL);
    return count - 1;
}

static bool
others_were_good(uint32_t count)
{
    return reaches(&done, count) && good == count;
}

static bool
smp_run_on_all(bool (*what)(void))
{
    uint32_t others = start_others(what);
    bool were_on = arch_interrupts_off();
    bool passed = what();

    arch_interrupts_restore(were_on);
    return others_were_good(others) && passed;
}

static uint64_t seen; /* bit n: CPU n was here */

static bool
is_itself(void)
{
    struct x86_cpu *self = percpu();
    uint32_t number = self->local.number;
    const struct stack *own = &stacks[number][STACK_KERNEL];
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    __atomic_fetch_or(&seen, 1ULL << number, __ATOMIC_SEQ_CST);
    return percpu_at(number) == self && arch_cpu_number() == number &&
           (!irq_by_apic() || number == 0 || apic_id() == self->apic_id) &&
           here > (uintptr_t)own->guard + PAGE_SIZE &&
           here < (uintptr_t)own->top && self->stack_top == own->top;
}

static bool
test_all_answer(void)
{
    uint32_t count = arch_cpu_count();

    seen = 0;
    return smp_run_on_all(is_itself) &&
           seen == (count == 64 ? UINT64_MAX : (1ULL << count) - 1);
}

static struct state {
    uint64_t cr0, cr3, cr4, efer, pat, fs, kernel_gs;
    struct descriptor_pointer idt;
} first;

static struct state
read_state(void)
{
    struct state state = {
        .cr0 = read_cr0(), .cr3 = read_cr3(), .cr4 = read_cr4(),
        .efer = rdmsr(MSR_EFER), .pat = cpu.pat ? rdmsr(MSR_PAT) : 0,
        .fs = rdmsr(MSR_FS_BASE), .kernel_gs = rdmsr(MSR_KERNEL_GS_BASE),
    };

    __asm__ volatile("sidt %0" : "=m"(state.idt));
    return state;
}

static bool
has_same_state(void)
{
    struct state own = read_state();

    return own.cr0 == first.cr0 && own.cr3 == first.cr3 &&
           own.cr4 == first.cr4 && own.efer == first.efer &&
           own.pat == first.pat && own.fs == first.fs &&
           own.kernel_gs == first.kernel_gs &&
           own.idt.base == first.idt.base && own.idt.limit == first.idt.limit;
}

static bool
test_same_state(void)
{
    first = read_state();
    return smp_run_on_all(has_same_state);
}

static bool
has_own_tables(void)
{
    struct descriptor_pointer gdt;
    uint16_t tr;

    __asm__ volatile("sgdt %0" : "=m"(gdt));
    __asm__ volatile("str %0" : "=r"(tr));
    return gdt.base == (uintptr_t)percpu()->gdt && gdt.limit == GDT_SIZE - 1 &&
           tr == GDT_TSS;
}

static bool
test_own_tables(void)
{
    return smp_run_on_all(has_own_tables);
}

static volatile uint32_t counter;

/* Now and then with a pause, in which an emulator lets another CPU run. */
static bool
count_under_lock(void)
{
    bool mine = true;

    add_one(&ready);
    if (!reaches(&ready, arch_cpu_count()))
        return false;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t value;

        kernel_lock();
        mine &= kernel_lock_is_mine();
        value = counter;
        if (i % 64 == 0)
            arch_pause();
        counter = value + 1;
        kernel_unlock();
    }
    return mine;
}

static bool
test_lock(void)
{
    counter = 0;
    return smp_run_on_all(count_under_lock) &&
           counter == arch_cpu_count() * ROUNDS && !kernel_lock_is_mine();
}

/*
 * A page at an address of the lower half, not global, as a process has it, of
 * which the CPUs remember where it was.
 */
#define PLACE   ((volatile uint64_t *)0x10000)
#define PRESENT 1ULL
#define ADDRESS 0x000FFFFFFFFFF000ULL

static struct account account = { .limit = ACCOUNT_UNLIMITED };
static struct arch_space space;
static paddr_t pages[2];
static volatile uint64_t *place_entry;

/* The entry of PLACE in its table; all tables above have it at index 0. */
static volatile uint64_t *
find_entry(void)
{
    uint64_t *table = phys_to_virt(read_cr3() & ADDRESS);

    for (int level = 4; level > 1; level--)
        table = phys_to_virt(table[0] & ADDRESS);
    return &table[(uintptr_t)PLACE / PAGE_SIZE];
}

/* As in user space: only the interrupt can tell it. */
static bool
look_outside(void)
{
    struct cpu_local *self = arch_cpu();
    bool right;

    tlb_forget(); /* the last round's */
    right = *PLACE == 0;
    self->in_kernel = 0;
    add_one(&ready);
    arch_interrupts_restore(true);
    while (now == 0) {
        (void)*PLACE;
        breathe();
    }
    right &= *PLACE == 1;
    arch_interrupts_off();
    self->in_kernel = 1;
    return right;
}

/* As in the kernel: interrupts off, and a look at the note at the end. */
static bool
look_inside(void)
{
    bool right;

    tlb_forget();
    right = *PLACE == 0;
    add_one(&ready);
    while (now == 0)
        breathe();
    right &= arch_cpu()->flush == 1;
    tlb_forget();
    return right && *PLACE == 1 && arch_cpu()->flush == 0;
}

static bool
flush_is_seen(bool (*look)(void), uint64_t size)
{
    uint32_t others;
    bool passed;

    *place_entry = pages[0] | PRESENT;
    invlpg((const void *)PLACE);
    passed = *PLACE == 0;
    others = start_others(look);
    passed &= reaches(&ready, others);
    arch_interrupts_off();
    kernel_lock();
    *place_entry = pages[1] | PRESENT;
    tlb_flush(&space, (uintptr_t)PLACE, size);
    passed &= *PLACE == 1;
    kernel_unlock();
    arch_interrupts_restore(true);
    now = 1;
    passed &= others_were_good(others);
    kernel_lock();
    *place_entry = 0;
    tlb_flush(&space, 0, UINT64_MAX);
    kernel_unlock();
    return passed;
}

static bool
test_flush(void)
{
    bool passed;

    for (uint64_t i = 0; i < 2; i++) {
        pages[i] = frame_take(&account, 0, FRAME_ZEROED);
        if (pages[i] == 0)
            return false;
        *(uint64_t *)phys_to_virt(pages[i]) = i;
    }
    paging_low_page((uintptr_t)PLACE, LOW_NONE); /* makes the tables */
    place_entry = find_entry();
    space.cpus = UINT64_MAX >> (64 - arch_cpu_count());
    passed = flush_is_seen(look_outside, PAGE_SIZE) &&
             flush_is_seen(look_outside, 33 * PAGE_SIZE) &&
             flush_is_seen(look_inside, PAGE_SIZE);
    for (int i = 0; i < 2; i++)
        passed &= frame_release(&account, pages[i], 0) == 0;
    return passed;
}

static bool
test_kick(void)
{
    for (uint32_t i = 1; i < arch_cpu_count(); i++) {
        uint64_t before = interrupt_count(APIC_KICK);
        uint64_t end = time_now_ns() + LATEST;

        arch_cpu_kick(i);
        while (interrupt_count(APIC_KICK) == before) {
            if (time_now_ns() > end)
                return false;
            breathe();
        }
    }
    return true;
}

/* CPU 1 is outside, and enters the kernel when it is kicked, not before. */
static bool
run_until_kicked(void)
{
    struct cpu_local *self = arch_cpu();
    uint64_t before = interrupt_count(APIC_KICK);

    if (self->number != 1)
        return true;
    self->in_kernel = 0;
    add_one(&ready);
    arch_interrupts_restore(true);
    while (interrupt_count(APIC_KICK) == before)
        breathe();
    arch_interrupts_off();
    __atomic_store_n(&self->in_kernel, 1, __ATOMIC_SEQ_CST);
    return true;
}

static bool
test_hold(void)
{
    static struct thread thread = { .on_cpu = 1 };
    uint32_t others;
    bool passed;

    if (arch_cpu_count() < 2)
        return true;
    others = start_others(run_until_kicked);
    passed = reaches(&ready, 1) && arch_cpu_at(1)->in_kernel == 0;
    kernel_lock();
    arch_thread_hold(&thread);
    passed &= arch_cpu_at(1)->in_kernel == 1;
    arch_thread_hold(&thread); /* at once */
    kernel_unlock();
    return others_were_good(others) && passed;
}

/* Asleep, as it will be: should nothing come, the others see it. */
static bool
timer_wakes(void)
{
    uint64_t before = interrupt_count(APIC_TIMER);

    arch_timer_start(NS_PER_MS);
    while (interrupt_count(APIC_TIMER) == before)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    return interrupt_count(APIC_TIMER) == before + 1;
}

static bool
test_timers(void)
{
    for (uint32_t i = 1; i < arch_cpu_count(); i++) {
        prepare(timer_wakes);
        apic_send(percpu_at(i)->apic_id, APIC_CALL);
        if (!others_were_good(1))
            return false;
    }
    return true;
}

const struct selftest smp_selftests[] = {
    { "all CPUs answer, on stacks of their own", test_all_answer },
    { "all CPUs have the same control registers", test_same_state },
    { "each CPU has its own GDT and TSS", test_own_tables },
    { "one CPU at a time holds the lock", test_lock },
    { "other CPUs forget a translation", test_flush },
    { "a kick arrives", test_kick },
    { "a thread on another CPU is held", test_hold },
    { "the timer of each CPU wakes it", test_timers },
};
const size_t smp_selftest_count =
    sizeof smp_selftests / sizeof smp_selftests[0];
