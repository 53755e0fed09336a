/*
 * Ring 3 without processes: a page of code and a page of stack, and threads
 * that are run until they fault. Interrupts stay off there.
 */
#include "kernel/test/selftest.h"

#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/vm.h"
#include "kernel/x86/context.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/test/probe.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/usermode.h"

#define CODE  0x400000ULL
#define STACK (CODE + PAGE_SIZE)
#define TOP   (STACK + PAGE_SIZE)

#define PTE_USER_ALL  (PTE_PRESENT | PTE_WRITE | PTE_USER)
#define PTE_USER_CODE (PTE_PRESENT | PTE_USER)

/* What a fault by user code at most of the kernel's pages says. */
#ifdef KPTI
#define KPTI_PRESENT 0
#else
#define KPTI_PRESENT PF_PRESENT
#endif

#define FPU_MAX 4096

/* Leave the test for user space, and come back from the fault's handler. */
void user_enter(struct thread *thread);
_Noreturn void user_back(void);
void user_spy(void);
extern uint64_t user_spied;

/*
 * What user code makes the kernel do runs on the stack below the test's.
 * user_spy stands in for syscall_entry and looks at the flags first; with KPTI
 * it has to load the kernel's tables for that, by LEA, which changes no flag.
 */
#ifdef KPTI
#define SPY_ENTER ".pushsection .entry.text, \"ax\"\n" \
                  ".balign 4096\n" \
                  "user_spy:\n" \
                  "swapgs; mov %rsp, %gs:8\n" \
                  "mov %cr3, %rsp; lea -0x1000(%rsp), %rsp\n" \
                  "mov %rsp, %cr3\n"
#define SPY_LEAVE "mov %cr3, %rsp; lea 0x1000(%rsp), %rsp\n" \
                  "mov %rsp, %cr3\n" \
                  "mov %gs:8, %rsp; swapgs\n" \
                  "jmp syscall_entry\n" \
                  ".popsection\n"
#else
#define SPY_ENTER "user_spy:\n" \
                  "mov %rsp, user_rsp(%rip)\n"
#define SPY_LEAVE "mov user_rsp(%rip), %rsp\n" \
                  "jmp syscall_entry\n"
#endif

__asm__(".text\n"
        "user_enter:\n"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "push %gs:16\n"
        "mov %rsp, user_saved(%rip)\n"
        "lea -256(%rsp), %rax\n"
        "and $-16, %rax\n"
        "mov %rax, %gs:16\n"
        "jmp arch_resume\n"
        "user_back:\n"
        "mov user_saved(%rip), %rsp\n"
        "pop %gs:16\n"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "ret\n"
        SPY_ENTER
        "lea user_spy_top(%rip), %rsp\n"
        "pushfq; pop user_spied(%rip)\n"
        SPY_LEAVE
        ".bss\n"
        ".balign 8\n"
        "user_saved: .skip 8\n"
        "user_rsp: .skip 8\n"
        "user_spied: .skip 8\n"
        ".skip 16\n"
        "user_spy_top: .skip 8\n"
        ".text\n");

