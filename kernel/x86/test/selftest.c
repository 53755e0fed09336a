#include "kernel/test/selftest.h"

#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/start/boot_check.h"
#include "kernel/start/main.h"
#include "kernel/symbols.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/stack.h"
#include "kernel/x86/test/probe.h"
#include "kernel/x86/trap.h"

extern uintptr_t __stack_chk_guard;

static uint64_t
probe_read(const volatile void *address)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("movb (%1), %%cl")
                     : "+a"(result) : "r"(address) : "rcx", "memory");
    return result;
}

static uint64_t
probe_write(volatile void *address, uint8_t value)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("movb %2, (%1)")
                     : "+a"(result) : "r"(address), "q"(value) : "memory");
    return result;
}

/* Write back what is there: should it succeed, nothing is broken. */
static uint64_t
probe_rewrite(const void *address)
{
    return probe_write((void *)(uintptr_t)address,
                       *(const volatile uint8_t *)address);
}

static uint64_t
probe_call(const void *address)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("call *%1")
                     : "+a"(result) : "r"(address)
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                       "memory", "cc");
    return result;
}

static uint64_t
probe_segment(uint16_t selector)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("movw %w1, %%fs")
                     : "+a"(result) : "r"(selector));
    return result;
}

#define PAGE_FAULT(error) TRAP_RESULT(TRAP_PF, error)

static bool
not_writable_and_executable(void *context, const struct page_leaf *leaf)
{
    uint32_t *leaves = context;

    (*leaves)++;
    return !(leaf->writable && leaf->executable);
}

static bool
test_w_xor_x(void)
{
    uint32_t leaves = 0;

    return paging_walk(not_writable_and_executable, &leaves) && leaves > 8;
}

static bool
in_upper_half(void *context, const struct page_leaf *leaf)
{
    (void)context;
    return leaf->vaddr >= 0xFFFF800000000000ULL && !leaf->user;
}

static bool
test_lower_half_empty(void)
{
    return paging_walk(in_upper_half, NULL);
}

/* Executable is the code in its slot and nothing else. */
static bool
executable_is_code(void *context, const struct page_leaf *leaf)
{
    uint64_t *bytes = context;

    if (!leaf->executable)
        return true;
    *bytes += leaf->size;
    return leaf->vaddr >= (vaddr_t)image_start &&
           leaf->vaddr + leaf->size <= (vaddr_t)rodata_start;
}

static bool
test_only_code_executable(void)
{
    uint64_t bytes = 0;

    return paging_walk(executable_is_code, &bytes) &&
           bytes == (uint64_t)(rodata_start - image_start);
}

/* By whatever name: code and constants cannot be written. */
static bool
constants_read_only(void *context, const struct page_leaf *leaf)
{
    paddr_t start = boot.kernel_paddr;
    paddr_t end = start + image_offset(data_start);
    uint32_t *names = context;

    if (leaf->paddr >= end || leaf->paddr + leaf->size <= start)
        return true;
    (*names)++;
    return !leaf->writable;
}

static bool
test_constants_read_only(void)
{
    uint32_t names = 0;

    return paging_walk(constants_read_only, &names) && names >= 2;
}

static bool
is_ram(paddr_t paddr, uint64_t size)
{
    /* One large page may span several ranges, none of them reserved. */
    while (size > 0) {
        const struct boot_range *range = boot_find_range(&boot, paddr, 1);
        uint64_t here;

        if (range == NULL || range->type == BOOT_MEM_RESERVED ||
            range->type == BOOT_MEM_BAD)
            return false;
        here = range->base + range->length - paddr;
        if (here >= size)
            break;
        paddr += here;
        size -= here;
    }
    return true;
}

static bool
cached_is_ram(void *context, const struct page_leaf *leaf)
{
    uint64_t *bytes = context;

    if (leaf->uncached)
        return true;
    if (leaf->vaddr < DEVICE_BASE)
        *bytes += leaf->size;
    return is_ram(leaf->paddr, leaf->size);
}

static bool
test_direct_map_is_ram(void)
{
    uint64_t bytes = 0, wanted = 0;

    for (uint32_t i = 0; i < boot.range_count; i++)
        if (boot.ranges[i].type != BOOT_MEM_RESERVED &&
            boot.ranges[i].type != BOOT_MEM_BAD)
            wanted += boot.ranges[i].length;
    return paging_walk(cached_is_ram, &bytes) && bytes == wanted;
}

static bool
test_identity_map_gone(void)
{
    return probe_read((const void *)boot.kernel_paddr) == PAGE_FAULT(0) &&
           probe_read((const void *)boot_entry.info) == PAGE_FAULT(0) &&
           probe_read((const void *)0xB8000) == PAGE_FAULT(0);
}

static bool
test_direct_map_alias(void)
{
    static volatile uint64_t word;
    volatile uint64_t *alias = phys_to_virt(
        boot.kernel_paddr + image_offset((const void *)(uintptr_t)&word));

    word = 0x0123456789ABCDEF;
    if (*alias != word)
        return false;
    *alias = ~*alias;
    return word == ~0x0123456789ABCDEFULL;
}

