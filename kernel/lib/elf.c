#include "kernel/lib/elf.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"

/* Sizes, and offsets of fields. */
#define EHDR_SIZE   64u
#define E_TYPE      16
#define E_MACHINE   18
#define E_VERSION   20
#define E_ENTRY     24
#define E_PHOFF     32
#define E_EHSIZE    52
#define E_PHENTSIZE 54
#define E_PHNUM     56

#define PHDR_SIZE 56u
#define PHDRS_MAX 64u
#define P_TYPE    0
#define P_FLAGS   4
#define P_OFFSET  8
#define P_VADDR   16
#define P_FILESZ  32
#define P_MEMSZ   40

enum { ET_DYN = 3, EM_X86_64 = 62 };
enum {
    PT_LOAD = 1, PT_INTERP = 3, PT_TLS = 7, PT_GNU_STACK = 0x6474E551,
};

/* Magic, 64 bits, little-endian, version 1. */
static const uint8_t identification[7] = { 0x7F, 'E', 'L', 'F', 2, 1, 1 };

static const char *
check_header(const uint8_t *file, uint64_t size)
{
    uint64_t table, count;

    if (size < EHDR_SIZE ||
        memcmp(file, identification, sizeof identification) != 0)
        return "no ELF64 file";
    if (le16(file + E_TYPE) != ET_DYN || le16(file + E_MACHINE) != EM_X86_64 ||
        le32(file + E_VERSION) != 1)
        return "no static PIE for x86-64";
    table = le64(file + E_PHOFF);
    count = le16(file + E_PHNUM);
    if (le16(file + E_EHSIZE) != EHDR_SIZE ||
        le16(file + E_PHENTSIZE) != PHDR_SIZE || count > PHDRS_MAX ||
        table > size || count * PHDR_SIZE > size - table)
        return "bad program headers";
    return NULL;
}

static const char *
check_segment(const struct elf *elf, const struct elf_segment *s,
              uint64_t size)
{
    if (s->file_size > s->memory_size || s->memory_size == 0 ||
        s->offset > size || s->file_size > size - s->offset)
        return "a segment is not in the file";
    if (s->address > ELF_MAX_MEMORY ||
        s->memory_size > ELF_MAX_MEMORY - s->address)
        return "a segment is too large";
    if ((s->address ^ s->offset) % ELF_PAGE != 0)
        return "a segment is not aligned";
    if ((s->flags & ELF_READ) == 0 ||
        s->flags > (ELF_READ | ELF_WRITE | ELF_EXECUTE) ||
        (s->flags & (ELF_WRITE | ELF_EXECUTE)) == (ELF_WRITE | ELF_EXECUTE))
        return "a segment has bad rights";
    if (s->address < elf->memory_size ||
        (elf->count == 0 && s->address >= ELF_PAGE))
        return "segments out of order, or two on a page";
    return NULL;
}

static const char *
add_segment(struct elf *elf, const uint8_t *header, uint64_t size)
{
    struct elf_segment s = {
        .offset = le64(header + P_OFFSET), .file_size = le64(header + P_FILESZ),
        .address = le64(header + P_VADDR),
        .memory_size = le64(header + P_MEMSZ), .flags = le32(header + P_FLAGS),
    };
    const char *problem = check_segment(elf, &s, size);

    if (problem == NULL && elf->count == ELF_MAX_SEGMENTS)
        problem = "too many segments";
    if (problem != NULL)
        return problem;
    elf->segments[elf->count++] = s;
    elf->memory_size = elf_page_up(s.address + s.memory_size);
    return NULL;
}

static const char *
take_header(struct elf *elf, const uint8_t *header, uint64_t size)
{
    switch (le32(header + P_TYPE)) {
    case PT_LOAD:
        return add_segment(elf, header, size);
    case PT_INTERP:
        return "it asks for an interpreter";
    case PT_TLS:
        return "it has thread-local storage";
    case PT_GNU_STACK:
        return (le32(header + P_FLAGS) & ELF_EXECUTE) == 0
                   ? NULL : "it asks for an executable stack";
    default:
        return NULL; /* notes and hints, which load nothing */
    }
}

/* Code that the file has, not zeros behind it. */
static bool
is_code(const struct elf *elf, uint64_t entry)
{
    for (uint32_t i = 0; i < elf->count; i++) {
        const struct elf_segment *s = &elf->segments[i];

        if ((s->flags & ELF_EXECUTE) != 0 && entry >= s->address &&
            entry - s->address < s->file_size)
            return true;
    }
    return false;
}

const char *
elf_read(struct elf *elf, const void *file, uint64_t size)
{
    const uint8_t *bytes = file, *header;
    const char *problem = check_header(bytes, size);

    if (problem != NULL)
        return problem;
    memset(elf, 0, sizeof *elf);
    elf->entry = le64(bytes + E_ENTRY);
    header = bytes + le64(bytes + E_PHOFF);
    for (unsigned left = le16(bytes + E_PHNUM); left > 0; left--) {
        problem = take_header(elf, header, size);
        if (problem != NULL)
            return problem;
        header += PHDR_SIZE;
    }
    return is_code(elf, elf->entry) ? NULL : "no code at its entry";
}