/* What runs in ring 3: each piece ends in a fault. */
extern const char user_code[], user_code_end[];
#define PIECE(name, code) \
    extern const char name[]; \
    __asm__(".pushsection .rodata\n" #name ": " code "\n.popsection")

__asm__(".pushsection .rodata\n.balign 16\nuser_code:\n.popsection");
PIECE(user_null, "syscall; int3");
PIECE(user_flags, "popfq; syscall; int3");
PIECE(user_step, "popfq; mov %ebx, %ss; syscall; nop; nop; int3");
PIECE(user_int3, "int3");
PIECE(user_icebp, ".byte 0xF1"); /* INT1: clang 14 has no name for it */
PIECE(user_ud2, "ud2");
PIECE(user_div, "div %rcx");
PIECE(user_hlt, "hlt");
PIECE(user_cli, "cli");
PIECE(user_int80, "int $0x80");
PIECE(user_panic, "int $64");
PIECE(user_rdmsr, "rdmsr");
PIECE(user_cr3, "mov %cr3, %rax");
PIECE(user_swapgs, "swapgs");
PIECE(user_wrgsbase, "wrgsbase %rax");
PIECE(user_out, "out %al, %dx; int3");
PIECE(user_read, "mov (%rax), %rcx; int3");
PIECE(user_write, "mov %rcx, (%rax); int3");
PIECE(user_jump, "jmp *%rax");
PIECE(user_fetch, "jmp *%rsp");
PIECE(user_unaligned, "popfq; mov 1(%rsp), %rcx; int3");
PIECE(user_fs, "mov %fs:0, %rax; int3");
PIECE(user_fs_clear, "mov %eax, %fs; int3");
PIECE(user_sse_load, "fninit; fld1; fldpi\n"
                     "movq %rax, %xmm0; movq %rax, %xmm15\n"
                     "mov $0x5F80, %ecx; mov %rcx, -8(%rsp)\n"
                     "ldmxcsr -8(%rsp); int3");
PIECE(user_sse_read, "movq %xmm0, %rax; movq %xmm15, %rbx\n"
                     "stmxcsr -8(%rsp); mov -8(%rsp), %ecx\n"
                     "fnstsw -16(%rsp); movzwl -16(%rsp), %edx; int3");
PIECE(user_ret, "ret");
PIECE(user_avx_load, "movq %rax, %xmm7\n"
                     "vinsertf128 $1, %xmm7, %ymm7, %ymm7; int3");
PIECE(user_avx_read, "vextractf128 $1, %ymm7, %xmm6\n"
                     "movq %xmm6, %rax; int3");
__asm__(".pushsection .rodata\nuser_code_end:\n.popsection");

static struct account account = { .limit = ACCOUNT_UNLIMITED };
static struct process process = { .id = UINT64_MAX };
static struct process other = { .id = UINT64_MAX - 1 };
static struct arch_space tables;
static struct {
    struct thread thread;
    uint8_t fpu[FPU_MAX] __attribute__((aligned(THREAD_FPU_ALIGNMENT)));
} both[2];
static uint64_t words[SYS_WORDS];
static uint64_t *stack_page;

static void
caught(const uint64_t fault[SYS_WORDS])
{
    memcpy(words, fault, sizeof words);
    user_back();
}

static uint64_t
address_of(const char *piece)
{
    return CODE + (uint64_t)(piece - user_code);
}

static struct trap_frame *
prepare(struct thread *thread, const char *piece)
{
    struct trap_frame *frame = frame_of(thread);

    arch_thread_init(thread, address_of(piece), TOP - 64, 0);
    frame->rflags = FLAGS_FIXED;
    return frame;
}

static void
run(struct thread *thread)
{
    bool were_on = arch_interrupts_off();

    memset(words, 0xFF, sizeof words);
    arch_switch(arch_cpu(), thread);
    context_load_ports(percpu()); /* an #GP would, without the probe */
    usermode_probe = caught;
    user_enter(thread);
    usermode_probe = NULL;
    arch_switch(arch_cpu(), NULL);
    arch_interrupts_restore(were_on);
}

static bool
ended(uint64_t vector, uint64_t error, const char *piece, uint64_t offset)
{
    return words[SYS_FAULT_VECTOR] == vector &&
           words[SYS_FAULT_ERROR] == error &&
           words[SYS_FAULT_RIP] == address_of(piece) + offset;
}

/*
 * Code and stack in slot 0 of the kernel's own tables, for a while: those are
 * the threads' space, a new one each time.
 */
static bool
with_pages(bool (*test)(void))
{
    uint64_t *root = phys_to_virt(read_cr3() & ~0xFFFULL), *table;
    paddr_t frames = frame_take(&account, 3, FRAME_ZEROED);
    bool passed;

    if (frames == 0)
        return false;
    for (unsigned i = 0; i < 3; i++) {
        table = phys_to_virt(frames + i * PAGE_SIZE);
        table[i == 1 ? CODE >> 21 : 0] =
            (frames + (i + 1) * PAGE_SIZE) |
            (i == 2 ? PTE_USER_CODE : PTE_USER_ALL);
    }
    table[1] = (frames + 4 * PAGE_SIZE) | PTE_USER_ALL | PTE_NX;
    memcpy(phys_to_virt(frames + 3 * PAGE_SIZE), user_code,
           (size_t)(user_code_end - user_code));
    stack_page = phys_to_virt(frames + 4 * PAGE_SIZE);
    tables = (struct arch_space){ .root = read_cr3() & ~0xFFFULL };
    process.space = other.space = (struct space *)(void *)&tables;
    for (unsigned i = 0; i < 2; i++) {
        both[i].thread.process = &process;
        both[i].thread.on_cpu = -1;
    }
    root[0] = frames | PTE_USER_ALL;
    kpti_share(root);
    passed = arch_thread_fpu_size() <= FPU_MAX && test();
    root[0] = 0;
    kpti_share(root);
    write_cr3(read_cr3());
    return frame_release(&account, frames, 3) == 0 && passed;
}

static bool
null_call(void)
{
    struct trap_frame *f = prepare(&both[0].thread, user_null);

    f->rdi = f->rsi = f->rdx = f->r10 = f->r8 = f->r9 = f->rcx = 0xDEAD;
    f->r11 = 0xDEAD;
    f->rbx = 1;
    f->rbp = 2;
    f->r12 = 3;
    f->r13 = 4;
    f->r14 = 5;
    f->r15 = 6;
    run(&both[0].thread);
    return ended(TRAP_BP, 0, user_null, 3) && f->rsp == TOP - 64 &&
           (f->rax | f->rdi | f->rsi | f->rdx | f->r10 | f->r8 | f->r9) == 0 &&
           f->rbx == 1 && f->rbp == 2 && f->r12 == 3 && f->r13 == 4 &&
           f->r14 == 5 && f->r15 == 6 && f->rcx == address_of(user_null) + 2 &&
           f->r11 == FLAGS_FIXED;
}

/* A thread may go on that was not the last one to enter. */
static bool
sysret(void)
{
    struct trap_frame *f = prepare(&both[0].thread, user_int3), as_set;
    uint64_t *registers = (uint64_t *)f;

    for (uint64_t i = 0; i < 15; i++)
        registers[i] = 100 + i;
    f->vector = FRAME_SYSCALL;
    f->rflags |= FLAGS_DF;
    as_set = *f;
    as_set.rcx = as_set.rip;
    as_set.r11 = as_set.rflags;
    run(&both[0].thread);
    return ended(TRAP_BP, 0, user_int3, 1) &&
           memcmp(f, &as_set, offsetof(struct trap_frame, vector)) == 0 &&
           memcmp(&f->cs, &as_set.cs, 4 * 8) == 0;
}

static bool
flags(void)
{
    const uint64_t all = FLAGS_USER | FLAGS_NT | FLAGS_FIXED;
    struct trap_frame *f = prepare(&both[0].thread, user_flags);

    stack_page[(TOP - 64 - STACK) / 8] = all;
    wrmsr(MSR_LSTAR, (uintptr_t)user_spy);
    run(&both[0].thread);
    wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
    return ended(TRAP_BP, 0, user_flags, 4) && user_spied == FLAGS_FIXED &&
           f->rflags == all && f->rsp == TOP - 56 &&
           (~rdmsr(MSR_FMASK) & (FLAGS_IF | FLAGS_TF)) == 0;
}

void trap_dispatch(struct trap_frame *frame);

static bool
is_forgiven(uintptr_t rip)
{
    struct trap_frame frame = { .vector = TRAP_DB, .rip = rip,
                                .cs = GDT_CODE, .rflags = FLAGS_TF };

    trap_dispatch(&frame);
    return frame.rip == rip && frame.rflags == 0;
}

/*
 * MOV SS puts the trap off until SYSCALL is done; it hits ring 3 afterwards.
 * Where it hits the kernel's first instruction, that goes on.
 */
static bool
single_step(void)
{
    struct trap_frame *f = prepare(&both[0].thread, user_step);

    stack_page[(TOP - 64 - STACK) / 8] = FLAGS_TF | FLAGS_FIXED;
    f->rbx = GDT_USER_DATA | 3;
    run(&both[0].thread);
    if (words[SYS_FAULT_VECTOR] != TRAP_DB)
        return false;
    f->rflags &= ~FLAGS_TF;
    f->rip = address_of(user_null);
    run(&both[0].thread);
    if (!ended(TRAP_BP, 0, user_null, 3) ||
        !is_forgiven((uintptr_t)syscall_entry) ||
        !is_forgiven((uintptr_t)trap_stubs + TRAP_BP * TRAP_STUB_SIZE))
        return false;
    prepare(&both[0].thread, user_icebp);
    run(&both[0].thread);
    return ended(TRAP_DB, 0, user_icebp, 1) ||
           ended(TRAP_UD, 0, user_icebp, 0); /* QEMU does not have it */
}

static bool
faults(void)
{
    static const struct {
        const char *piece;
        uint64_t vector, error, offset;
    } list[] = {
        { user_int3, TRAP_BP, 0, 1 },
        { user_ud2, TRAP_UD, 0, 0 },
        { user_div, TRAP_DE, 0, 0 },
        { user_hlt, TRAP_GP, 0, 0 },
        { user_cli, TRAP_GP, 0, 0 },
        { user_rdmsr, TRAP_GP, 0, 0 },
        { user_cr3, TRAP_GP, 0, 0 },
        { user_swapgs, TRAP_GP, 0, 0 },
        { user_wrgsbase, TRAP_UD, 0, 0 },
        { user_out, TRAP_GP, 0, 0 },
    };

    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        prepare(&both[0].thread, list[i].piece)->rdx = 0x80;
        both[0].thread.id = 1000 + i;
        run(&both[0].thread);
        if (!ended(list[i].vector, list[i].error, list[i].piece,
                   list[i].offset) ||
            words[SYS_FAULT_THREAD] != 1000 + i ||
            words[SYS_FAULT_RSP] != TOP - 64)
            return false;
    }
    return true;
}