static bool
test_phys_read(void)
{
    uint8_t bytes[64];
    paddr_t at = boot.kernel_paddr + PAGE_SIZE - 32; /* across two pages */

    return phys_read(NULL, at, bytes, sizeof bytes) == 0 &&
           memcmp(bytes, image_start + PAGE_SIZE - 32, sizeof bytes) == 0 &&
           phys_read(NULL, 1ULL << 51, bytes, 1) == -1;
}

static bool
test_null_faults(void)
{
    volatile uint8_t *null = NULL;

    return probe_read(null) == PAGE_FAULT(0) &&
           probe_write(null, 0) == PAGE_FAULT(PF_WRITE) &&
           probe_call(NULL) == PAGE_FAULT(PF_FETCH);
}

static bool
test_write_to_code_faults(void)
{
    paddr_t code = boot.kernel_paddr;

    return probe_rewrite(image_start) == PAGE_FAULT(PF_WRITE | PF_PRESENT) &&
           probe_rewrite(rodata_start) == PAGE_FAULT(PF_WRITE | PF_PRESENT) &&
           probe_rewrite(phys_to_virt(code)) ==
               PAGE_FAULT(PF_WRITE | PF_PRESENT);
}

static bool
test_execute_data_faults(void)
{
    static uint8_t data[] = { 0xC3 }; /* RET */
    uint8_t stack[] = { 0xC3 };
    paddr_t code = boot.kernel_paddr;

    return probe_call(data) == PAGE_FAULT(PF_FETCH | PF_PRESENT) &&
           probe_call(stack) == PAGE_FAULT(PF_FETCH | PF_PRESENT) &&
           probe_call(rodata_start) == PAGE_FAULT(PF_FETCH | PF_PRESENT) &&
           probe_call(phys_to_virt(code)) ==
               PAGE_FAULT(PF_FETCH | PF_PRESENT);
}

static bool
test_guard_pages(void)
{
    for (uint32_t i = 0; i < arch_cpu_count() * STACK_COUNT; i++) {
        const struct stack *stack = &stacks[i / STACK_COUNT][i % STACK_COUNT];
        char *bottom = stack->guard + PAGE_SIZE;

        if (stack->top - bottom < IST_STACK_SIZE ||
            probe_write(bottom - 1, 0) != PAGE_FAULT(PF_WRITE) ||
            probe_write(bottom, 0) != TRAP_NONE ||
            stack_guarded((uintptr_t)bottom - 1) != stack ||
            !stack_contains((uintptr_t)stack->top - 8, 8) ||
            stack_contains((uintptr_t)stack->top - 8, 9))
            return false;
    }
    return true;
}

static bool
test_breakpoint_returns(void)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("int3") : "+a"(result));
    return result == TRAP_RESULT(TRAP_BP, 0);
}

static bool
test_invalid_opcode_recovers(void)
{
    uint64_t result = TRAP_NONE;

    __asm__ volatile(TRAP_PROBE("ud2") : "+a"(result));
    return result == TRAP_RESULT(TRAP_UD, 0);
}

static bool
test_divide_recovers(void)
{
    uint64_t result = 1;

    __asm__ volatile(TRAP_PROBE("divl %1")
                     : "+a"(result) : "r"(0) : "rdx", "cc");
    return result == TRAP_RESULT(TRAP_DE, 0);
}

static bool
test_protection_recovers(void)
{
    return probe_segment(0xFFF8) == TRAP_RESULT(TRAP_GP, 0xFFF8) &&
           probe_segment(GDT_ABSENT) == TRAP_RESULT(11, GDT_ABSENT) &&
           probe_segment(0) == TRAP_NONE;
}

/*
 * A stub pushes a zero (6Ah 00h) just where the CPU pushes no error code:
 * Intel SDM volume 3A, table 6-1, and AMD's #VC and #SX.
 */
static bool
test_error_codes(void)
{
    const uint32_t with_code = 0x60227D00;

    for (uint32_t vector = 0; vector < TRAP_VECTORS; vector++) {
        const char *stub = trap_stubs + vector * TRAP_STUB_SIZE;
        bool has_code = vector < 32 && (with_code >> vector & 1) != 0;

        if (stub[0] != 0x6A || stub[1] != (has_code ? (char)vector : 0))
            return false;
    }
    return true;
}

/* A fault between two halves of a computation must not be seen in it. */
static bool
test_registers_survive(void)
{
    uint64_t result = TRAP_NONE, sum;

    __asm__ volatile("movl $1, %%ebx; movl $2, %%ecx; movl $4, %%edx\n"
                     "movl $8, %%esi; movl $16, %%edi; movl $32, %%r8d\n"
                     "movl $64, %%r9d; movl $128, %%r10d\n"
                     "movl $256, %%r11d; movl $512, %%r12d\n"
                     "movl $1024, %%r13d; movl $2048, %%r14d\n"
                     "movl $4096, %%r15d\n"
                     TRAP_PROBE("int3")
                     "addq %%rcx, %%rbx; addq %%rdx, %%rbx\n"
                     "addq %%rsi, %%rbx; addq %%rdi, %%rbx\n"
                     "addq %%r8, %%rbx; addq %%r9, %%rbx\n"
                     "addq %%r10, %%rbx; addq %%r11, %%rbx\n"
                     "addq %%r12, %%rbx; addq %%r13, %%rbx\n"
                     "addq %%r14, %%rbx; addq %%r15, %%rbx\n"
                     : "+a"(result), "=b"(sum)
                     :
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                       "r12", "r13", "r14", "r15", "cc");
    return result == TRAP_RESULT(TRAP_BP, 0) && sum == 8191;
}

