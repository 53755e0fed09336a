/*
 * Starting the other CPUs, one after the other.
 * Source: Intel SDM volume 3A, 9.4.4 (the sequence and its delays), 9.4.3
 * (what the BIOS has done to them before).
 */
#include "kernel/x86/start/smp.h"

#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/entry.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/panic.h"
#include "kernel/start/options.h"
#include "kernel/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ipi.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/start/apic_init.h"
#include "kernel/x86/start/controllers.h"
#include "kernel/x86/timer.h"
#include "kernel/x86/trap.h"

#define LOW_END     0xA0000u /* real-mode start-up code lies below */
#define INIT_DELAY  (10 * NS_PER_MS)
#define START_DELAY 200000u /* ns */
/* One needs some us; an emulator's may have to wait for a busy host. */
#define START_LIMIT NS_PER_SECOND

/* trampoline.asm; the three addresses are relative to it until it is placed. */
struct trampoline_data {
    uint16_t gdt_limit;
    uint32_t gdt;
    uint32_t far32;
    uint16_t far32_selector;
    uint32_t far64;
    uint16_t far64_selector;
    uint16_t padding;
    uint32_t cr3, cr0, efer;
    uint64_t ticket, entry;
} __attribute__((packed));

_Static_assert(sizeof(struct trampoline_data) == 48, "trampoline.asm");

extern const char trampoline[], trampoline_data[], trampoline_end[];

/* Whom the CPU that starts is to be; it takes the ticket as it comes. */
static struct x86_cpu *ticket;
static const char *refusal; /* why it cannot take part */

_Noreturn void
smp_begin(struct x86_cpu *self)
{
    const char *problem;

    percpu_load(self);
    trap_load();
    paging_join();
    problem = cpu_lacks();
    if (problem == NULL && !apic_join(&irq_madt))
        problem = "the same APIC mode";
    if (problem == NULL && apic_id() != self->apic_id)
        problem = "the id that the MADT gives";
    if (problem != NULL) {
        __atomic_store_n(&refusal, problem, __ATOMIC_RELEASE);
        arch_halt();
    }
    cpu_init();
    percpu_add(self);
    cpu_main(&self->local);
}

static bool
has_answered(const struct x86_cpu *other)
{
    return arch_cpu_count() > other->local.number ||
           __atomic_load_n(&refusal, __ATOMIC_ACQUIRE) != NULL;
}

/* Wait, but not longer than for its answer. */
static void
await(const struct x86_cpu *other, uint64_t ns)
{
    uint64_t start = time_now_ns();

    while (!has_answered(other) && time_now_ns() - start < ns)
        arch_pause();
}

/*
 * One that fails gets a last INIT: it waits then, and runs nothing of ours.
 * And another, for it may have begun only now and stand in the trampoline.
 */
static void
start(struct x86_cpu *other, paddr_t page)
{
    refusal = NULL;
    __atomic_store_n(&ticket, other, __ATOMIC_SEQ_CST);
    apic_send_init(other->apic_id);
    await(other, INIT_DELAY);
    apic_send_start(other->apic_id, (uint32_t)(page / PAGE_SIZE));
    await(other, START_DELAY);
    if (__atomic_load_n(&ticket, __ATOMIC_SEQ_CST) != NULL)
        apic_send_start(other->apic_id, (uint32_t)(page / PAGE_SIZE));
    await(other, START_LIMIT);
    if (arch_cpu_count() > other->local.number)
        return;
    __atomic_store_n(&ticket, NULL, __ATOMIC_SEQ_CST);
    apic_send_init(other->apic_id);
    await(other, INIT_DELAY);
    apic_send_init(other->apic_id);
    if (refusal != NULL)
        kprintf("cpu: APIC %u lacks %s and is left out\n", other->apic_id,
                refusal);
    else
        kprintf("cpu: APIC %u does not start and is left out\n",
                other->apic_id);
}

static void
place_trampoline(paddr_t page)
{
    char *to = (char *)page;
    struct trampoline_data *data =
        (void *)(to + (trampoline_data - trampoline));

    paging_low_page(page, LOW_WRITABLE);
    memcpy(to, trampoline, (size_t)(trampoline_end - trampoline));
    data->gdt += (uint32_t)page;
    data->far32 += (uint32_t)page;
    data->far64 += (uint32_t)page;
    data->cr3 = (uint32_t)read_cr3();
    data->cr0 = (uint32_t)read_cr0();
    data->efer = EFER_LME | EFER_NXE;
    data->ticket = (uintptr_t)&ticket;
    data->entry = (uintptr_t)smp_begin;
    paging_low_page(page, LOW_EXECUTABLE);
}

/* The page for it, 0 when the boot record has none to give. */
static paddr_t
low_page(const struct boot_info *info)
{
    paddr_t page = page_up(info->low_base), end = LOW_END;

    if (info->low_length < end - info->low_base)
        end = info->low_base + info->low_length;
    return page != 0 && page < end && end - page >= PAGE_SIZE ? page : 0;
}

static uint32_t
wanted(const struct boot_info *info)
{
    size_t length;
    const char *text = option_find(info->command_line, "cpus", &length);
    uint32_t number = 0;

    if (text == NULL)
        return CPUS_MAX;
    for (size_t i = 0; i < length && number < CPUS_MAX; i++) {
        if (text[i] < '0' || text[i] > '9')
            return CPUS_MAX;
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    return number < CPUS_MAX ? number : CPUS_MAX;
}

static void
start_all(paddr_t page, uint32_t limit)
{
    for (uint32_t i = 0; i < irq_madt.cpu_count; i++) {
        uint32_t id = irq_madt.cpus[i].apic_id, number = arch_cpu_count();
        struct x86_cpu *other;

        if (id == percpu()->apic_id || number >= limit)
            continue;
        if (!apic_reaches(id)) {
            kprintf("cpu: APIC %u needs x2APIC mode and is left out\n", id);
            continue;
        }
        other = percpu_create(number, id);
        if (other == NULL) {
            kprintf("cpu: no memory for the stacks of one more\n");
            return;
        }
        start(other, page);
    }
}

/* NULL, or why there can be only one. */
static const char *
obstacle(paddr_t page)
{
    return !irq_by_apic()      ? "no APIC is in use"
           : timer_used() == TIMER_PIT ? "only the first would have a timer"
           : page == 0         ? "no low memory for start-up code"
                               : NULL;
}

void
arch_start_cpus(const struct boot_info *info)
{
    uint32_t all = irq_madt.cpu_count > 0 ? irq_madt.cpu_count : 1;
    uint32_t limit = wanted(info);
    paddr_t page = low_page(info);
    const char *why = all > 1 && limit > 1 ? obstacle(page) : NULL;

    if (irq_by_apic())
        percpu()->apic_id = apic_id();
    if (all > 1 && limit > 1 && why == NULL) {
        ASSERT(read_cr3() <= UINT32_MAX); /* a 32-bit register gets it */
        ASSERT(ipi_init());
        place_trampoline(page);
        start_all(page, limit);
        paging_low_page(page, LOW_NONE);
    }
    kprintf("cpus: %u of %u started%s%s\n", arch_cpu_count(), all,
            why != NULL ? ": " : "", why != NULL ? why : "");
}