/* The error code names the gate; QEMU counts them by 16 bytes, not 8. */
static bool
is_refused(const char *piece, uint64_t gate)
{
    prepare(&both[0].thread, piece);
    run(&both[0].thread);
    return ended(TRAP_GP, gate * 8 + 2, piece, 0) ||
           ended(TRAP_GP, gate * 16 + 2, piece, 0);
}

static bool
gates(void)
{
    return is_refused(user_int80, 0x80) && is_refused(user_panic, TRAP_PANIC);
}

static bool
page_fault(const char *piece, uint64_t address, uint64_t error)
{
    prepare(&both[0].thread, piece)->rax = address;
    run(&both[0].thread);
    return words[SYS_FAULT_VECTOR] == TRAP_PF &&
           words[SYS_FAULT_ERROR] == (error | PF_USER) &&
           words[SYS_FAULT_ADDRESS] == address;
}

static bool
page_faults(void)
{
    uint64_t kernel = (uintptr_t)&process, entry = (uintptr_t)syscall_entry;

    return page_fault(user_read, 0, 0) &&
           page_fault(user_read, TOP, 0) &&
           page_fault(user_write, TOP, PF_WRITE) &&
           page_fault(user_read, entry, PF_PRESENT) &&
           page_fault(user_write, entry, PF_PRESENT | PF_WRITE) &&
           page_fault(user_read, kernel, KPTI_PRESENT) &&
           page_fault(user_write, kernel, KPTI_PRESENT | PF_WRITE) &&
           page_fault(user_write, CODE, PF_PRESENT | PF_WRITE) &&
           page_fault(user_jump, TOP, PF_FETCH) &&
           page_fault(user_fetch, TOP - 64, PF_FETCH | PF_PRESENT);
}

