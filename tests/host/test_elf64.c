/*
 * The ELF loader: a small file made here, whose every field is broken once;
 * its relocations, likewise; and real files from the linker, loaded and run.
 */
#define _GNU_SOURCE
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "errors.h"
#include "kernel/lib/bytes.h"
#include "stage2/elf64.h"

/*
 * The file: headers and code on page 0 (RX), constants on page 1 (R), data on
 * page 2 (RW) with zeroed memory up to 0x5800, and the dynamic section in it.
 */
#define FILE_SIZE    0x2400u
#define CODE_SIZE    0x800u
#define RELA_AT      0x1000u /* three relocations */
#define CONST_SIZE   0x200u
#define DATA_AT      0x2000u
#define DATA_SIZE    0x400u
#define DATA_MEMORY  0x3800u
#define DYNAMIC_AT   0x2300u
#define DYNAMIC_SIZE 0x60u
#define MEMORY_SIZE  0x6000u
#define BASE         0xFFFFFFFF80200000ULL

#define PHDR(n)      (64 + 56 * (n))
enum { CODE, CONSTANTS, DATA, DYNAMIC, STACK, HEADERS };

static void
put_header(uint8_t *file, int n, uint32_t type, uint32_t flags,
           uint64_t offset, uint64_t file_size, uint64_t memory_size)
{
    uint8_t *p = file + PHDR(n);

    put_le32(p, type);
    put_le32(p + 4, flags);
    put_le64(p + 8, offset);
    put_le64(p + 16, offset); /* address: the same here */
    put_le64(p + 24, 0xDEAD0000);
    put_le64(p + 32, file_size);
    put_le64(p + 40, memory_size);
    put_le64(p + 48, type == 1 ? 0x1000 : 8);
}

static void
put_rela(uint8_t *at, uint64_t place, uint64_t info, uint64_t addend)
{
    put_le64(at, place);
    put_le64(at + 8, info);
    put_le64(at + 16, addend);
}

static void
put_dynamic(uint8_t *file)
{
    static const uint64_t pairs[][2] = {
        { 21, 0 }, { 7, RELA_AT }, { 8, 3 * 24 }, { 9, 24 },
        { 0x6FFFFFFB, 0x08000000 }, { 0, 0 },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        put_le64(file + DYNAMIC_AT + 16 * i, pairs[i][0]);
        put_le64(file + DYNAMIC_AT + 16 * i + 8, pairs[i][1]);
    }
}

static uint8_t *
make_file(void)
{
    static const uint8_t ident[16] = { 0x7F, 'E', 'L', 'F', 2, 1, 1 };
    uint8_t *file = malloc(FILE_SIZE);

    for (unsigned i = 0; i < FILE_SIZE; i++)
        file[i] = (uint8_t)(1 + i % 251);
    memset(file, 0, PHDR(HEADERS));
    memcpy(file, ident, sizeof ident);
    put_le16(file + 16, 3);
    put_le16(file + 18, 62);
    put_le32(file + 20, 1);
    put_le64(file + 24, 0x300);
    put_le64(file + 32, 64);
    put_le16(file + 52, 64);
    put_le16(file + 54, 56);
    put_le16(file + 56, HEADERS);
    put_header(file, CODE, 1, 5, 0, CODE_SIZE, CODE_SIZE);
    put_header(file, CONSTANTS, 1, 4, RELA_AT, CONST_SIZE, CONST_SIZE);
    put_header(file, DATA, 1, 6, DATA_AT, DATA_SIZE, DATA_MEMORY);
    put_header(file, DYNAMIC, 2, 6, DYNAMIC_AT, DYNAMIC_SIZE, DYNAMIC_SIZE);
    put_header(file, STACK, 0x6474E551, 6, 0, 0, 0);
    put_rela(file + RELA_AT, 0x1100, 8, 0x300);
    put_rela(file + RELA_AT + 24, 0x2000, 8, 0x1100);
    put_rela(file + RELA_AT + 48, 0x5501, 8, MEMORY_SIZE);
    put_dynamic(file);
    return file;
}

static void
put_field(uint8_t *field, int size, uint64_t value)
{
    for (int i = 0; i < size; i++)
        field[i] = (uint8_t)(value >> 8 * i);
}

