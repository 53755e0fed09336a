/*
 * From one thread to another: what arch_switch() (context.c) and the fast path
 * (fastpath.c) do, inline, for the latter counts every instruction.
 */
#ifndef KERNEL_X86_SWITCH_H
#define KERNEL_X86_SWITCH_H

#include "kernel/lib/bytes.h"
#include "kernel/process.h"
#include "kernel/vm.h"
#include "kernel/x86/context.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/percpu.h"

/* bit is self->bit, set before the first translation is cached. */
static inline void
switch_to_space(struct x86_cpu *self, struct space *to, uint64_t bit)
{
    struct arch_space *next = space_arch(to);

    next->cpus |= bit;
    self->local.space = to;
    kpti_forget(self);
    if (__builtin_expect(cpu.pcid, false))
        write_cr3(tag_load(&self->tags, next));
    else
        write_cr3(next->root);
}

/* One is loaded already, so it has the bit. */
static inline void
switch_space(struct x86_cpu *self, struct space *to)
{
    uint64_t bit = self->bit;

    space_arch(self->local.space)->cpus ^= bit;
    switch_to_space(self, to, bit);
}

/*
 * XSAVEOPT leaves out what has not changed since the area was loaded: whoever
 * changes an area in memory loads it before it is saved to again. All bits of
 * the mask stand for all of XCR0.
 */
static inline void
switch_fpu(struct thread *from, struct thread *to)
{
    if (__builtin_expect(fpu_by_xsaveopt, true)) {
        __asm__ volatile("xsaveopt64 %0\n\txrstor64 %1"
                         : "+m"(*(char *)thread_fpu(from))
                         : "m"(*(char *)thread_fpu(to)), "a"(-1), "d"(-1)
                         : "memory");
    } else {
        fpu_save(thread_fpu(from));
        fpu_load(thread_fpu(to));
    }
}

/*
 * User code may have loaded the selector and thereby cleared the base: so
 * another thread's base is always written.
 */
static inline void
switch_fs(struct x86_cpu *self, uint64_t base)
{
    self->fs_base = base;
    wrmsr(MSR_FS_BASE, base);
}

static inline void
switch_frame_top(struct x86_cpu *self, char *top)
{
    self->frame_top = top;
#ifndef KPTI
    put_le64(self->tss + TSS_RSP0, (uintptr_t)top);
#endif
}

/* I/O ports of that process: open if its bitmap is the one copied here. */
void switch_ports(struct x86_cpu *self, const struct process *process);

/* Registers of both are in their frames; from's space is loaded. */
static inline void
switch_threads(struct x86_cpu *self, struct thread *from, struct thread *to)
{
    const struct process *process = to->process;
    uint16_t number = (uint16_t)self->local.number;

    if (process->space != self->local.space)
        switch_space(self, process->space);
    switch_fpu(from, to);
    from->on_cpu = -1;
    to->on_cpu = (int16_t)number;
    to->last_cpu = number;
    self->local.current = to;
    switch_fs(self, to->fs_base);
    switch_frame_top(self, (char *)(frame_of(to) + 1));
    if (process->ports != NULL || self->ports_open)
        switch_ports(self, process);
}

#endif
