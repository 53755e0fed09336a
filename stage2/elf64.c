#include "stage2/elf64.h"

#include <stdbool.h>

#include "errors.h"
#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"

#define PAGE_SIZE 4096ULL
#define MAX_ALIGN 0x200000ULL /* the loader's slots: KERNEL_SLOT_SIZE */

/* ELF header (System V ABI, chapter 4): size, and offsets of its fields. */
#define EHDR_SIZE  64
#define E_ENTRY    24
#define E_PHOFF    32
#define E_PHNUM    56

/* Program header (chapter 5). p_paddr is of no use here. */
#define PHDR_SIZE  56
#define P_TYPE     0
#define P_FLAGS    4
#define P_OFFSET   8
#define P_VADDR    16
#define P_FILESZ   32
#define P_MEMSZ    40
#define P_ALIGN    48

enum {
    PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_TLS = 7,
    PT_GNU_STACK = 0x6474E551,
};

/* Dynamic section (chapter 5): pairs of tag and value. */
#define DYN_SIZE   16
#define RELA_SIZE  24
#define RELATIVE   8 /* r_info of R_X86_64_RELATIVE, symbol 0 */

enum {
    DT_NULL = 0, DT_NEEDED = 1, DT_RELA = 7, DT_RELASZ = 8, DT_RELAENT = 9,
    DT_REL = 17, DT_JMPREL = 23, DT_RELR = 36,
};

/*
 * Functions that check return NULL, or in words what is wrong: the end of the
 * sentence of E_ELF_*.
 */

/* --- ELF header ---------------------------------------------------------- */

/* Fields of up to four bytes that have one right value. */
static const struct {
    uint8_t offset;
    uint8_t size;
    uint32_t value;
    char reason[20];
} header_fields[] = {
    { 0, 4, 0x464C457F, "no ELF file" },
    { 4, 1, 2, "not 64 bits" },
    { 5, 1, 1, "not little-endian" },
    { 6, 1, 1, "header version" },
    { 7, 2, 0, "operating system" },
    { 16, 2, 3, "not a static PIE" },
    { 18, 2, 62, "not for x86-64" },
    { 20, 4, 1, "file version" },
    { 48, 4, 0, "processor flags" },
    { 52, 2, EHDR_SIZE, "header size" },
    { 54, 2, PHDR_SIZE, "program header size" },
};

static const char *
check_header(const uint8_t *head, size_t size)
{
    uint64_t table, bytes;

    if (size < EHDR_SIZE)
        return "too short";
    for (size_t i = 0; i < sizeof header_fields / sizeof *header_fields; i++) {
        uint32_t value = le32(head + header_fields[i].offset);

        if (header_fields[i].size < 4)
            value &= (1u << 8 * header_fields[i].size) - 1;
        if (value != header_fields[i].value)
            return header_fields[i].reason;
    }
    table = le64(head + E_PHOFF);
    bytes = (uint64_t)le16(head + E_PHNUM) * PHDR_SIZE;
    if (table > size || bytes > size - table)
        return "program headers";
    return NULL;
}

/* --- program headers ----------------------------------------------------- */

static uint64_t
page_up(uint64_t size)
{
    return (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/* Check one PT_LOAD on its own, and that it lies above those before it. */
static const char *
add_segment(struct elf64_image *image, const uint8_t *header,
            uint64_t file_size)
{
    struct elf64_segment *s = &image->segments[image->segment_count];
    uint64_t align = le64(header + P_ALIGN);

    if (image->segment_count == ELF64_MAX_SEGMENTS)
        return "too many";
    s->flags = le32(header + P_FLAGS);
    s->file_offset = le64(header + P_OFFSET);
    s->vaddr = le64(header + P_VADDR);
    s->file_size = le64(header + P_FILESZ);
    s->memory_size = le64(header + P_MEMSZ);

    if ((s->flags & ~(ELF64_R | ELF64_W | ELF64_X)) != 0 ||
        (s->flags & ELF64_R) == 0)
        return "access rights";
    if ((s->flags & ELF64_W) != 0 && (s->flags & ELF64_X) != 0)
        return "writable and executable";
    if (s->file_offset > file_size || s->file_size > file_size - s->file_offset)
        return "outside the file";
    if (s->memory_size == 0 || s->memory_size < s->file_size)
        return "size in memory";
    if (s->vaddr > ELF64_MAX_MEMORY ||
        s->memory_size > ELF64_MAX_MEMORY - s->vaddr)
        return "too large";
    if (align < PAGE_SIZE || align > MAX_ALIGN || (align & (align - 1)) != 0 ||
        ((s->vaddr ^ s->file_offset) & (align - 1)) != 0)
        return "alignment";
    if (image->segment_count == 0 && s->vaddr != 0)
        return "the lowest address is not 0";
    if (s->vaddr < image->memory_size)
        return "order, or two on one page";
    image->memory_size = page_up(s->vaddr + s->memory_size);
    image->segment_count++;
    return NULL;
}

static const char *
take_program_header(struct elf64_image *image, const uint8_t *header,
                    uint64_t file_size)
{
    switch (le32(header + P_TYPE)) {
    case PT_LOAD:
        return add_segment(image, header, file_size);
    case PT_DYNAMIC:
        if (image->dynamic_size != 0)
            return "two dynamic sections";
        image->dynamic = le64(header + P_VADDR);
        image->dynamic_size = le64(header + P_MEMSZ);
        return image->dynamic_size != 0 ? NULL : "dynamic section";
    case PT_INTERP:
        return "it asks for an interpreter";
    case PT_TLS:
        return "thread-local storage";
    case PT_GNU_STACK:
        return (le32(header + P_FLAGS) & ELF64_X) == 0 ? NULL
                                                       : "executable stack";
    default:
        return NULL; /* notes and hints, which load nothing */
    }
}

static const char *
check_program_headers(struct elf64_image *image, const uint8_t *head,
                      uint64_t file_size)
{
    const uint8_t *header = head + le64(head + E_PHOFF);
    const char *reason;

    for (unsigned left = le16(head + E_PHNUM); left > 0; left--) {
        reason = take_program_header(image, header, file_size);
        if (reason != NULL)
            return reason;
        header += PHDR_SIZE;
    }
    if (image->segment_count == 0)
        return "there is none to load";
    if (image->dynamic > image->memory_size ||
        image->dynamic_size > image->memory_size - image->dynamic ||
        image->dynamic_size % DYN_SIZE != 0)
        return "dynamic section";
    return NULL;
}

static bool
is_code(const struct elf64_image *image, uint64_t entry)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];

        if ((s->flags & ELF64_X) != 0 && entry >= s->vaddr &&
            entry - s->vaddr < s->file_size)
            return true;
    }
    return false;
}