/* --- headers ------------------------------------------------------------- */

static void
a_good_file(void **state)
{
    struct elf64_image image;
    uint8_t *file = make_file();

    (void)state;
    memset(&image, 0xEE, sizeof image);
    assert_int_equal(elf64_parse(&image, file, PHDR(HEADERS), FILE_SIZE), 0);
    assert_ptr_equal(image.reason, NULL);
    assert_int_equal(image.entry, 0x300);
    assert_int_equal(image.memory_size, MEMORY_SIZE);
    assert_int_equal(image.dynamic, DYNAMIC_AT);
    assert_int_equal(image.dynamic_size, DYNAMIC_SIZE);
    assert_int_equal(image.segment_count, 3);
    assert_int_equal(image.segments[0].flags, ELF64_R | ELF64_X);
    assert_int_equal(image.segments[1].flags, ELF64_R);
    assert_int_equal(image.segments[2].flags, ELF64_R | ELF64_W);
    assert_int_equal(image.segments[2].file_offset, DATA_AT);
    assert_int_equal(image.segments[2].vaddr, DATA_AT);
    assert_int_equal(image.segments[2].file_size, DATA_SIZE);
    assert_int_equal(image.segments[2].memory_size, DATA_MEMORY);
    free(file);
}

/* One field at a time gets another value; 0 and "" stand for success. */
struct breakage {
    int offset, size;
    uint64_t value;
    int result;
    const char *reason;
};

static void
check_breakages(const struct breakage *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct breakage *b = &list[i];
        struct elf64_image image;
        uint8_t *file = make_file();
        int result;

        put_field(file + b->offset, b->size, b->value);
        result = elf64_parse(&image, file, FILE_SIZE, FILE_SIZE);
        if (result != b->result)
            print_error("offset %d value %llx: %d %s\n", b->offset,
                        (unsigned long long)b->value, result, image.reason);
        assert_int_equal(result, b->result);
        if (result != 0)
            assert_string_equal(image.reason, b->reason);
        free(file);
    }
}

#define CHECK_BREAKAGES(list)                                                \
    check_breakages(list, sizeof(list) / sizeof *(list))

static void
each_field_of_the_elf_header(void **state)
{
    static const struct breakage list[] = {
        { 0, 1, 0x7E, E_ELF_HEADER, "no ELF file" },
        { 3, 1, 'f', E_ELF_HEADER, "no ELF file" },
        { 4, 1, 1, E_ELF_HEADER, "not 64 bits" },
        { 4, 1, 0, E_ELF_HEADER, "not 64 bits" },
        { 5, 1, 2, E_ELF_HEADER, "not little-endian" },
        { 6, 1, 0, E_ELF_HEADER, "header version" },
        { 6, 1, 2, E_ELF_HEADER, "header version" },
        { 7, 1, 3, E_ELF_HEADER, "operating system" },
        { 8, 1, 1, E_ELF_HEADER, "operating system" },
        { 9, 1, 1, 0, "" }, /* padding */
        { 16, 2, 1, E_ELF_HEADER, "not a static PIE" },
        { 16, 2, 2, E_ELF_HEADER, "not a static PIE" },
        { 16, 2, 0x103, E_ELF_HEADER, "not a static PIE" },
        { 18, 2, 3, E_ELF_HEADER, "not for x86-64" },
        { 18, 2, 183, E_ELF_HEADER, "not for x86-64" },
        { 20, 4, 0, E_ELF_HEADER, "file version" },
        { 20, 4, 0x10001, E_ELF_HEADER, "file version" },
        { 24, 8, CODE_SIZE - 1, 0, "" },
        { 24, 8, 0, 0, "" },
        { 24, 8, CODE_SIZE, E_ELF_HEADER, "entry point" },
        { 24, 8, RELA_AT, E_ELF_HEADER, "entry point" },
        { 24, 8, DATA_AT, E_ELF_HEADER, "entry point" },
        { 24, 8, UINT64_MAX, E_ELF_HEADER, "entry point" },
        { 32, 8, FILE_SIZE - HEADERS * 56 + 1, E_ELF_HEADER,
          "program headers" },
        { 32, 8, UINT64_MAX, E_ELF_HEADER, "program headers" },
        { 32, 8, 0ULL - 56 * HEADERS, E_ELF_HEADER, "program headers" },
        { 40, 8, UINT64_MAX, 0, "" }, /* section headers: not looked at */
        { 48, 4, 1, E_ELF_HEADER, "processor flags" },
        { 52, 2, 52, E_ELF_HEADER, "header size" },
        { 54, 2, 32, E_ELF_HEADER, "program header size" },
        { 54, 2, 0, E_ELF_HEADER, "program header size" },
        { 56, 2, 0xFFFF, E_ELF_HEADER, "program headers" },
        { 56, 2, 0, E_ELF_SEGMENT, "there is none to load" },
    };

    (void)state;
    CHECK_BREAKAGES(list);
}

