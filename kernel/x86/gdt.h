/*
 * Segments and the task state. Source: Intel SDM volume 3A, 3.4.5 and 8.7.
 */
#ifndef KERNEL_X86_GDT_H
#define KERNEL_X86_GDT_H

#include <stdint.h>

enum selector {
    GDT_CODE = 0x08,
    GDT_DATA = 0x10,
    GDT_ABSENT = 0x18,    /* never present: what crash=np and crash=ss load */
    GDT_USER_DATA = 0x20, /* SYSRET wants data, then code */
    GDT_USER_CODE = 0x28,
    GDT_TSS = 0x30,       /* sixteen bytes */
    GDT_SIZE = 0x40,
};

#define USER_CS (GDT_USER_CODE | 3u)
#define USER_SS (GDT_USER_DATA | 3u)

/* Interrupt stack table: which stack a gate switches to. */
enum { IST_NONE = 0, IST_DF = 1, IST_NMI = 2, IST_MC = 3, IST_DB = 4 };

#define TSS_SIZE 104

/* Offsets in the 64-bit TSS; without ports, the bitmap is behind the limit. */
#define TSS_RSP0     4
#define TSS_IST1     36
#define TSS_IO_BASE  102
#define TSS_NO_PORTS 0xFFFFu

struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed)); /* the operand of LGDT and LIDT */

struct x86_cpu;

/*
 * Fill that CPU's GDT and TSS and load them, with all segment registers; this
 * is that CPU. No port is allowed to user space yet.
 */
void gdt_init(struct x86_cpu *cpu);

#endif
