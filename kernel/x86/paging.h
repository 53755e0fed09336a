/*
 * The kernel's page tables. Source: Intel SDM volume 3A, 4.5 and 4.10.
 *
 *     FFFF800000000000  all RAM, one to one: no execution, and kernel code
 *                       and constants and ACPI tables read-only here too
 *     FFFFC00000000000  devices, and one page through which phys_read() looks
 *     FFFFD00000000000  stacks and struct x86_cpu of each CPU but the first
 *     FFFFFFFF80000000  the top 2 GiB: the kernel image in its slot
 *
 * All of this is global and for ring 0 only. The kernel's own tables have an
 * empty lower half, but for one page of code while other CPUs are started;
 * those of an address space (space.c) share the upper one, a copy of 256
 * entries. So no entry of the top level changes after
 * arch_memory_init(): device and CPU areas have 512 GiB each, for good.
 */
#ifndef KERNEL_X86_PAGING_H
#define KERNEL_X86_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

#define DIRECT_MAP_BASE 0xFFFF800000000000ULL
#define DIRECT_MAP_SIZE (1ULL << 46)
#define DEVICE_BASE     0xFFFFC00000000000ULL
#define STACK_AREA      0xFFFFD00000000000ULL
#define STACK_AREA_EACH (256ULL << 10)

/* The kernel's own top-level table; NULL as long as the loader's are live. */
const uint64_t *paging_root(void);

/*
 * The kernel's own tables are live: all RAM is at DIRECT_MAP_BASE from now
 * on.
 */
void paging_use(paddr_t root_paddr);

/*
 * New zeroed pages for the kernel, writable, where nothing is mapped yet.
 * False when memory is short: what was mapped until then stays.
 */
bool paging_add(vaddr_t vaddr, uint64_t size);

/*
 * One page below 1 MiB at its own address, for the code with which other CPUs
 * start: LOW_WRITABLE to put it there, LOW_EXECUTABLE to run it, LOW_NONE.
 */
enum low_page { LOW_NONE, LOW_WRITABLE, LOW_EXECUTABLE };
void paging_low_page(paddr_t page, enum low_page use);

/* On another CPU: caching as this file has it, and no old translations. */
void paging_join(void);

struct page_leaf {
    vaddr_t vaddr;
    paddr_t paddr;
    uint64_t size; /* 4 KiB, 2 MiB or 1 GiB */
    bool writable, executable, user, uncached;
};

/* Returns whether to go on. */
typedef bool page_visit(void *context, const struct page_leaf *leaf);

/*
 * Visit every mapping of the live page tables, lowest address first. Works
 * on the loader's tables as well. Returns false when visit did.
 */
bool paging_walk(page_visit *visit, void *context);

#ifdef KPTI
/* The same for the tables below any root. */
bool paging_walk_root(const uint64_t *root, page_visit *visit, void *context);
#endif

#endif