static void
each_field_of_a_program_header(void **state)
{
    static const char alignment[] = "alignment";
    static const char rights[] = "access rights";
    static const char order[] = "order, or two on one page";
    static const struct breakage list[] = {
        /* type */
        { PHDR(CONSTANTS), 4, 0, 0, "" },
        { PHDR(CONSTANTS), 4, 3, E_ELF_SEGMENT, "it asks for an interpreter" },
        { PHDR(CONSTANTS), 4, 4, 0, "" },
        { PHDR(CONSTANTS), 4, 7, E_ELF_SEGMENT, "thread-local storage" },
        { PHDR(CONSTANTS), 4, 2, E_ELF_SEGMENT, "two dynamic sections" },
        { PHDR(CODE), 4, 0, E_ELF_SEGMENT, "the lowest address is not 0" },
        { PHDR(STACK), 4, 1, E_ELF_SEGMENT, "size in memory" },
        /* flags */
        { PHDR(CODE) + 4, 4, 7, E_ELF_SEGMENT, "writable and executable" },
        { PHDR(CODE) + 4, 4, 1, E_ELF_SEGMENT, rights },
        { PHDR(CODE) + 4, 4, 4, E_ELF_HEADER, "entry point" },
        { PHDR(DATA) + 4, 4, 7, E_ELF_SEGMENT, "writable and executable" },
        { PHDR(DATA) + 4, 4, 2, E_ELF_SEGMENT, rights },
        { PHDR(DATA) + 4, 4, 0, E_ELF_SEGMENT, rights },
        { PHDR(DATA) + 4, 4, 0x80000006, E_ELF_SEGMENT, rights },
        { PHDR(STACK) + 4, 4, 7, E_ELF_SEGMENT, "executable stack" },
        { PHDR(STACK) + 4, 4, 4, 0, "" },
        /* offset */
        { PHDR(DATA) + 8, 8, FILE_SIZE + 0xC00, E_ELF_SEGMENT,
          "outside the file" },
        { PHDR(DATA) + 8, 8, 0x1000, 0, "" },
        { PHDR(DATA) + 8, 8, 0x1800, E_ELF_SEGMENT, alignment },
        { PHDR(DATA) + 8, 8, 0x2001, E_ELF_SEGMENT, "outside the file" },
        { PHDR(DATA) + 8, 8, UINT64_MAX, E_ELF_SEGMENT, "outside the file" },
        { PHDR(DATA) + 8, 8, 0ULL - DATA_SIZE, E_ELF_SEGMENT,
          "outside the file" },
        /* address */
        { PHDR(CODE) + 16, 8, 0x1000, E_ELF_SEGMENT,
          "the lowest address is not 0" },
        { PHDR(DATA) + 16, 8, 0x1000, E_ELF_SEGMENT, order },
        { PHDR(DATA) + 16, 8, 0, E_ELF_SEGMENT, order },
        { PHDR(CONSTANTS) + 16, 8, 0x2000, E_ELF_SEGMENT, order },
        { PHDR(CONSTANTS) + 16, 8, 0x1800, E_ELF_SEGMENT, alignment },
        { PHDR(DATA) + 16, 8, ELF64_MAX_MEMORY - 0x3000, E_ELF_SEGMENT,
          "too large" },
        { PHDR(DATA) + 16, 8, 0ULL - 0x1000, E_ELF_SEGMENT, "too large" },
        { PHDR(DATA) + 16, 8, UINT64_MAX, E_ELF_SEGMENT, "too large" },
        /* physical address: not looked at */
        { PHDR(DATA) + 24, 8, UINT64_MAX, 0, "" },
        /* size in the file */
        { PHDR(DATA) + 32, 8, DATA_SIZE + 1, E_ELF_SEGMENT,
          "outside the file" },
        { PHDR(DATA) + 32, 8, UINT64_MAX, E_ELF_SEGMENT, "outside the file" },
        { PHDR(CONSTANTS) + 32, 8, CONST_SIZE + 1, E_ELF_SEGMENT,
          "size in memory" },
        { PHDR(CONSTANTS) + 32, 8, 0, 0, "" },
        /* size in memory */
        { PHDR(DATA) + 40, 8, DATA_SIZE, 0, "" },
        { PHDR(DATA) + 40, 8, DATA_SIZE - 1, E_ELF_SEGMENT, "size in memory" },
        { PHDR(DATA) + 40, 8, 0, E_ELF_SEGMENT, "size in memory" },
        { PHDR(DATA) + 40, 8, ELF64_MAX_MEMORY - DATA_AT, 0, "" },
        { PHDR(DATA) + 40, 8, ELF64_MAX_MEMORY - DATA_AT + 1, E_ELF_SEGMENT,
          "too large" },
        { PHDR(DATA) + 40, 8, UINT64_MAX, E_ELF_SEGMENT, "too large" },
        { PHDR(CONSTANTS) + 40, 8, 0x1000, 0, "" },
        { PHDR(CONSTANTS) + 40, 8, 0x1001, E_ELF_SEGMENT, order },
        /* alignment */
        { PHDR(DATA) + 48, 8, 0, E_ELF_SEGMENT, alignment },
        { PHDR(DATA) + 48, 8, 0x800, E_ELF_SEGMENT, alignment },
        { PHDR(DATA) + 48, 8, 0x1800, E_ELF_SEGMENT, alignment },
        { PHDR(DATA) + 48, 8, 0x200000, 0, "" },
        { PHDR(DATA) + 48, 8, 0x400000, E_ELF_SEGMENT, alignment },
        { PHDR(DATA) + 48, 8, 1ULL << 63, E_ELF_SEGMENT, alignment },
        /* dynamic section */
        { PHDR(DYNAMIC), 4, 4, 0, "" },
        { PHDR(DYNAMIC) + 16, 8, MEMORY_SIZE - DYNAMIC_SIZE, 0, "" },
        { PHDR(DYNAMIC) + 16, 8, MEMORY_SIZE - DYNAMIC_SIZE + 1,
          E_ELF_SEGMENT, "dynamic section" },
        { PHDR(DYNAMIC) + 16, 8, UINT64_MAX, E_ELF_SEGMENT,
          "dynamic section" },
        { PHDR(DYNAMIC) + 16, 8, 0ULL - DYNAMIC_SIZE, E_ELF_SEGMENT,
          "dynamic section" },
        { PHDR(DYNAMIC) + 40, 8, 0, E_ELF_SEGMENT, "dynamic section" },
        { PHDR(DYNAMIC) + 40, 8, 24, E_ELF_SEGMENT, "dynamic section" },
        { PHDR(DYNAMIC) + 40, 8, 0ULL - 16, E_ELF_SEGMENT,
          "dynamic section" },
    };

    (void)state;
    CHECK_BREAKAGES(list);
}

