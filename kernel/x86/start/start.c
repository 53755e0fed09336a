/*
 * From the first instruction to portable C: the canary, the CPU's own
 * tables, and what the loader promised about the CPU's state.
 */
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/lib/bytes.h"
#include "kernel/panic.h"
#include "kernel/start/main.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/ports.h"
#include "kernel/x86/trap.h"

#define IDENTITY_END (1ULL << 32)

_Noreturn void kernel_start(paddr_t info, uint64_t stack, uint64_t tsc,
                            uint64_t flags);

static const char *
state_problem(uint64_t flags)
{
    if ((flags & FLAGS_IF) != 0)
        return "interrupts on";
    if ((flags & FLAGS_DF) != 0)
        return "direction flag set";
    if ((read_cr0() & CR0_WP) == 0)
        return "CR0.WP off";
    if ((rdmsr(MSR_EFER) & EFER_NXE) == 0)
        return "EFER.NXE off";
    return NULL;
}

static _Noreturn __attribute__((noinline)) void
start(const struct arch_entry *entry)
{
    cpu_detect();
    percpu_init_boot();
    trap_init();
    cpu_init();
    ports_init();
    kernel_main(entry);
}

/*
 * No canary here: this function sets it. The lowest byte is zero, so that a
 * runaway string can neither read nor rewrite it.
 */
__attribute__((no_stack_protector)) void
kernel_start(paddr_t info, uint64_t stack, uint64_t tsc, uint64_t flags)
{
    struct arch_entry entry = { info, stack, tsc, state_problem(flags) };
    uint64_t seed = tsc;

    if (info <= IDENTITY_END - sizeof(struct boot_info))
        for (size_t i = 0; i < 4; i++)
            seed ^= le64(((const struct boot_info *)info)->random_seed + i * 8);
    __stack_chk_guard = seed & ~0xFFULL;
    start(&entry);
}
