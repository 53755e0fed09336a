/*
 * KPTI=1: what of the kernel user code's page tables have, leaf by leaf, in
 * the kernel's own second root and in that of a new space.
 */
#include "kernel/test/selftest.h"

#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/start/main.h"
#include "kernel/vm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/kpti.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/stack.h"
#include "kernel/x86/switch.h"
#include "kernel/x86/test/probe.h"
#include "kernel/x86/trap.h"

#define PLACE 0x400000ULL

extern const char entry_text[];

static struct account account = { .limit = ACCOUNT_UNLIMITED };
static const uint64_t *first; /* the root whose pages the second one shows */

static bool
lies_in(vaddr_t at, const void *start, uint64_t size)
{
    return at - (vaddr_t)start < size;
}

static bool
is_table(vaddr_t at)
{
    struct descriptor_pointer idt;

    __asm__ volatile("sidt %0" : "=m"(idt));
    if (lies_in(at, (const void *)idt.base, PAGE_SIZE))
        return true;
    for (uint32_t i = 0; i < arch_cpu_count(); i++)
        if (lies_in(at, percpu_at(i)->gdt,
                    sizeof(struct x86_cpu) - offsetof(struct x86_cpu, gdt)))
            return true;
    return false;
}

static bool
is_stack_page(vaddr_t at)
{
    for (uint32_t i = 0; i < arch_cpu_count(); i++)
        if (at == (vaddr_t)percpu_at(i))
            return true;
    return false;
}

struct wanted {
    vaddr_t vaddr;
    paddr_t paddr;
};

static bool
is_wanted(void *context, const struct page_leaf *leaf)
{
    const struct wanted *wanted = context;

    return wanted->vaddr - leaf->vaddr >= leaf->size ||
           leaf->paddr + (wanted->vaddr - leaf->vaddr) != wanted->paddr;
}

/* The kernel has the same page there. */
static bool
is_same(const struct page_leaf *leaf)
{
    struct wanted wanted = { leaf->vaddr, leaf->paddr };

    return !paging_walk_root(first, is_wanted, &wanted);
}

static bool
is_listed(void *context, const struct page_leaf *leaf)
{
    uint64_t *bytes = context;
    bool is_code = lies_in(leaf->vaddr, entry_text,
                           (uint64_t)(rodata_start - entry_text));
    bool is_stack = is_stack_page(leaf->vaddr);

    if (leaf->vaddr == PLACE)
        return leaf->user;
    *bytes += leaf->size;
    return leaf->size == PAGE_SIZE && !leaf->user &&
           (is_code || is_stack || is_table(leaf->vaddr)) &&
           leaf->executable == is_code && leaf->writable == is_stack &&
           is_same(leaf);
}

static bool
shows_what_is_listed(const uint64_t *root)
{
    uint64_t each = PAGE_SIZE + sizeof(struct x86_cpu) -
                    offsetof(struct x86_cpu, gdt);
    uint64_t all = (uint64_t)(rodata_start - entry_text) + PAGE_SIZE +
                   arch_cpu_count() * each;
    uint64_t bytes = 0;

    first = root;
    return paging_walk_root(root + PTE_COUNT, is_listed, &bytes) &&
           bytes == all;
}

static bool
test_own_root(void)
{
    return shows_what_is_listed(paging_root());
}

struct rights {
    bool found, executable;
};

static bool
look_at_place(void *context, const struct page_leaf *leaf)
{
    struct rights *rights = context;

    if (leaf->vaddr == PLACE)
        *rights = (struct rights){ true, leaf->executable };
    return true;
}

static struct rights
rights_at_place(const uint64_t *root)
{
    struct rights rights = { false, false };

    paging_walk_root(root, look_at_place, &rights);
    return rights;
}