/* Zeroed memory holds no code, whatever its rights. */
static void
an_entry_point_past_the_file(void **state)
{
    struct elf64_image image;
    uint8_t *file = make_file();

    (void)state;
    put_le64(file + PHDR(CODE) + 40, 0x1000);
    put_le64(file + 24, CODE_SIZE);
    assert_int_equal(elf64_parse(&image, file, FILE_SIZE, FILE_SIZE),
                     E_ELF_HEADER);
    assert_string_equal(image.reason, "entry point");
    free(file);
}

/* Cut anywhere: the first piece must hold all headers, the file all bytes. */
static void
cut_short_anywhere(void **state)
{
    struct elf64_image image;
    uint8_t *whole = make_file();

    (void)state;
    for (size_t size = 0; size < PHDR(HEADERS); size++) {
        uint8_t *head = malloc(size > 0 ? size : 1);
        const char *reason = size < 64 ? "too short" : "program headers";

        memcpy(head, whole, size);
        assert_int_equal(elf64_parse(&image, head, size, FILE_SIZE),
                         E_ELF_HEADER);
        assert_string_equal(image.reason, reason);
        assert_int_equal(elf64_parse(&image, whole, FILE_SIZE, size),
                         E_ELF_HEADER);
        assert_string_equal(image.reason, reason);
        free(head);
    }
    for (size_t size = PHDR(HEADERS); size < FILE_SIZE; size++) {
        assert_int_equal(elf64_parse(&image, whole, PHDR(HEADERS), size),
                         E_ELF_SEGMENT);
        assert_string_equal(image.reason, "outside the file");
    }
    free(whole);
}

