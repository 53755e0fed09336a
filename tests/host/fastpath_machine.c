/*
 * kernel/x86/context.c and fastpath.c as they are. What user code may not do
 * goes to struct machine: each instruction that is replaced here keeps its
 * name, the hardware's is put aside.
 */
#define wrmsr hardware_wrmsr
#define write_cr3 hardware_write_cr3
#include "kernel/x86/cpu.h"
#undef wrmsr
#undef write_cr3
#define fpu_save hardware_fpu_save
#define fpu_load hardware_fpu_load
#include "kernel/x86/context.h"
#undef fpu_save
#undef fpu_load

#include "kernel/panic.h"
#include "tests/host/fastpath_world.h"

static struct machine *
machine(void)
{
    return &world.machines[world.self];
}

static void
wrmsr(uint32_t number, uint64_t value)
{
    if (number == MSR_FS_BASE)
        machine()->fs_base = value;
}

static void
write_cr3(uint64_t value)
{
    machine()->cr3 = value;
}

/* One register is enough to know whose they are. */
static void
fpu_save(void *area)
{
    *(uint64_t *)area = machine()->fpu;
}

static void
fpu_load(const void *area)
{
    machine()->fpu = *(const uint64_t *)area;
}

#include "kernel/x86/context.c"
#include "kernel/x86/fastpath.c"

#ifdef DEBUG
const bool world_is_debug = true;
#else
const bool world_is_debug = false;
#endif

/* --- what context.c needs and nobody calls here -------------------------- */

uint32_t fpu_components;
bool fpu_by_xsaveopt;
struct cpu_features cpu; /* no PCIDs: test_tlb.c has them */

size_t
arch_thread_fpu_size(void)
{
    return sizeof(uint64_t);
}

void
fpu_clear(void *area)
{
    *(uint64_t *)area = 0;
}

void
syscall_entry(void)
{
    panic("nobody enters here");
}

const uint64_t *
paging_root(void)
{
    return (const uint64_t *)DIRECT_MAP_BASE;
}