/* The first root has user code's pages, too, but never runs them. */
static bool
test_space(void)
{
    struct arch_space space;
    paddr_t page = frame_take(&account, 0, FRAME_ZEROED);
    const uint64_t *root;
    bool passed;

    if (page == 0 || arch_space_init(&space, &account) != 0)
        return false;
    root = phys_to_virt(space.root);
    passed = arch_space_map(&space, &account, PLACE, page, PAGE_SIZE,
                            ARCH_PAGE_READ | ARCH_PAGE_EXECUTE) == 0 &&
             shows_what_is_listed(root) &&
             rights_at_place(root).found &&
             !rights_at_place(root).executable &&
             rights_at_place(root + PTE_COUNT).executable;
    while (arch_space_free(&space, &account))
        continue;
    return frame_release(&account, page, 0) == 0 && passed;
}

static bool
no_page_is_global(const uint64_t *table, int level)
{
    for (unsigned i = 0; i < PTE_COUNT; i++) {
        bool is_leaf = level == 1 || (table[i] & PTE_LARGE) != 0;

        if ((table[i] & PTE_PRESENT) == 0)
            continue;
        if (is_leaf ? (table[i] & PTE_GLOBAL) != 0
                    : !no_page_is_global(phys_to_virt(table[i] & PTE_ADDRESS),
                                         level - 1))
            return false;
    }
    return true;
}

static bool
test_nothing_is_kept(void)
{
    return (read_cr4() & (CR4_PGE | CR4_PCIDE)) == 0 &&
           no_page_is_global(paging_root(), PTE_LEVELS) &&
           no_page_is_global(paging_root() + PTE_COUNT, PTE_LEVELS);
}

static bool
is_zero(const uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0)
            return false;
    return true;
}

static bool
stacks_are_empty(const struct x86_cpu *self)
{
    const struct stack *stack = &stacks[self->local.number][STACK_DF];

    for (unsigned i = 0; i < 4; i++) {
        const struct kpti_stack *own = &self->fault_stacks[i];

        if (!is_zero(own->words, sizeof own->words / 8) ||
            own->work_on != (uintptr_t)stack[i].top)
            return false;
    }
    return is_zero(self->entry_stack, sizeof self->entry_stack / 8);
}

static void
fill_stacks(struct x86_cpu *self)
{
    memset(self->entry_stack, 0xAA, sizeof self->entry_stack);
    for (unsigned i = 0; i < 4; i++)
        memset(self->fault_stacks[i].words, 0xAA,
               sizeof self->fault_stacks[i].words);
}

/* Of one space nothing is left when another is loaded. */
static bool
test_stacks_are_emptied(void)
{
    struct x86_cpu *self = percpu();
    struct arch_space space;
    uint64_t own = read_cr3();
    bool were_on = arch_interrupts_off(), passed;

    if (arch_space_init(&space, &account) != 0)
        return false;
    fill_stacks(self);
    switch_to_space(self, (struct space *)(void *)&space, self->bit);
    passed = stacks_are_empty(self);
    self->local.space = NULL;
    write_cr3(own);
    arch_interrupts_restore(were_on);
    while (arch_space_free(&space, &account))
        continue;
    return passed;
}

/* Nor of what the kernel did when an NMI came, or a trap of its own. */
static bool
test_stacks_are_left_empty(void)
{
    uint64_t result = TRAP_NONE;

    kpti_forget(percpu());
    __asm__ volatile("int $2\n" TRAP_PROBE("int $1")
                     : "+a"(result) : : "memory");
    return result == TRAP_RESULT(TRAP_DB, 0) && stacks_are_empty(percpu());
}

const struct selftest kpti_selftests[] = {
    { "user code's tables show what is listed, and no more", test_own_root },
    { "those of a space as well, and the kernel's do not run its code",
      test_space },
    { "no page is global, and no PCID in use", test_nothing_is_kept },
    { "stacks that user code's tables show are emptied for another space",
      test_stacks_are_emptied },
    { "and left empty by what comes in the kernel",
      test_stacks_are_left_empty },
};
const size_t kpti_selftest_count =
    sizeof kpti_selftests / sizeof kpti_selftests[0];
