#include "kernel/x86/kpti.h"

#include "kernel/image.h"
#include "kernel/lib/mem.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"

#define HALF      (PTE_COUNT / 2)
#define ENTRY_TOP 512 /* kpti.inc */

_Static_assert(offsetof(struct x86_cpu, fault_stacks) == ENTRY_TOP, "asm");
_Static_assert(offsetof(struct x86_cpu, local) == PAGE_SIZE,
               "nothing else is in a page that user code's tables have");
_Static_assert(offsetof(struct x86_cpu, gdt) % PAGE_SIZE == 0 &&
                   sizeof(struct x86_cpu) % PAGE_SIZE == 0,
               "nothing else is in a page that user code's tables have");
_Static_assert(sizeof(struct kpti_stack) % 16 == 0 &&
                   offsetof(struct kpti_stack, work_on) % 16 == 0,
               "the CPU aligns by 16");

void
kpti_copy_root(uint64_t *root)
{
    memcpy(&root[PTE_COUNT + HALF], &paging_root()[PTE_COUNT + HALF],
           HALF * sizeof *root);
}

void
kpti_forget(struct x86_cpu *cpu)
{
    memset(cpu->entry_stack, 0, sizeof cpu->entry_stack);
    for (unsigned i = 0; i < 4; i++)
        memset(cpu->fault_stacks[i].words, 0,
               sizeof cpu->fault_stacks[i].words);
}
