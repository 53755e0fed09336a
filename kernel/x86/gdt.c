#include "kernel/x86/gdt.h"

#include "kernel/lib/bytes.h"
#include "kernel/x86/stack.h"

#define CODE64       0x00AF9B000000FFFFULL /* L, present, ring 0, accessed */
#define DATA         0x00CF93000000FFFFULL
#define DATA_ABSENT  0x00CF13000000FFFFULL
#define TSS64        0x0000890000000000ULL /* available 64-bit TSS */

/* Offsets in the 64-bit TSS. */
#define TSS_RSP0    4
#define TSS_IST1    36
#define TSS_IO_BASE 102

static uint64_t gdt[GDT_SIZE / 8];
static uint8_t tss[TSS_SIZE];

void gdt_load(const struct descriptor_pointer *pointer, uint64_t code,
              uint64_t data);

static void
fill_tss(void)
{
    static const int order[] = { STACK_DF, STACK_NMI, STACK_MC };

    put_le64(tss + TSS_RSP0, (uintptr_t)stacks[STACK_BOOT].top);
    for (int i = 0; i < 3; i++)
        put_le64(tss + TSS_IST1 + 8 * i, (uintptr_t)stacks[order[i]].top);
    put_le16(tss + TSS_IO_BASE, TSS_SIZE); /* no bitmap: no port allowed */
}

void
gdt_init(void)
{
    struct descriptor_pointer pointer = { sizeof gdt - 1, (uintptr_t)gdt };
    uint64_t base = (uintptr_t)tss;

    fill_tss();
    gdt[GDT_CODE / 8] = CODE64;
    gdt[GDT_DATA / 8] = DATA;
    gdt[GDT_ABSENT / 8] = DATA_ABSENT;
    gdt[GDT_TSS / 8] = TSS64 | (TSS_SIZE - 1) | (base & 0xFFFFFF) << 16 |
                       (base >> 24 & 0xFF) << 56;
    gdt[GDT_TSS / 8 + 1] = base >> 32;
    gdt_load(&pointer, GDT_CODE, GDT_DATA);
    __asm__ volatile("ltr %w0" : : "r"(GDT_TSS) : "memory");
}
