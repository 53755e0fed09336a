/*
 * Exceptions in words, for the panic page: kernel/x86/trap.h has the
 * contracts.
 */
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/interrupt.h"
#include "kernel/lib/format.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/stack.h"
#include "kernel/x86/trap.h"

static const char *const names[INTERRUPT_FIRST] = {
    "#DE divide error",
    "#DB debug",
    "NMI non-maskable interrupt",
    "#BP break-point",
    "#OF overflow",
    "#BR bound range exceeded",
    "#UD invalid opcode",
    "#NM no FPU available",
    "#DF double fault",
    "coprocessor segment overrun",
    "#TS invalid TSS",
    "#NP segment not present",
    "#SS stack fault",
    "#GP general protection",
    "#PF page fault",
    "reserved exception 15",
    "#MF x87 floating point",
    "#AC alignment check",
    "#MC machine check",
    "#XF SIMD floating point",
    "#VE virtualization",
    "#CP control protection",
    "reserved exception 22",
    "reserved exception 23",
    "reserved exception 24",
    "reserved exception 25",
    "reserved exception 26",
    "reserved exception 27",
    "#HV hypervisor injection",
    "#VC VMM communication",
    "#SX security",
    "reserved exception 31",
};

static void
describe_page_fault(uint64_t error, uint64_t address, char *text, size_t size)
{
    const struct stack *guard = stack_guarded(address);

    format(text, size, "error %04lX: %s %s %016lX, %s%s%s%s", error,
           error & PF_USER ? "user" : "kernel",
           error & PF_FETCH   ? "fetch from"
           : error & PF_WRITE ? "write to"
                              : "read of",
           address,
           error & PF_PRESENT ? "page without that right"
                              : "page not present",
           error & PF_RESERVED ? ", reserved bits" : "",
           guard != NULL ? ", guard of stack " : "",
           guard != NULL ? guard->name : "");
}

/* Error codes of #TS, #NP, #SS and #GP name a selector. */
static void
describe_selector(uint64_t error, char *text, size_t size)
{
    static const char *const tables[] = { "GDT", "IDT", "LDT", "IDT" };

    if (error == 0)
        format(text, size, "error 0000: no selector");
    else
        format(text, size, "error %04lX: %s selector %04lX%s", error,
               tables[error >> 1 & 3], error & 0xFFF8,
               error & 1 ? ", external event" : "");
}

const char *
trap_name(uint64_t vector)
{
    return names[vector];
}

void
trap_describe(const struct trap_frame *frame, char *text, size_t size)
{
    const struct stack *guard = stack_guarded(read_cr2());

    if (frame->vector == TRAP_PF)
        describe_page_fault(frame->error, read_cr2(), text, size);
    else if (frame->vector >= TRAP_TS && frame->vector <= TRAP_GP)
        describe_selector(frame->error, text, size);
    else if (frame->vector == TRAP_DF && guard != NULL)
        format(text, size, "stack overflow: address %016lX, guard of stack %s",
               read_cr2(), guard->name);
    else
        format(text, size, "error %04lX", frame->error);
}

void
arch_print_registers(const struct trap_frame *f)
{
    kprintf("RAX %016lX  RBX %016lX  RCX %016lX\n", f->rax, f->rbx, f->rcx);
    kprintf("RDX %016lX  RSI %016lX  RDI %016lX\n", f->rdx, f->rsi, f->rdi);
    kprintf("RBP %016lX  RSP %016lX  R8  %016lX\n", f->rbp, f->rsp, f->r8);
    kprintf("R9  %016lX  R10 %016lX  R11 %016lX\n", f->r9, f->r10, f->r11);
    kprintf("R12 %016lX  R13 %016lX  R14 %016lX\n", f->r12, f->r13, f->r14);
    kprintf("R15 %016lX  RIP %016lX  CR2 %016lX\n", f->r15, f->rip,
            read_cr2());
    kprintf("CR0 %08lX CR3 %09lX CR4 %06lX EFER %04lX flags %06lX "
            "CS %02lX SS %02lX\n", read_cr0(), read_cr3(), read_cr4(),
            rdmsr(MSR_EFER), f->rflags, f->cs, f->ss);
}
