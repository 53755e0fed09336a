/*
 * crash=: cause each fault on purpose, so that tests and readers can see the
 * page it leads to. Real faults where ring 0 can have them on a machine in
 * order; the others enter their stub with a frame like the CPU's.
 */
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/panic.h"
#include "kernel/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/ipi.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/test/one_shot.h"
#include "kernel/x86/test/probe.h"
#include "kernel/x86/trap.h"

static void
crash_de(void)
{
    __asm__ volatile("xorl %%ecx, %%ecx; xorl %%edx, %%edx; divl %%ecx"
                     : : : "eax", "ecx", "edx", "cc");
}

static void
crash_db(void)
{
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop"
                     : : : "memory", "cc");
}

static void
crash_bp(void)
{
    __asm__ volatile("int3");
}

/* INTO and BOUND do not exist in 64-bit mode; INT n reaches their gates. */
static void
crash_of(void)
{
    __asm__ volatile("int $4");
}

static void
crash_br(void)
{
    __asm__ volatile("int $5");
}

static void
crash_ud(void)
{
    __asm__ volatile("ud2");
}

static void
crash_nm(void)
{
    write_cr0(read_cr0() | CR0_TS);
    __asm__ volatile("fnop");
}

/* No stack to report on: delivering the page fault faults again. */
static void
crash_df(void)
{
    __asm__ volatile("movq $8, %%rsp; pushq $0" : : : "memory");
}

static void
simulate(enum trap_vector vector, uint64_t error)
{
    trap_simulate(trap_stubs + vector * TRAP_STUB_SIZE, error);
}

static void
crash_ts(void)
{
    simulate(TRAP_TS, GDT_TSS);
}

static void
crash_np(void)
{
    __asm__ volatile("movw %w0, %%fs" : : "r"(GDT_ABSENT));
}

static void
crash_ss(void)
{
    __asm__ volatile("movw %w0, %%ss" : : "r"(GDT_ABSENT));
}

static void
crash_gp(void)
{
    __asm__ volatile("movw %w0, %%fs" : : "r"(0xFFF8));
}

static void
crash_pf(void)
{
    *(volatile uint8_t *)(DEVICE_BASE - PAGE_SIZE) = 1;
}

static void
crash_mf(void)
{
    static const uint16_t all_unmasked = 0x0360;

    __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait"
                     : : "m"(all_unmasked));
}

/* Only ring 3 checks alignment. */
static void
crash_ac(void)
{
    simulate(TRAP_AC, 0);
}

static void
crash_mc(void)
{
    __asm__ volatile("int $18");
}

/* QEMU computes without SIMD exceptions: then the gate alone is shown. */
static void
crash_xf(void)
{
    static const uint32_t all_unmasked = 0x0000;
    static const float one = 1.0f, zero = 0.0f;

    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
    __asm__ volatile("ldmxcsr %0; movss %1, %%xmm0; divss %2, %%xmm0"
                     : : "m"(all_unmasked), "m"(one), "m"(zero));
    __asm__ volatile("int $19");
}

static void
crash_nx(void)
{
    static uint8_t code[] = { 0xC3 }; /* RET */

    __asm__ volatile("call *%0" : : "r"(code) : "memory");
}

static void
crash_wp(void)
{
    *(volatile char *)(uintptr_t)image_start = 0;
}

static uint64_t __attribute__((noinline))
recurse(volatile uint64_t *last)
{
    volatile uint64_t here[32];

    here[0] = *last + 1;
    if (here[0] == 0)
        return 0; /* never, but the compiler cannot know */
    return recurse(here) + here[0];
}

static void
crash_stack(void)
{
    volatile uint64_t start = 0;

    recurse(&start);
}

static void
crash_null(void)
{
    volatile uint8_t *nowhere = NULL;

    __asm__("" : "+r"(nowhere)); /* hidden, or the compiler removes the read */
    (void)*nowhere;
}

static void
crash_canary(void)
{
    char text[16];
    volatile char *p = text;

    __asm__("" : "+r"(p));
    for (int i = 0; i < 24; i++)
        p[i] = 'x';
}

static void
crash_assert(void)
{
    ASSERT(image_start == NULL);
}

/* A frame that is released twice would soon have two owners. */
static void
crash_release(void)
{
    struct account account = { .limit = 1 };
    paddr_t page = frame_take(&account, 0, 0);

    ASSERT(frame_release(&account, page, 0) == 0);
    ASSERT(frame_release(&account, page, 0) == 0);
}

#ifdef DEBUG
/*
 * ubsan-*: what has no defined result, one for each kind that the compiler
 * looks for. The operands are volatile, or it would find them itself.
 */
static volatile int small = -1, large = 0x7FFFFFFF;
static volatile long long lowest = -0x7FFFFFFFFFFFFFFFLL - 1;
static volatile __int128 huge = -((__int128)1 << 126) * 2;
static volatile uint64_t wide = 40, nothing = 0;
static volatile int result;
static uint64_t words[4], *volatile address = words;

