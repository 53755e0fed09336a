/*
 * What the FPU, SSE and AVX hold for a thread: saved and loaded at every
 * switch, so that nothing of one thread is ever in reach of another.
 * Source: Intel SDM volume 1, chapter 13 (XSAVE), 10.5 (FXSAVE).
 */
#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"
#include "kernel/x86/context.h"
#include "kernel/x86/cpu.h"

#define XCR0_X87    0x01u
#define XCR0_SSE    0x02u
#define XCR0_AVX    0x04u
#define XCR0_AVX512 0xE0u /* all three parts or none */

#define FXSAVE_SIZE  512u
#define AREA_FCW     0
#define AREA_MXCSR   24
#define FCW_START    0x037Fu /* as after FNINIT */
#define MXCSR_START  0x1F80u

uint32_t fpu_components;
bool fpu_by_xsaveopt;
static size_t area_size = FXSAVE_SIZE;

static uint32_t
choose_components(void)
{
    uint32_t out[4], chosen = XCR0_X87 | XCR0_SSE;

    cpuid(0xD, 0, out);
    if ((out[0] & XCR0_AVX) == 0)
        return chosen;
    chosen |= XCR0_AVX;
    if ((out[0] & XCR0_AVX512) == XCR0_AVX512)
        chosen |= XCR0_AVX512;
    return chosen;
}

/* CR4 allows both kinds already: cpu_wanted_cr4(). */
void
fpu_init(void)
{
    uint32_t out[4];

    if (!cpu.xsave)
        return;
    if (fpu_components == 0) {
        fpu_components = choose_components(); /* all CPUs have the same */
        fpu_by_xsaveopt = cpu.xsaveopt;
    }
    __asm__ volatile("xsetbv" : : "a"(fpu_components), "d"(0), "c"(0));
    cpuid(0xD, 0, out); /* the size is that of what was just switched on */
    area_size = (out[1] + 63) & ~63ULL;
}

size_t
fpu_size(void)
{
    return area_size;
}

/* Zeros in XSAVE's header say that every register is as after a reset. */
void
fpu_clear(void *area)
{
    memset(area, 0, area_size);
    put_le16((uint8_t *)area + AREA_FCW, FCW_START);
    put_le32((uint8_t *)area + AREA_MXCSR, MXCSR_START);
}