/* Whether the CPU finds out before the jump or after: IRETQ must not. */
static bool
wild_jump(void)
{
    prepare(&both[0].thread, user_jump)->rax = 1ULL << 47;
    run(&both[0].thread);
    if (words[SYS_FAULT_VECTOR] != TRAP_GP ||
        frame_of(&both[0].thread)->rip > SYS_USER_END)
        return false;
    frame_of(&both[0].thread)->rax = 1ULL << 63 | 1;
    run(&both[0].thread);
    return words[SYS_FAULT_VECTOR] == TRAP_GP ||
           words[SYS_FAULT_VECTOR] == TRAP_PF;
}

/* QEMU does not check it. */
static bool
alignment(void)
{
    prepare(&both[0].thread, user_unaligned);
    stack_page[(TOP - 64 - STACK) / 8] = FLAGS_AC | FLAGS_FIXED;
    run(&both[0].thread);
    return ended(TRAP_AC, 0, user_unaligned, 1) ||
           ended(TRAP_BP, 0, user_unaligned, 7);
}

static bool
can_output(struct thread *thread, uint16_t port)
{
    prepare(thread, user_out)->rdx = port;
    run(thread);
    return ended(TRAP_BP, 0, user_out, 2);
}

/* Port 80h shows a byte to who looks; its neighbor is not asked for. */
static bool
ports(void)
{
    static uint8_t bitmap[8192], others[8192];
    bool passed;

    memset(bitmap, 0xFF, sizeof bitmap);
    memset(others, 0xFF, sizeof others);
    other.ports = others;
    bitmap[0x80 / 8] &= (uint8_t)~1u;
    process.ports = bitmap;
    both[1].thread.process = &other;
    passed = can_output(&both[0].thread, 0x80) && !can_output(&both[0].thread, 0x81) &&
             !can_output(&both[0].thread, 0xFFFF) &&
             !can_output(&both[1].thread, 0x80) && can_output(&both[0].thread, 0x80);
    bitmap[0x80 / 8] = 0xFF;
    arch_load_ports(arch_cpu(), NULL); /* there is a newer version */
    passed &= !can_output(&both[0].thread, 0x80);
    process.ports = NULL;
    return passed && !can_output(&both[0].thread, 0x80);
}

