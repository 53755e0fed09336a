#include "kernel/x86/gdt.h"

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/stack.h"

#define CODE64       0x00AF9B000000FFFFULL /* L, present, ring 0, accessed */
#define DATA         0x00CF93000000FFFFULL
#define DATA_ABSENT  0x00CF13000000FFFFULL
#define RING3        0x0000600000000000ULL
#define TSS64        0x0000890000000000ULL /* available 64-bit TSS */

/* The bitmap counts, but TSS_IO_BASE starts by pointing behind it. */
#define TSS_ALL (TSS_SIZE + sizeof((struct x86_cpu *)0)->ports)

_Static_assert(offsetof(struct x86_cpu, ports) ==
                   offsetof(struct x86_cpu, tss) + TSS_SIZE,
               "the I/O bitmap follows the TSS");
_Static_assert(TSS_ALL - 1 <= UINT16_MAX, "the limit fits");

void gdt_load(const struct descriptor_pointer *pointer, uint64_t code,
              uint64_t data);

static void
fill_tss(struct x86_cpu *cpu)
{
    static const int order[] = { STACK_DF, STACK_NMI, STACK_MC,
                                 STACK_DB };
    const struct stack *own = stacks[cpu->local.number];

    memset(cpu->tss, 0, sizeof cpu->tss);
    put_le64(cpu->tss + TSS_RSP0, (uintptr_t)cpu->frame_top);
    for (int i = 0; i < 4; i++)
        put_le64(cpu->tss + TSS_IST1 + 8 * i, (uintptr_t)own[order[i]].top);
    put_le16(cpu->tss + TSS_IO_BASE, TSS_NO_PORTS);
    memset(cpu->ports, 0xFF, sizeof cpu->ports);
    kpti_fill_stacks(cpu);
}

void
gdt_init(struct x86_cpu *cpu)
{
    struct descriptor_pointer pointer = { sizeof cpu->gdt - 1,
                                          (uintptr_t)cpu->gdt };
    uint64_t base = (uintptr_t)cpu->tss;

    fill_tss(cpu);
    cpu->gdt[0] = 0;
    cpu->gdt[GDT_CODE / 8] = CODE64;
    cpu->gdt[GDT_DATA / 8] = DATA;
    cpu->gdt[GDT_ABSENT / 8] = DATA_ABSENT;
    cpu->gdt[GDT_USER_DATA / 8] = DATA | RING3;
    cpu->gdt[GDT_USER_CODE / 8] = CODE64 | RING3;
    cpu->gdt[GDT_TSS / 8] = TSS64 | (TSS_ALL - 1) | (base & 0xFFFFFF) << 16 |
                            (base >> 24 & 0xFF) << 56;
    cpu->gdt[GDT_TSS / 8 + 1] = base >> 32;
    gdt_load(&pointer, GDT_CODE, GDT_DATA);
    __asm__ volatile("ltr %w0" : : "r"(GDT_TSS) : "memory");
    /* After a reset there is an LDT at 0, and user code may name it. */
    __asm__ volatile("lldt %w0" : : "r"(0) : "memory");
}