static void
at_most_eight_segments(void **state)
{
    uint8_t *file = malloc(PHDR(10)), *good = make_file();
    struct elf64_image image;

    (void)state;
    for (int count = 8; count <= 9; count++) {
        memcpy(file, good, 64);
        put_le64(file + 24, 0x40);
        put_le16(file + 56, (uint16_t)count);
        for (int i = 0; i < count; i++) {
            put_header(file, i, 1, i == 0 ? 5 : 4, 0, PHDR(10), 0x1000);
            put_le64(file + PHDR(i) + 16, (uint64_t)i * 0x1000);
        }
        assert_int_equal(elf64_parse(&image, file, PHDR(10), PHDR(10)),
                         count == 8 ? 0 : E_ELF_SEGMENT);
        if (count == 9)
            assert_string_equal(image.reason, "too many");
        else
            assert_int_equal(image.memory_size, 0x8000);
    }
    free(file);
    free(good);
}

/* --- the image in memory ------------------------------------------------- */

/* Read the file in pieces of that size, as the loader does. */
static uint8_t *
load(struct elf64_image *image, const uint8_t *file, size_t size,
     size_t piece)
{
    uint8_t *memory;

    assert_int_equal(elf64_parse(image, file, size, size), 0);
    memory = malloc(image->memory_size);
    memset(memory, 0xAA, image->memory_size);
    elf64_clear(image, memory);
    for (size_t at = 0; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        uint8_t *copy = malloc(length);

        memcpy(copy, file + at, length);
        elf64_place(image, memory, at, copy, length);
        free(copy);
    }
    return memory;
}

static void
pieces_of_any_size(void **state)
{
    static const size_t pieces[] = { 1, 3, 512, 0x7FF, 0x1000, 0xFE00 };
    uint8_t *file = make_file();
    struct elf64_image image;

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        uint8_t *memory = load(&image, file, FILE_SIZE, pieces[i]);

        for (uint64_t at = 0; at < MEMORY_SIZE; at++) {
            bool filled = at < CODE_SIZE ||
                          (at >= RELA_AT && at < RELA_AT + CONST_SIZE) ||
                          (at >= DATA_AT && at < DATA_AT + DATA_SIZE);

            assert_int_equal(memory[at], filled ? file[at] : 0);
        }
        free(memory);
    }
    free(file);
}

/* File and memory in different places and order, and bytes used twice. */
static void
offsets_that_differ_from_addresses(void **state)
{
    uint8_t *file = make_file(), *memory;
    struct elf64_image image;

    (void)state;
    put_le64(file + PHDR(DATA) + 8, 0x1000);
    put_le64(file + PHDR(CONSTANTS) + 8, 0x2000);
    put_le32(file + PHDR(DYNAMIC), 0);
    memory = load(&image, file, FILE_SIZE, 100);
    assert_memory_equal(memory, file, CODE_SIZE);
    assert_memory_equal(memory + 0x1000, file + 0x2000, CONST_SIZE);
    assert_memory_equal(memory + 0x2000, file + 0x1000, DATA_SIZE);
    free(memory);
    free(file);
}

/* --- relocation ---------------------------------------------------------- */