static bool
fs_base(void)
{
    struct trap_frame *f;

    stack_page[0] = 0x1234567890ABCDEF;
    for (int i = 0; i < 2; i++) {
        f = prepare(&both[0].thread, user_fs);
        arch_thread_set_tls(&both[0].thread, STACK);
        run(&both[0].thread);
        if (!ended(TRAP_BP, 0, user_fs, 10) || f->rax != stack_page[0])
            return false;
        prepare(&both[1].thread, user_fs_clear)->rax = GDT_USER_DATA | 3;
        arch_thread_set_tls(&both[1].thread, STACK);
        run(&both[1].thread);
    }
    return page_fault(user_fs, 0, 0); /* prepared anew it has none */
}

static bool
registers(void)
{
    struct sys_registers r = { .rip = CODE, .rsp = TOP, .rax = 7 }, bad = r;
    struct thread *t = &both[0].thread;

    prepare(t, user_null);
    bad.rip = 1ULL << 47;
    if (arch_thread_set(t, &bad) != ERR_ARGUMENT)
        return false;
    bad.rip = SYS_USER_END;
    if (arch_thread_set(t, &bad) != ERR_ARGUMENT)
        return false;
    bad.rip = UINT64_MAX;
    if (arch_thread_set(t, &bad) != ERR_ARGUMENT)
        return false;
    bad = r;
    bad.rsp = SYS_USER_END + 1;
    if (arch_thread_set(t, &bad) != ERR_ARGUMENT)
        return false;
    bad = r;
    bad.fs_base = SYS_USER_END;
    if (arch_thread_set(t, &bad) != ERR_ARGUMENT)
        return false;
    r.rflags = UINT64_MAX;
    if (arch_thread_set(t, &r) != 0 || frame_of(t)->cs != (GDT_USER_CODE | 3) ||
        frame_of(t)->rflags != (FLAGS_USER | FLAGS_FIXED | FLAGS_IF))
        return false;
    arch_thread_get(t, &bad);
    return bad.rip == CODE && bad.rsp == TOP && bad.rax == 7;
}

static bool
sse_is(struct thread *thread, uint64_t value, uint64_t mxcsr, uint64_t top)
{
    struct trap_frame *f = frame_of(thread);

    f->rip = address_of(user_sse_read);
    run(thread);
    return words[SYS_FAULT_VECTOR] == TRAP_BP && f->rax == value &&
           f->rbx == value && f->rcx == mxcsr && (f->rdx >> 11 & 7) == top;
}

/* Two threads never see each other's registers; a new one sees zeros. */
static bool
fpu_state(void)
{
    for (unsigned i = 0; i < 2; i++)
        prepare(&both[i].thread, user_sse_load)->rax = 0x1111111111111111 * (i + 1);
    run(&both[0].thread);
    prepare(&both[1].thread, user_sse_load);
    if (!sse_is(&both[1].thread, 0, 0x1F80, 0))
        return false;
    prepare(&both[1].thread, user_sse_load)->rax = 0x2222222222222222;
    run(&both[1].thread);
    if (!sse_is(&both[0].thread, 0x1111111111111111, 0x5F80, 6) ||
        !sse_is(&both[1].thread, 0x2222222222222222, 0x5F80, 6))
        return false;
    arch_thread_copy(&both[1].thread, &both[0].thread);
    return sse_is(&both[1].thread, 0x1111111111111111, 0x5F80, 6);
}

static bool
avx_state(void)
{
    uint32_t out[4];
    bool has_avx;

    cpuid(1, 0, out);
    has_avx = (out[2] >> 28 & 1) != 0;
    if ((read_cr4() & CR4_OSXSAVE) == 0)
        return !cpu.xsave;
    for (uint64_t i = 0; i < 2; i++) {
        prepare(&both[i].thread, user_avx_load)->rax = 77 + i;
        run(&both[i].thread);
    }
    if (words[SYS_FAULT_VECTOR] == TRAP_UD)
        return !has_avx;
    for (uint64_t i = 0; i < 2; i++) {
        frame_of(&both[i].thread)->rip = address_of(user_avx_read);
        run(&both[i].thread);
        if (words[SYS_FAULT_VECTOR] != TRAP_BP ||
            frame_of(&both[i].thread)->rax != 77 + i)
            return false;
    }
    return true;
}