int
elf64_parse(struct elf64_image *image, const void *head, size_t head_size,
            uint64_t file_size)
{
    size_t size = head_size < file_size ? head_size : (size_t)file_size;

    memset(image, 0, sizeof *image);
    image->reason = check_header(head, size);
    if (image->reason != NULL)
        return E_ELF_HEADER;
    image->reason = check_program_headers(image, head, file_size);
    if (image->reason != NULL)
        return E_ELF_SEGMENT;
    image->entry = le64((const uint8_t *)head + E_ENTRY);
    if (!is_code(image, image->entry)) {
        image->reason = "entry point";
        return E_ELF_HEADER;
    }
    return 0;
}

/* --- the image in memory ------------------------------------------------- */

void
elf64_place(const struct elf64_image *image, uint8_t *memory,
            uint64_t offset, const void *data, size_t size)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];
        uint64_t from = offset, end = offset + size;

        if (from < s->file_offset)
            from = s->file_offset;
        if (end > s->file_offset + s->file_size)
            end = s->file_offset + s->file_size;
        if (from < end)
            memcpy(memory + s->vaddr + (from - s->file_offset),
                   (const uint8_t *)data + (from - offset), end - from);
    }
}

void
elf64_clear(const struct elf64_image *image, uint8_t *memory)
{
    uint64_t filled = 0;

    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];

        memset(memory + filled, 0, s->vaddr - filled);
        filled = s->vaddr + s->file_size;
    }
    memset(memory + filled, 0, image->memory_size - filled);
}

/* --- relocation ---------------------------------------------------------- */

struct rela_table {
    uint64_t offset; /* in the image */
    uint64_t size;
    uint64_t entry_size;
};

/* Read the dynamic section as far as it concerns a static PIE. */
static const char *
find_rela(const struct elf64_image *image, const uint8_t *memory,
          struct rela_table *table)
{
    const uint8_t *at = memory + image->dynamic;
    const uint8_t *end = at + image->dynamic_size;

    *table = (struct rela_table){ .entry_size = RELA_SIZE };
    for (; at < end; at += DYN_SIZE) {
        uint64_t value = le64(at + 8);

        switch (le64(at)) {
        case DT_NULL:
            end = at;
            break;
        case DT_RELA:
            table->offset = value;
            break;
        case DT_RELASZ:
            table->size = value;
            break;
        case DT_RELAENT:
            table->entry_size = value;
            break;
        case DT_NEEDED:
            return "it needs a library";
        case DT_REL:
        case DT_JMPREL:
        case DT_RELR:
            return "unknown kind of table";
        }
    }
    if (table->entry_size != RELA_SIZE || table->size % RELA_SIZE != 0 ||
        (table->offset == 0) != (table->size == 0) ||
        table->offset > image->memory_size ||
        table->size > image->memory_size - table->offset)
        return "table";
    return NULL;
}

/* The segment that holds the eight bytes at place, or NULL. */
static const struct elf64_segment *
find_segment(const struct elf64_image *image, uint64_t place)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];

        if (s->memory_size >= 8 && place >= s->vaddr &&
            place - s->vaddr <= s->memory_size - 8)
            return s;
    }
    return NULL;
}

/*
 * Tables are sorted as a rule, so the segment of one relocation is tried
 * first for the next. An entry may overwrite a later one; each is read once
 * and checked then, which is all that matters.
 */
static const char *
apply_rela(const struct elf64_image *image, uint8_t *memory, uint64_t base,
           const struct rela_table *table)
{
    const uint8_t *at = memory + table->offset, *end = at + table->size;
    uint64_t first = 1, last = 0; /* places that need no look-up: none yet */

    for (; at < end; at += RELA_SIZE) {
        uint64_t place = le64(at), addend = le64(at + 16);

        if (le64(at + 8) != RELATIVE)
            return "type";
        if (place < first || place > last) {
            const struct elf64_segment *s = find_segment(image, place);

            if (s == NULL)
                return "place";
            first = s->vaddr;
            last = s->vaddr + s->memory_size - 8;
        }
        /* One past the end is where symbols such as image_end point. */
        if (addend > image->memory_size)
            return "value";
        put_le64(memory + place, base + addend);
    }
    return NULL;
}

int
elf64_relocate(struct elf64_image *image, uint8_t *memory, uint64_t base)
{
    struct rela_table table;

    image->reason = find_rela(image, memory, &table);
    if (image->reason == NULL)
        image->reason = apply_rela(image, memory, base, &table);
    return image->reason == NULL ? 0 : E_ELF_RELOCATION;
}
