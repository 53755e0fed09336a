/*
 * The interrupt descriptor table: kernel/x86/trap.h has the contracts.
 */
#include "kernel/x86/cpu.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/trap.h"

#define GATE_INTERRUPT 0x8E00ULL /* present, ring 0, interrupts off */
#define GATE_USER      0x6000ULL /* INT n and INT3 may use it in ring 3 */

static uint64_t idt[TRAP_VECTORS][2] KPTI_ALIGNED;

static void
set_gate(unsigned vector, unsigned ist)
{
    uint64_t stub = (uintptr_t)trap_stubs + vector * TRAP_STUB_SIZE;
    uint64_t type = GATE_INTERRUPT | (vector == TRAP_BP ? GATE_USER : 0);

    idt[vector][0] = (stub & 0xFFFF) | GDT_CODE << 16 | (uint64_t)ist << 32 |
                     type << 32 | (stub >> 16 & 0xFFFF) << 48;
    idt[vector][1] = stub >> 32;
}

void
trap_load(void)
{
    struct descriptor_pointer pointer = { sizeof idt - 1, (uintptr_t)idt };

    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void
trap_init(void)
{
    trap_smap = cpu.smap;
    for (unsigned vector = 0; vector < TRAP_VECTORS; vector++)
        set_gate(vector, vector == TRAP_DF    ? IST_DF
                         : vector == TRAP_NMI ? IST_NMI
                         : vector == TRAP_MC  ? IST_MC
                         : vector == TRAP_DB  ? IST_DB
                                              : IST_NONE);
    trap_load();
    pic_init(IRQ_VECTOR_8259);
}