/* --- what ring 0 may do with the pages of ring 3 ---------------------------- */

static uint64_t
kernel_reads(const volatile void *address)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("movb (%1), %%cl")
                     : "+a"(result) : "r"(address) : "rcx", "memory");
    return result;
}

static uint64_t
kernel_writes(volatile void *address)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("movb $1, (%1)")
                     : "+a"(result) : "r"(address) : "memory");
    return result;
}

/* The one branch here that may be predicted: tests/checks/test_build.py. */
static uint64_t __attribute__((noinline))
test_call(uint64_t address)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("call *%1")
                     : "+a"(result) : "r"(address) : "memory", "cc");
    return result;
}

/* The pages are there: with flag AC set the same accesses succeed. */
static bool
kernel_access(void)
{
    volatile uint8_t *stack = (volatile uint8_t *)STACK;
    uint64_t with_ac;

    if (!cpu.smap)
        return selftest_skip("the CPU has no SMAP");
    if (kernel_reads(stack) != TRAP_RESULT(TRAP_PF, PF_PRESENT) ||
        kernel_reads((void *)CODE) != TRAP_RESULT(TRAP_PF, PF_PRESENT) ||
        kernel_writes(stack) != TRAP_RESULT(TRAP_PF, PF_PRESENT | PF_WRITE) ||
        *(volatile uint8_t *)stack_page != 0)
        return false;
    __asm__ volatile("stac" : : : "memory", "cc");
    with_ac = kernel_writes(stack);
    __asm__ volatile("clac" : : : "memory", "cc");
    return with_ac == TRAP_NONE && *(volatile uint8_t *)stack_page == 1;
}

/* Without SMEP the code runs, if the kernel's tables have it executable. */
static bool
kernel_fetch(void)
{
    const uint64_t fault = TRAP_RESULT(TRAP_PF, PF_PRESENT | PF_FETCH);
    uint64_t cr4 = read_cr4(), without;

    if (!cpu.smep)
        return selftest_skip("the CPU has no SMEP");
    if (test_call(address_of(user_ret)) != fault ||
        test_call(STACK) != fault)
        return false;
    write_cr4(cr4 & ~CR4_SMEP);
    without = test_call(address_of(user_ret));
    write_cr4(cr4);
    return without == (KPTI_PRESENT == PF_PRESENT ? TRAP_NONE : fault);
}

#define USER_TEST(name)          \
    static bool test_##name(void) \
    {                             \
        return with_pages(name);  \
    }

USER_TEST(null_call)
USER_TEST(sysret)
USER_TEST(flags)
USER_TEST(single_step)
USER_TEST(faults)
USER_TEST(gates)
USER_TEST(page_faults)
USER_TEST(wild_jump)
USER_TEST(alignment)
USER_TEST(ports)
USER_TEST(fs_base)
USER_TEST(registers)
USER_TEST(fpu_state)
USER_TEST(avx_state)
USER_TEST(kernel_access)
USER_TEST(kernel_fetch)

const struct selftest user_selftests[] = {
    { "a null call keeps some registers and clears the others",
      test_null_call },
    { "SYSRET loads what the frame holds", test_sysret },
    { "no flag of user code gets into the kernel", test_flags },
    { "single steps and MOV SS do not trap in the kernel", test_single_step },
    { "exceptions of user code are its faults", test_faults },
    { "INT n reaches no gate of the kernel", test_gates },
    { "page faults of user code are its faults", test_page_faults },
    { "a jump out of the address space is a fault", test_wild_jump },
    { "user code may ask for alignment checks", test_alignment },
    { "I/O ports open for the process that has them", test_ports },
    { "FS base follows the thread", test_fs_base },
    { "registers are checked when they are set", test_registers },
    { "x87 and SSE registers follow the thread", test_fpu_state },
    { "AVX registers follow the thread", test_avx_state },
    { "the kernel cannot touch a user's pages", test_kernel_access },
    { "the kernel cannot run a user's code", test_kernel_fetch },
};
const size_t user_selftest_count =
    sizeof user_selftests / sizeof user_selftests[0];
