/*
 * What user code's tables have of the kernel: kernel/x86/kpti.h has the
 * contracts.
 */
#include "kernel/x86/kpti.h"

#include "kernel/account.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/bytes.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"

extern const char entry_text[]; /* up to rodata_start: kernel.ld */

static struct account tables = { .limit = ACCOUNT_UNLIMITED };

/* The entry for a page, or NULL where a table is wanting. */
static uint64_t *
entry_for(uint64_t *table, vaddr_t vaddr, bool make)
{
    for (int level = PTE_LEVELS;; level--) {
        uint64_t *entry = &table[vaddr >> PTE_SHIFT(level) & (PTE_COUNT - 1)];

        if (level == 1)
            return entry;
        if (*entry == 0 && make) {
            paddr_t page = frame_take(&tables, 0, FRAME_ZEROED);

            *entry = page == 0 ? 0 : page | PTE_PRESENT | PTE_WRITE;
        }
        if (*entry == 0)
            return NULL;
        ASSERT((*entry & PTE_LARGE) == 0);
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
}

/* Pages that the kernel has mapped, with its rights but for those. */
static bool
show(const void *start, uint64_t size, uint64_t without)
{
    uint64_t *root = phys_to_virt((uintptr_t)paging_root() - DIRECT_MAP_BASE);

    for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
        vaddr_t at = (vaddr_t)start + done;
        const uint64_t *from = entry_for(root, at, false);
        uint64_t *to = entry_for(root + PTE_COUNT, at, true);

        ASSERT(from != NULL && (*from & PTE_PRESENT) != 0);
        if (to == NULL)
            return false;
        *to = *from & ~without;
    }
    return true;
}

bool
kpti_show_cpu(struct x86_cpu *cpu)
{
    return show(cpu, PAGE_SIZE, 0) &&
           show(cpu->gdt, sizeof *cpu - offsetof(struct x86_cpu, gdt),
                PTE_WRITE);
}

/* Areas of other CPUs get their tables later, below an entry that is there. */
void
kpti_init(void)
{
    struct descriptor_pointer idt;
    uint64_t *root = phys_to_virt((uintptr_t)paging_root() - DIRECT_MAP_BASE);

    __asm__ volatile("sidt %0" : "=m"(idt));
    if (!show(entry_text, (uint64_t)(rodata_start - entry_text), 0) ||
        !show((const void *)idt.base, PAGE_SIZE, PTE_WRITE) ||
        !kpti_show_cpu(percpu()) ||
        entry_for(root + PTE_COUNT, STACK_AREA, true) == NULL)
        panic("no memory for page tables");
}

void
kpti_fill_stacks(struct x86_cpu *cpu)
{
    put_le64(cpu->tss + TSS_RSP0,
             (uintptr_t)cpu->entry_stack + sizeof cpu->entry_stack);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *place = cpu->tss + TSS_IST1 + 8 * i;

        cpu->fault_stacks[i].work_on = le64(place);
        put_le64(place, (uintptr_t)&cpu->fault_stacks[i].work_on);
    }
}
