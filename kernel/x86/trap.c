#include "kernel/x86/trap.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/entry.h"
#include "kernel/interrupt.h"
#include "kernel/lib/format.h"
#include "kernel/panic.h"
#include "kernel/times.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/ipi.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/stack.h"

#define GATE_INTERRUPT 0x8E00ULL /* present, ring 0, interrupts off */
#define GATE_USER      0x6000ULL /* INT n and INT3 may use it in ring 3 */

static uint64_t idt[TRAP_VECTORS][2] KPTI_ALIGNED;
bool trap_smap;
static uint32_t nmis; /* from the hardware, so far */

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

static void
describe(const struct trap_frame *frame, char *text, size_t size)
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

struct fixup {
    int32_t fault, next, resume; /* each relative to its own place */
};

extern const struct fixup fixup_start[], fixup_end[];

static uint64_t
target(const int32_t *field)
{
    return (uintptr_t)field + (uint64_t)(int64_t)*field;
}

static bool
resume_at(struct trap_frame *frame, uint64_t where)
{
    for (const struct fixup *fixup = fixup_start; fixup < fixup_end; fixup++) {
        if (where != target(&fixup->fault) && where != target(&fixup->next))
            continue;
        frame->rip = target(&fixup->resume);
        frame->rax = TRAP_RESULT(frame->vector, frame->error);
        return true;
    }
    return false;
}

static bool
is_expected(struct trap_frame *frame)
{
    uint64_t rsp = frame->rsp;

    if (resume_at(frame, frame->rip))
        return true;
    /* A call to a page without the right faults there, not at the call. */
    if (frame->vector != TRAP_PF || frame->rip != read_cr2() ||
        !stack_contains(rsp, 8) || !resume_at(frame, *(uint64_t *)rsp))
        return false;
    frame->rsp += 8;
    return true;
}

/*
 * The kernel itself is interrupted while it sleeps, and, as long as it boots
 * and tests itself, anywhere: then it may have the lock already.
 */
static void
take_interrupt(unsigned vector)
{
    bool mine = kernel_lock_is_mine();

    if (!mine)
        kernel_enter(arch_cpu());
    irq_take(vector);
    if (!mine)
        kernel_unlock();
}

/*
 * User code can delay a #DB by MOV SS or POP SS into the first instruction of
 * the kernel's entries (CVE-2018-8897). Nobody misses it.
 */
static bool
is_delayed_debug(struct trap_frame *frame)
{
    uint64_t into = frame->rip - (uintptr_t)trap_stubs;

    if (frame->vector != TRAP_DB ||
        (into >= TRAP_VECTORS * TRAP_STUB_SIZE &&
         frame->rip != (uintptr_t)syscall_entry))
        return false;
    frame->rflags &= ~FLAGS_TF;
    write_dr6(DR6_NONE);
    return true;
}

/*
 * A button, a watchdog, a memory controller: nothing says which, and whatever
 * it was, what was interrupted is sound. It may have been anything, also who
 * prints just now, so that others have to tell of it.
 */
static void
take_nmi(void)
{
    __atomic_fetch_add(&nmis, 1, __ATOMIC_RELAXED);
}

void
trap_tell_nmis(void)
{
    static bool told;
    uint32_t count = __atomic_load_n(&nmis, __ATOMIC_RELAXED);

    if (count == 0 || told)
        return;
    told = true;
    kprintf("NMI: %u so far, from the hardware, which does not say why. "
            "More are not told.\n", count);
}

void
arch_before_sleep(void)
{
    trap_tell_nmis();
}

static void
dispatch(struct trap_frame *frame)
{
    char detail[128];

    if (ipi_take(frame->vector))
        return;
    if (frame->vector == TRAP_NMI) {
        take_nmi();
        return;
    }
    if (frame->vector == TRAP_PANIC)
        panic_page(panic_message(), NULL, frame);
    if (frame->vector >= INTERRUPT_FIRST) {
        take_interrupt((unsigned)frame->vector);
        return;
    }
    if (is_delayed_debug(frame) || is_expected(frame))
        return;
    describe(frame, detail, sizeof detail);
    panic_page(names[frame->vector], detail, frame);
}

void trap_dispatch(struct trap_frame *frame);

/* Asleep, the kernel has interrupts on; some come in user space as well. */
void
trap_dispatch(struct trap_frame *frame)
{
    bool were_on = (frame->rflags & FLAGS_IF) != 0;

    if (were_on)
        times_off();
    dispatch(frame);
    if (were_on)
        times_on();
}

void
arch_trap_panic(void)
{
    __asm__ volatile("int %0" : : "i"(TRAP_PANIC));
    arch_halt();
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
