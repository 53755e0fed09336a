/*
 * What the FPU, SSE and AVX hold for a thread: saved and loaded at every
 * switch, so that nothing of one thread is ever in reach of another.
 * Source: Intel SDM volume 1, chapter 13 (XSAVE), 10.5 (FXSAVE).
 */
#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"
#include "kernel/x86/context.h"

#define AREA_FCW     0
#define AREA_MXCSR   24
#define FCW_START    0x037Fu /* as after FNINIT */
#define MXCSR_START  0x1F80u

uint32_t fpu_components;
bool fpu_by_xsaveopt;
static size_t area_size;

void
fpu_use(uint32_t components, bool by_xsaveopt, size_t size)
{
    fpu_components = components;
    fpu_by_xsaveopt = by_xsaveopt;
    area_size = size;
}

size_t
arch_thread_fpu_size(void)
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
