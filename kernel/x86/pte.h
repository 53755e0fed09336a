/*
 * Page tables: four levels of 512 entries. Source: Intel SDM volume 3A, 4.5.
 */
#ifndef KERNEL_X86_PTE_H
#define KERNEL_X86_PTE_H

#define PTE_PRESENT  (1ULL << 0)
#define PTE_WRITE    (1ULL << 1)
#define PTE_USER     (1ULL << 2)
#define PTE_PWT      (1ULL << 3)
#define PTE_PCD      (1ULL << 4)
#define PTE_LARGE    (1ULL << 7)
#define PTE_GLOBAL   (1ULL << 8)
#define PTE_OWN      (1ULL << 9) /* ignored by the CPU: ARCH_PAGE_OWN */
#define PTE_NX       (1ULL << 63)
#define PTE_ADDRESS  0x000FFFFFFFFFF000ULL

#define PTE_COUNT    512u
#define PTE_LEVELS   4
#define PTE_SHIFT(level) (12 + 9 * ((level) - 1)) /* level 1: 4 KiB pages */
#define PTE_SPAN(level)  (1ULL << PTE_SHIFT(level))

#endif
