/*
 * Loading a static PIE: ELF64, little-endian, x86-64, ET_DYN.
 *
 * The file is hostile until checked. It is read once, front to back, in
 * pieces: elf64_parse() looks at the first piece, which must hold the ELF
 * header and all program headers; elf64_place() copies each piece to where it
 * belongs; elf64_relocate() runs over the finished image. The image's lowest
 * virtual address must be 0, so that offset and address are one.
 *
 * Source: System V ABI, chapter 4 and 5 (generic), and the AMD64 supplement,
 * section 4.4.1 (relocation types).
 */
#ifndef STAGE2_ELF64_H
#define STAGE2_ELF64_H

#include <stddef.h>
#include <stdint.h>

#define ELF64_MAX_SEGMENTS 8
#define ELF64_MAX_MEMORY   (256u << 20) /* no kernel is larger in memory */

enum { ELF64_X = 1, ELF64_W = 2, ELF64_R = 4 };

struct elf64_segment {
    uint64_t file_offset;
    uint64_t file_size;
    uint64_t vaddr; /* offset in the image; page-aligned down for mapping */
    uint64_t memory_size;
    uint32_t flags; /* ELF64_* */
};

struct elf64_image {
    uint64_t entry;       /* offset in the image, inside an X segment */
    uint64_t memory_size; /* whole pages */
    uint64_t dynamic;     /* offset of PT_DYNAMIC in the image */
    uint64_t dynamic_size; /* 0: the file has none, nothing to relocate */
    uint32_t segment_count;
    struct elf64_segment segments[ELF64_MAX_SEGMENTS];
    const char *reason; /* after an error, in words */
};

/*
 * Check every field of the ELF header and the program headers against the
 * size of the file and each other: identification, type, machine, version,
 * sizes, entry point; for each PT_LOAD that ranges do not wrap, lie in the
 * file, file_size <= memory_size, alignment (page, power of two, offset and
 * address congruent), ascending and disjoint, no two on one page, not
 * writable and executable, all readable, the end at most ELF64_MAX_MEMORY.
 * PT_INTERP, PT_TLS and an executable PT_GNU_STACK are refused. Section
 * headers, physical addresses and other program headers are not looked at:
 * nothing here uses them. Returns 0, E_ELF_HEADER or E_ELF_SEGMENT, and reason.
 */
int elf64_parse(struct elf64_image *image, const void *head, size_t head_size,
                uint64_t file_size);

/*
 * Copy bytes [offset, offset + size) of the file, size at least 1, to where
 * they belong in the image, whose memory_size bytes begin at memory.
 */
void elf64_place(const struct elf64_image *image, uint8_t *memory,
                 uint64_t offset, const void *data, size_t size);

/*
 * Zero what no byte of the file fills: the gaps between segments and the ends
 * that exist in memory only. Before or after elf64_place(), once.
 */
void elf64_clear(const struct elf64_image *image, uint8_t *memory);

/*
 * Apply the relocations of DT_RELA for a load at address base. Only
 * R_X86_64_RELATIVE is accepted, its place eight bytes within a segment (of
 * any rights: the loader writes before it maps), its value within the image
 * or just past its end. DT_REL, DT_JMPREL, DT_RELR and DT_NEEDED are refused.
 * Returns 0 or E_ELF_RELOCATION, and reason.
 */
int elf64_relocate(struct elf64_image *image, uint8_t *memory, uint64_t base);

#endif