static bool
test_descriptor_tables(void)
{
    struct descriptor_pointer gdt, idt;
    uint16_t tr, code, data;
    uint64_t limit = 0;

    __asm__ volatile("sgdt %0" : "=m"(gdt));
    __asm__ volatile("sidt %0" : "=m"(idt));
    __asm__ volatile("str %0" : "=r"(tr));
    __asm__ volatile("movw %%cs, %0; movw %%ss, %1" : "=r"(code), "=r"(data));
    __asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"((uint64_t)tr) : "cc");
    return gdt.limit == GDT_SIZE - 1 && idt.limit == TRAP_VECTORS * 16 - 1 &&
           tr == GDT_TSS &&
           limit == TSS_SIZE + sizeof percpu()->ports - 1 &&
           code == GDT_CODE && data == GDT_DATA && gdt.base >= (uintptr_t)data_start &&
           idt.base >= (uintptr_t)data_start;
}

static bool
test_control_registers(void)
{
    uint64_t cr0 = CR0_WP | CR0_NE | CR0_MP | CR0_AM;
    uint32_t out[4] = { 0 };
    bool smep, smap, umip;

    cpuid(0, 0, out);
    if (out[0] >= 7)
        cpuid(7, 0, out);
    else
        out[1] = out[2] = 0;
    smep = (out[1] >> 7 & 1) != 0;
    smap = (out[1] >> 20 & 1) != 0;
    umip = (out[2] >> 2 & 1) != 0;
    return (read_cr0() & (cr0 | CR0_EM | CR0_TS)) == cr0 &&
           (rdmsr(MSR_EFER) & EFER_NXE) != 0 &&
           ((read_cr4() & CR4_SMEP) != 0) == smep &&
           ((read_cr4() & CR4_SMAP) != 0) == smap &&
           ((read_cr4() & CR4_UMIP) != 0) == umip;
}

static bool
test_canary(void)
{
    return __stack_chk_guard != 0 && (__stack_chk_guard & 0xFF) == 0 &&
           __stack_chk_guard >> 32 != 0;
}

static bool
test_own_stack(void)
{
    uint64_t here;

    return stack_contains((uintptr_t)&here, sizeof here) &&
           (uintptr_t)&here < (uintptr_t)stacks[0][STACK_KERNEL].top &&
           (uintptr_t)&here > (uintptr_t)stacks[0][STACK_KERNEL].guard;
}

static bool __attribute__((noinline))
test_backtrace(void)
{
    struct trap_frame frame = {
        .rip = (uintptr_t)test_backtrace,
        .rbp = (uintptr_t)__builtin_frame_address(0),
    };
    uintptr_t trace[8];
    size_t count = arch_backtrace(&frame, trace, 8);
    uint64_t into;
    const char *last;

    if (count < 4)
        return false;
    last = symbol_find(image_offset((const void *)trace[count - 1]) - 1,
                       &into);
    frame.rbp = 8; /* a broken chain ends at once */
    return last != NULL && strcmp(last, "entry") == 0 &&
           arch_backtrace(&frame, trace, 8) == 1;
}

const struct selftest arch_selftests[] = {
    { "no page is writable and executable", test_w_xor_x },
    { "the lower half is empty", test_lower_half_empty },
    { "only the kernel's code is executable", test_only_code_executable },
    { "code and constants are read-only by any name",
      test_constants_read_only },
    { "all of RAM is mapped, and nothing else cached",
      test_direct_map_is_ram },
    { "the identity map is gone", test_identity_map_gone },
    { "image and direct map are the same memory", test_direct_map_alias },
    { "physical memory is read through the window", test_phys_read },
    { "address 0 faults", test_null_faults },
    { "a write to code faults", test_write_to_code_faults },
    { "data cannot be executed", test_execute_data_faults },
    { "guard pages lie below all stacks of all CPUs", test_guard_pages },
    { "#BP is taken and returned from", test_breakpoint_returns },
    { "#UD is recovered from", test_invalid_opcode_recovers },
    { "#DE is recovered from", test_divide_recovers },
    { "#GP and #NP name their selectors", test_protection_recovers },
    { "stubs and CPU agree on error codes", test_error_codes },
    { "an exception keeps all registers", test_registers_survive },
    { "GDT, IDT, TSS and selectors", test_descriptor_tables },
    { "control registers match CPUID", test_control_registers },
    { "the stack canary is random", test_canary },
    { "the kernel runs on its own stack", test_own_stack },
    { "a back trace reaches the entry point", test_backtrace },
};
const size_t arch_selftest_count =
    sizeof arch_selftests / sizeof arch_selftests[0];