static void
relocations_are_applied(void **state)
{
    uint8_t *file = make_file(), *memory;
    struct elf64_image image;

    (void)state;
    memory = load(&image, file, FILE_SIZE, 4096);
    assert_int_equal(elf64_relocate(&image, memory, BASE), 0);
    assert_ptr_equal(image.reason, NULL);
    assert_int_equal(le64(memory + 0x1100), BASE + 0x300);
    assert_int_equal(le64(memory + 0x2000), BASE + 0x1100);
    assert_int_equal(le64(memory + 0x5501), BASE + MEMORY_SIZE);
    put_le64(memory + 0x1100, le64(file + 0x1100));
    put_le64(memory + 0x2000, le64(file + 0x2000));
    put_le64(memory + 0x5501, 0);
    assert_memory_equal(memory + RELA_AT, file + RELA_AT, CONST_SIZE);
    assert_memory_equal(memory + DATA_AT, file + DATA_AT, DATA_SIZE);
    for (uint64_t at = DATA_AT + DATA_SIZE; at < MEMORY_SIZE; at++)
        assert_int_equal(memory[at], 0);
    free(memory);
    free(file);
}

static void
a_file_without_a_dynamic_section(void **state)
{
    uint8_t *file = make_file(), *memory;
    struct elf64_image image;

    (void)state;
    put_le32(file + PHDR(DYNAMIC), 0);
    memory = load(&image, file, FILE_SIZE, 4096);
    assert_int_equal(image.dynamic_size, 0);
    assert_int_equal(elf64_relocate(&image, memory, BASE), 0);
    assert_memory_equal(memory + DATA_AT, file + DATA_AT, DATA_SIZE);
    free(memory);
    free(file);
}

/* What stands behind the end of the dynamic section is not part of it. */
static void
the_dynamic_section_has_an_end(void **state)
{
    uint8_t *file = make_file(), *memory;
    struct elf64_image image;

    (void)state;
    put_le64(file + DYNAMIC_AT, 0);
    memory = load(&image, file, FILE_SIZE, 4096);
    assert_int_equal(elf64_relocate(&image, memory, BASE), 0);
    assert_memory_equal(memory + DATA_AT, file + DATA_AT, DATA_SIZE);
    free(memory);
    free(file);
}

static void
check_relocation_breakages(const struct breakage *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct breakage *b = &list[i];
        uint8_t *file = make_file(), *memory;
        struct elf64_image image;
        int result;

        put_field(file + b->offset, b->size, b->value);
        memory = load(&image, file, FILE_SIZE, 4096);
        result = elf64_relocate(&image, memory, BASE);
        if (result != b->result)
            print_error("offset %x value %llx: %d %s\n", b->offset,
                        (unsigned long long)b->value, result, image.reason);
        assert_int_equal(result, b->result);
        if (result != 0)
            assert_string_equal(image.reason, b->reason);
        free(memory);
        free(file);
    }
}

#define TAG(n)   (DYNAMIC_AT + 16 * (n))
#define VALUE(n) (TAG(n) + 8)
enum { DEBUG, RELA, RELASZ, RELAENT, FLAGS, END };

static void
each_field_of_the_dynamic_section(void **state)
{
    static const char kind[] = "unknown kind of table";
    static const int bad = E_ELF_RELOCATION;
    const struct breakage list[] = {
        { TAG(DEBUG), 8, 1, bad, "it needs a library" },
        { TAG(DEBUG), 8, 17, bad, kind }, { TAG(DEBUG), 8, 23, bad, kind },
        { TAG(DEBUG), 8, 36, bad, kind },
        { TAG(DEBUG), 8, 0, 0, "" }, /* the end: nothing to relocate */
        { TAG(END), 8, 36, bad, kind },
        { TAG(END), 8, 21, 0, "" }, /* ends with the section */
        { TAG(FLAGS), 8, 0, 0, "" },
        { TAG(FLAGS), 8, 0x100000001, 0, "" },
        { TAG(RELA), 8, 21, bad, "table" },
        { TAG(RELASZ), 8, 21, bad, "table" },
        { TAG(RELAENT), 8, 21, 0, "" },
        { VALUE(RELA), 8, 0, bad, "table" },
        { VALUE(RELA), 8, MEMORY_SIZE - 71, bad, "table" },
        { VALUE(RELA), 8, MEMORY_SIZE - 72, bad, "type" }, /* all zero */
        { VALUE(RELA), 8, UINT64_MAX, bad, "table" },
        { VALUE(RELA), 8, 0ULL - 72, bad, "table" },
        { VALUE(RELASZ), 8, 48, 0, "" },
        { VALUE(RELASZ), 8, 71, bad, "table" },
        { VALUE(RELASZ), 8, 73, bad, "table" },
        { VALUE(RELASZ), 8, 0, bad, "table" },
        { VALUE(RELASZ), 8, 0x6018, bad, "table" },
        { VALUE(RELASZ), 8, UINT64_MAX / 24 * 24, bad, "table" },
        { VALUE(RELAENT), 8, 0, bad, "table" },
        { VALUE(RELAENT), 8, 16, bad, "table" },
        { VALUE(RELAENT), 8, 48, bad, "table" },
    };

    (void)state;
    check_relocation_breakages(list, sizeof list / sizeof *list);
}

