/*
 * The CPUs' own data as each of them begins: kernel/x86/percpu.h has the
 * contracts.
 */
#include "kernel/lib/mem.h"
#include "kernel/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/stack.h"

static struct x86_cpu boot_cpu;

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
    percpu_name(self);
}

void
percpu_load(struct x86_cpu *self)
{
    gdt_init(self);
    wrmsr(MSR_GS_BASE, (uintptr_t)self);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

void
percpu_init_boot(void)
{
    stack_init_boot();
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
