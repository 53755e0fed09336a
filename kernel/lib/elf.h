/*
 * Reading a program: ELF64, little-endian, x86-64, a static PIE. For whoever
 * maps one: the kernel its root task, programs their children. The loader has
 * a reader of its own (stage2/elf64.h), for what it reads in pieces.
 *
 * The file is hostile until checked; nothing of it is written. Relocating is
 * the program's own business (docs/spec/syscalls.md, SC-16).
 *
 * Source: System V ABI, chapters 4 and 5 (generic).
 */
#ifndef KERNEL_LIB_ELF_H
#define KERNEL_LIB_ELF_H

#include <stdint.h>

#define ELF_PAGE         4096u
#define ELF_MAX_SEGMENTS 16u
#define ELF_MAX_MEMORY   (256u << 20) /* from the lowest to the highest byte */

enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 };

struct elf_segment {
    uint64_t offset, file_size; /* in the file */
    uint64_t address, memory_size; /* from the image's base on */
    uint32_t flags;
};

struct elf {
    uint64_t entry;
    uint64_t memory_size; /* whole pages, from the base on */
    uint32_t count;
    struct elf_segment segments[ELF_MAX_SEGMENTS];
};

/* NULL, or what is wrong in words; then *elf means nothing. */
const char *elf_read(struct elf *elf, const void *file, uint64_t size);

static inline uint64_t
elf_page_up(uint64_t value)
{
    return (value + ELF_PAGE - 1) & ~(uint64_t)(ELF_PAGE - 1);
}

static inline uint64_t
elf_page_down(uint64_t value)
{
    return value & ~(uint64_t)(ELF_PAGE - 1);
}

#endif