static void
each_field_of_a_relocation(void **state)
{
    const int bad = E_ELF_RELOCATION, at = RELA_AT + 24;
    const struct breakage list[] = {
        /* place: eight bytes within a segment */
        { at, 8, 0, 0, "" }, { at, 8, CODE_SIZE - 8, 0, "" },
        { at, 8, CODE_SIZE - 7, bad, "place" },
        { at, 8, RELA_AT - 1, bad, "place" },
        { at, 8, RELA_AT + CONST_SIZE - 8, 0, "" },
        { at, 8, RELA_AT + CONST_SIZE - 7, bad, "place" },
        { at, 8, DATA_AT - 1, bad, "place" },
        { at, 8, DATA_AT + DATA_MEMORY - 8, 0, "" },
        { at, 8, DATA_AT + DATA_MEMORY - 7, bad, "place" },
        { at, 8, MEMORY_SIZE, bad, "place" },
        { at, 8, UINT64_MAX, bad, "place" },
        { at, 8, UINT64_MAX - 7, bad, "place" },
        { at, 8, 1ULL << 32, bad, "place" },
        /* type and symbol */
        { at + 8, 8, 0, bad, "type" }, { at + 8, 8, 1, bad, "type" },
        { at + 8, 8, 6, bad, "type" }, { at + 8, 8, 37, bad, "type" },
        { at + 8, 8, 0x100000008, bad, "type" },
        { at + 8, 8, 8ULL << 32, bad, "type" },
        /* value */
        { at + 16, 8, 0, 0, "" }, { at + 16, 8, MEMORY_SIZE, 0, "" },
        { at + 16, 8, MEMORY_SIZE + 1, bad, "value" },
        { at + 16, 8, UINT64_MAX, bad, "value" },
        { at + 16, 8, 1ULL << 63, bad, "value" },
    };

    (void)state;
    check_relocation_breakages(list, sizeof list / sizeof *list);
}

/* A segment of less than eight bytes has no room, wherever the place is. */
static void
segments_too_small_for_a_pointer(void **state)
{
    uint8_t *file = make_file(), *memory;
    struct elf64_image image;

    (void)state;
    put_le64(file + PHDR(DATA) + 32, 0);
    put_le64(file + PHDR(DATA) + 40, 7);
    put_le64(file + PHDR(DYNAMIC) + 16, RELA_AT + 0x100);
    memmove(file + RELA_AT + 0x100, file + DYNAMIC_AT, DYNAMIC_SIZE);
    put_rela(file + RELA_AT, 0x1080, 8, 0);
    put_rela(file + RELA_AT + 48, 0x1090, 8, 0);
    memory = load(&image, file, FILE_SIZE, 4096);
    assert_int_equal(elf64_relocate(&image, memory, BASE), E_ELF_RELOCATION);
    assert_string_equal(image.reason, "place");
    free(memory);
    free(file);
}

