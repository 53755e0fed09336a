/*
 * The kernel's page tables. Source: Intel SDM volume 3A, 4.5 and 4.10.
 *
 *     FFFF800000000000  all RAM, one to one: no execution, and kernel code
 *                       and constants and ACPI tables read-only here too
 *     FFFFC00000000000  devices, and one page through which phys_read() looks
 *     FFFFD00000000000  stacks of CPUs
 *     FFFFFFFF80000000  the top 2 GiB: the kernel image in its slot
 *
 * All of this is global and for ring 0 only. The kernel's own tables have an
 * empty lower half; those of an address space (space.c) share the upper one,
 * a copy of 256 entries. So no entry of the top level changes after
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
#define CPU_AREA_BASE   0xFFFFD00000000000ULL

/* The kernel's own top-level table. */
const uint64_t *paging_root(void);

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

#endif
