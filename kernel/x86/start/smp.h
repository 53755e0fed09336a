/*
 * The other CPUs: kernel/arch.h has arch_start_cpus().
 */
#ifndef KERNEL_X86_START_SMP_H
#define KERNEL_X86_START_SMP_H

#include "kernel/x86/percpu.h"

/* Where the trampoline ends: that CPU, on its own stack. */
_Noreturn void smp_begin(struct x86_cpu *self);

#endif
