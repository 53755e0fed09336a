#include "kernel/x86/percpu.h"

#include "kernel/arch.h"
#include "kernel/lib/mem.h"
#include "kernel/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/stack.h"

static struct x86_cpu boot_cpu;
static struct x86_cpu *cpus[CPUS_MAX]; /* with those that are starting */
static struct cpu_local *online[CPUS_MAX]; /* those that have come */
static uint32_t count;

/* No user instruction runs there yet: it counts as in the kernel. */
static void
fill(struct x86_cpu *self, uint32_t number)
{
    memset(self, 0, sizeof *self);
    self->self = self;
    self->stack_top = stacks[number][STACK_KERNEL].top;
    self->frame_top = self->stack_top;
    self->local.number = number;
    self->bit = 1ULL << number;
    self->local.in_kernel = 1;
    sched_init_cpu(&self->local);
    cpus[number] = self;
}

void
percpu_load(struct x86_cpu *self)
{
    gdt_init(self);
    wrmsr(MSR_GS_BASE, (uintptr_t)self);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

void
percpu_add(struct x86_cpu *self)
{
    online[self->local.number] = &self->local;
    __atomic_store_n(&count, self->local.number + 1, __ATOMIC_RELEASE);
}

void
percpu_init_boot(void)
{
    fill(&boot_cpu, 0);
    percpu_load(&boot_cpu);
    percpu_add(&boot_cpu);
}

struct x86_cpu *
percpu_create(uint32_t number, uint32_t apic_id)
{
    struct x86_cpu *self = stack_create(number, sizeof *self);

    if (self == NULL || !kpti_show_cpu(self))
        return NULL;
    fill(self, number);
    self->apic_id = apic_id;
    return self;
}

struct x86_cpu *
percpu_at(uint32_t number)
{
    return number < arch_cpu_count() ? cpus[number] : NULL;
}

uint32_t
arch_cpu_number(void)
{
    uint64_t base = rdmsr(MSR_GS_BASE);

    for (uint32_t i = 0; i < CPUS_MAX; i++)
        if ((uintptr_t)cpus[i] == base)
            return i;
    return 0;
}

struct cpu_local *
arch_cpu(void)
{
    return &percpu()->local;
}

struct cpu_local *
arch_cpu_at(uint32_t number)
{
    return online[number];
}

uint32_t
arch_cpu_count(void)
{
    return __atomic_load_n(&count, __ATOMIC_ACQUIRE);
}