/* Entries that overwrite the table are taken as they then stand. */
static void
a_table_that_rewrites_itself(void **state)
{
    uint8_t *file = make_file(), *memory;
    struct elf64_image image;

    (void)state;
    put_rela(file + RELA_AT, RELA_AT + 24, 8, 0x300);
    memory = load(&image, file, FILE_SIZE, 4096);
    assert_int_equal(elf64_relocate(&image, memory, BASE), E_ELF_RELOCATION);
    assert_string_equal(image.reason, "place");
    free(memory);
    memory = load(&image, file, FILE_SIZE, 4096);
    assert_int_equal(elf64_relocate(&image, memory, 0xE00), 0);
    assert_int_equal(le64(memory + 0x1100), 0xE00 + 0x1100);
    free(memory);
    free(file);
}

/* --- real files ---------------------------------------------------------- */

static uint8_t *
read_whole(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    uint8_t *file = malloc(1 << 24);

    assert_non_null(stream);
    *size = fread(file, 1, 1 << 24, stream);
    assert_true(*size > 0 && *size < 1 << 24);
    fclose(stream);
    return file;
}

/* Rights as the loader will map them; the code is called at the end. */
static void
protect(const struct elf64_image *image, uint8_t *at)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];
        uint64_t start = s->vaddr & ~0xFFFULL;
        int rights = PROT_READ;

        rights |= (s->flags & ELF64_W) != 0 ? PROT_WRITE : 0;
        rights |= (s->flags & ELF64_X) != 0 ? PROT_EXEC : 0;
        assert_int_equal(mprotect(at + start, s->vaddr + s->memory_size -
                                  start, rights), 0);
    }
}

static void
run_sample(const char *path)
{
    struct elf64_image image;
    size_t size;
    uint8_t *file = read_whole(path, &size);
    uint8_t *memory = load(&image, file, size, 0xFE00), *at;
    int (*entry)(int);

    at = mmap(NULL, image.memory_size, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(at, MAP_FAILED);
    assert_int_equal(elf64_relocate(&image, memory, (uintptr_t)at), 0);
    memcpy(at, memory, image.memory_size);
    protect(&image, at);
    entry = (int (*)(int))(uintptr_t)(at + image.entry);
    assert_int_equal(entry(5), ((5 + 1) * 2 + 1) * 2 + 'a' + 's' + 'd');
    munmap(at, image.memory_size);
    free(memory);
    free(file);
}

/* ELF_SAMPLES lists the files, separated by blanks. */
static void
real_files_load_and_run(void **state)
{
    char *list = strdup(getenv("ELF_SAMPLES") ? getenv("ELF_SAMPLES") : "");
    int count = 0;

    (void)state;
    for (char *path = strtok(list, " "); path != NULL;
         path = strtok(NULL, " "), count++)
        run_sample(path);
    free(list);
    assert_true(count >= 3);
}

/* A program of the host: dynamic, so that it is none of the loader's. */
static void
a_program_of_the_host_is_refused(void **state)
{
    struct elf64_image image;
    size_t size;
    uint8_t *file = read_whole("/proc/self/exe", &size);

    (void)state;
    assert_int_equal(elf64_parse(&image, file, size, size), E_ELF_SEGMENT);
    assert_string_equal(image.reason, "it asks for an interpreter");
    free(file);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file),
        cmocka_unit_test(each_field_of_the_elf_header),
        cmocka_unit_test(each_field_of_a_program_header),
        cmocka_unit_test(an_entry_point_past_the_file),
        cmocka_unit_test(cut_short_anywhere),
        cmocka_unit_test(at_most_eight_segments),
        cmocka_unit_test(pieces_of_any_size),
        cmocka_unit_test(offsets_that_differ_from_addresses),
        cmocka_unit_test(relocations_are_applied),
        cmocka_unit_test(a_file_without_a_dynamic_section),
        cmocka_unit_test(the_dynamic_section_has_an_end),
        cmocka_unit_test(each_field_of_the_dynamic_section),
        cmocka_unit_test(each_field_of_a_relocation),
        cmocka_unit_test(segments_too_small_for_a_pointer),
        cmocka_unit_test(a_table_that_rewrites_itself),
        cmocka_unit_test(real_files_load_and_run),
        cmocka_unit_test(a_program_of_the_host_is_refused),
    };

    return cmocka_run_group_tests_name("ELF64", tests, NULL, NULL);
}
