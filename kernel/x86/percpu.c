#include "kernel/x86/percpu.h"

#include "kernel/arch.h"
#include "kernel/x86/cpu.h"

static struct x86_cpu *cpus[CPUS_MAX]; /* with those that are starting */
static struct cpu_local *online[CPUS_MAX]; /* those that have come */
static uint32_t count;

void
percpu_name(struct x86_cpu *self)
{
    cpus[self->local.number] = self;
}

void
percpu_add(struct x86_cpu *self)
{
    online[self->local.number] = &self->local;
    __atomic_store_n(&count, self->local.number + 1, __ATOMIC_RELEASE);
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