static void
ubsan_add(void)
{
    result = large + 1;
}

static void
ubsan_sub(void)
{
    result = -2 - large;
}

static void
ubsan_mul(void)
{
    wide = (uint64_t)(lowest * small);
}

static void
ubsan_negate(void)
{
    huge = -huge;
}

static void
ubsan_divide(void)
{
    wide = (uint64_t)(lowest / small);
}

static void
ubsan_shift(void)
{
    result = 1 << wide;
}

static void
ubsan_bounds(void)
{
    words[wide] = 0;
}

static void
ubsan_null(void)
{
    address = (uint64_t *)nothing;
    wide = *address;
}

static void
ubsan_align(void)
{
    address = (uint64_t *)(void *)((char *)address + 1);
    *address = 0;
}

static void
ubsan_bool(void)
{
    uint8_t byte = (uint8_t)wide;

    result = *(bool *)&byte;
}

static void
ubsan_pointer(void)
{
    address = address + (DIRECT_MAP_BASE >> 4);
}

static void
ubsan_bit(void)
{
    result = __builtin_clzll(nothing);
}

static void
ubsan_unreachable(void)
{
    if (wide == 40)
        __builtin_unreachable();
}

static void
crash_debug(void)
{
    DEBUG_ASSERT(image_start == NULL);
}
#endif

static void
panic_in_timer(void *context)
{
    (void)context;
    panic("in an interrupt");
}

static void
crash_irq(void)
{
    one_shot_set(time_now_ns() + NS_PER_MS, panic_in_timer, NULL);
    arch_idle();
}

static void
panic_here(void)
{
    panic("on another CPU");
}

/* Let CPU 1 do that, if there is one, and see whether this one is stopped. */
static void
crash_elsewhere(void (*crash)(void))
{
    if (percpu_at(1) == NULL)
        return;
    ipi_call = crash;
    apic_send(percpu_at(1)->apic_id, APIC_CALL);
    arch_idle();
}

static void
crash_ap(void)
{
    crash_elsewhere(panic_here);
}

/* All CPUs at the same moment: there is to be one page. */
static void
panic_together(void)
{
    static uint32_t here;

    __atomic_fetch_add(&here, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&here, __ATOMIC_SEQ_CST) < arch_cpu_count())
        arch_pause();
    panic("all together");
}

static void
crash_all(void)
{
    ipi_call = panic_together;
    for (uint32_t i = 1; i < arch_cpu_count(); i++)
        apic_send(percpu_at(i)->apic_id, APIC_CALL);
    arch_interrupts_off();
    panic_together();
}

static void
crash_ap_stack(void)
{
    crash_elsewhere(crash_stack);
}

static const struct {
    const char *name;
    void (*crash)(void);
} crashes[] = {
#ifdef DEBUG
    { "ubsan-add", ubsan_add }, { "ubsan-sub", ubsan_sub },
    { "ubsan-mul", ubsan_mul }, { "ubsan-negate", ubsan_negate },
    { "ubsan-divide", ubsan_divide }, { "ubsan-shift", ubsan_shift },
    { "ubsan-bounds", ubsan_bounds }, { "ubsan-null", ubsan_null },
    { "ubsan-align", ubsan_align }, { "ubsan-bool", ubsan_bool },
    { "ubsan-pointer", ubsan_pointer }, { "ubsan-bit", ubsan_bit },
    { "ubsan-unreachable", ubsan_unreachable }, { "debug", crash_debug },
#endif
    { "de", crash_de }, { "db", crash_db },
    { "bp", crash_bp }, { "of", crash_of }, { "br", crash_br },
    { "ud", crash_ud }, { "nm", crash_nm }, { "df", crash_df },
    { "ts", crash_ts }, { "np", crash_np }, { "ss", crash_ss },
    { "gp", crash_gp }, { "pf", crash_pf }, { "mf", crash_mf },
    { "ac", crash_ac }, { "mc", crash_mc }, { "xf", crash_xf },
    { "nx", crash_nx }, { "wp", crash_wp }, { "stack", crash_stack },
    { "null", crash_null }, { "canary", crash_canary },
    { "assert", crash_assert }, { "release", crash_release },
    { "irq", crash_irq }, { "ap", crash_ap }, { "apstack", crash_ap_stack },
    { "all", crash_all },
};

const char *
arch_crash_name(size_t index)
{
    return index < sizeof crashes / sizeof crashes[0] ? crashes[index].name
                                                      : NULL;
}

bool
arch_crash(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        if (strlen(crashes[i].name) == length &&
            strncmp(crashes[i].name, name, length) == 0) {
            crashes[i].crash();
            return true;
        }
    return false;
}
