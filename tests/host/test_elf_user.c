/*
 * Reading programs: a small file made here, each of whose fields is broken
 * once, and the programs of user/ as they were built. And the words of a
 * command line, as programs look for them.
 */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/elf.h"

const char *option_value(const char *line, const char *name, size_t *length);

/* Code on page 0, constants on page 1, data on page 2 with zeros to 0x4800. */
#define FILE_SIZE 0x2400u
#define PHDR(n)   (64u + 56u * (n))
enum { CODE, CONSTANTS, DATA, STACK, HEADERS };

static void
put_header(uint8_t *file, unsigned n, uint32_t type, uint32_t flags,
           uint64_t offset, uint64_t file_size, uint64_t memory_size)
{
    uint8_t *p = file + PHDR(n);

    put_le32(p, type);
    put_le32(p + 4, flags);
    put_le64(p + 8, offset);
    put_le64(p + 16, offset);
    put_le64(p + 32, file_size);
    put_le64(p + 40, memory_size);
    put_le64(p + 48, 0x1000);
}

static void
make_file(uint8_t *file)
{
    static const uint8_t ident[16] = { 0x7F, 'E', 'L', 'F', 2, 1, 1 };

    memset(file, 0, FILE_SIZE);
    memcpy(file, ident, sizeof ident);
    put_le16(file + 16, 3);
    put_le16(file + 18, 62);
    put_le32(file + 20, 1);
    put_le64(file + 24, 0x400);
    put_le64(file + 32, 64);
    put_le16(file + 52, 64);
    put_le16(file + 54, 56);
    put_le16(file + 56, HEADERS);
    put_header(file, CODE, 1, 5, 0, 0x800, 0x800);
    put_header(file, CONSTANTS, 1, 4, 0x1000, 0x200, 0x200);
    put_header(file, DATA, 1, 6, 0x2000, 0x400, 0x2800);
    put_header(file, STACK, 0x6474E551, 6, 0, 0, 0);
}

/* A copy of exactly that size, so that the sanitizer sees every step over. */
static const char *
read_copy(struct elf *elf, const uint8_t *file, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    const char *problem;

    memcpy(copy, file, size);
    problem = elf_read(elf, copy, size);
    free(copy);
    return problem;
}

static void
test_good_file(void **state)
{
    uint8_t file[FILE_SIZE];
    struct elf elf;

    (void)state;
    make_file(file);
    assert_null(read_copy(&elf, file, FILE_SIZE));
    assert_int_equal(elf.count, 3);
    assert_int_equal(elf.entry, 0x400);
    assert_int_equal(elf.memory_size, 0x5000);
    assert_int_equal(elf.segments[2].offset, 0x2000);
    assert_int_equal(elf.segments[2].address, 0x2000);
    assert_int_equal(elf.segments[2].file_size, 0x400);
    assert_int_equal(elf.segments[2].memory_size, 0x2800);
    assert_int_equal(elf.segments[2].flags, ELF_READ | ELF_WRITE);
    assert_int_equal(elf.segments[0].flags, ELF_READ | ELF_EXECUTE);
}

#define FIELD(n, at) (PHDR(n) + (at))

static const struct {
    unsigned offset, size;
    uint64_t value;
    const char *reason;
} broken[] = {
    { 0, 1, 0x7E, "no ELF64 file" },
    { 4, 1, 1, "no ELF64 file" },
    { 5, 1, 2, "no ELF64 file" },
    { 6, 1, 0, "no ELF64 file" },
    { 16, 2, 2, "no static PIE for x86-64" },
    { 18, 2, 3, "no static PIE for x86-64" },
    { 20, 4, 2, "no static PIE for x86-64" },
    { 52, 2, 52, "bad program headers" },
    { 54, 2, 32, "bad program headers" },
    { 56, 2, 65, "bad program headers" },
    { 32, 8, FILE_SIZE - 56 * HEADERS + 1, "bad program headers" },
    { 32, 8, UINT64_MAX, "bad program headers" },
    { 32, 8, UINT64_MAX - 100, "bad program headers" },
    { 56, 2, 0, "no code at its entry" },
    { 24, 8, 0x800, "no code at its entry" },
    { 24, 8, 0x1000, "no code at its entry" },
    { 24, 8, UINT64_MAX, "no code at its entry" },
    { FIELD(CODE, 4), 4, 4, "no code at its entry" },
    { FIELD(CODE, 0), 4, 3, "it asks for an interpreter" },
    { FIELD(CODE, 0), 4, 7, "it has thread-local storage" },
    { FIELD(STACK, 4), 4, 7, "it asks for an executable stack" },
    { FIELD(DATA, 4), 4, 7, "a segment has bad rights" },
    { FIELD(DATA, 4), 4, 2, "a segment has bad rights" },
    { FIELD(DATA, 4), 4, 0, "a segment has bad rights" },
    { FIELD(DATA, 4), 4, 14, "a segment has bad rights" },
    { FIELD(DATA, 8), 8, 0x2001, "a segment is not in the file" },
    { FIELD(DATA, 8), 8, UINT64_MAX - 0xFFF, "a segment is not in the file" },
    { FIELD(DATA, 32), 8, 0x401, "a segment is not in the file" },
    { FIELD(DATA, 32), 8, UINT64_MAX, "a segment is not in the file" },
    { FIELD(DATA, 40), 8, 0x3FF, "a segment is not in the file" },
    { FIELD(CONSTANTS, 40), 8, 0, "a segment is not in the file" },
    { FIELD(DATA, 40), 8, ELF_MAX_MEMORY, "a segment is too large" },
    { FIELD(DATA, 40), 8, UINT64_MAX, "a segment is too large" },
    { FIELD(DATA, 16), 8, ELF_MAX_MEMORY + 0x1000, "a segment is too large" },
    { FIELD(DATA, 16), 8, UINT64_MAX - 0xFFF, "a segment is too large" },
    { FIELD(DATA, 16), 8, 0x2008, "a segment is not aligned" },
    { FIELD(DATA, 16), 8, 0x1000,
      "segments out of order, or two on a page" },
    { FIELD(CONSTANTS, 40), 8, 0x1001,
      "segments out of order, or two on a page" },
    { FIELD(CODE, 16), 8, 0x1000,
      "segments out of order, or two on a page" },
};

static void
test_broken_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        uint8_t file[FILE_SIZE], value[8];
        struct elf elf;
        const char *problem;

        make_file(file);
        put_le64(value, broken[i].value);
        memcpy(file + broken[i].offset, value, broken[i].size);
        problem = read_copy(&elf, file, FILE_SIZE);
        if (problem == NULL || strcmp(problem, broken[i].reason) != 0)
            fail_msg("field at %u: %s, not %s", broken[i].offset,
                     problem != NULL ? problem : "good", broken[i].reason);
    }
}

/* Mistakes that take more than one field. */
static void
test_broken_pairs(void **state)
{
    static const char order[] = "segments out of order, or two on a page";
    uint8_t file[FILE_SIZE];
    struct elf elf;

    (void)state;
    make_file(file);
    put_header(file, CONSTANTS, 1, 4, 0x1000, 0, 0);
    assert_string_equal(read_copy(&elf, file, FILE_SIZE),
                        "a segment is not in the file");
    make_file(file); /* data behind the constants, on their page */
    put_header(file, DATA, 1, 6, 0x1200, 0x400, 0x400);
    assert_string_equal(read_copy(&elf, file, FILE_SIZE), order);
    make_file(file); /* nothing on page 0 */
    put_header(file, CODE, 1, 5, 0x1000, 0x800, 0x800);
    put_le64(file + 24, 0x1400);
    put_header(file, CONSTANTS, 1, 4, 0x2000, 0x200, 0x200);
    put_header(file, DATA, 0, 0, 0, 0, 0);
    assert_string_equal(read_copy(&elf, file, FILE_SIZE), order);
    make_file(file); /* the entry before the only code */
    put_header(file, CODE, 1, 4, 0, 0x800, 0x800);
    put_header(file, CONSTANTS, 1, 5, 0x1000, 0x200, 0x200);
    assert_string_equal(read_copy(&elf, file, FILE_SIZE),
                        "no code at its entry");
}

static void
test_short_files(void **state)
{
    uint8_t file[FILE_SIZE];
    struct elf elf;

    (void)state;
    make_file(file);
    for (size_t size = 0; size < FILE_SIZE; size++)
        assert_non_null(read_copy(&elf, file, size));
}

static void
test_segment_count(void **state)
{
    static uint8_t file[0x12000];
    struct elf elf;

    (void)state;
    make_file(file);
    for (unsigned n = 0; n <= ELF_MAX_SEGMENTS; n++) {
        put_header(file, n, 1, n == 0 ? 5 : 4, n * 0x1000u, 0x800, 0x800);
        put_le16(file + 56, (uint16_t)(n + 1));
        if (n < ELF_MAX_SEGMENTS)
            assert_null(read_copy(&elf, file, sizeof file));
        else
            assert_string_equal(read_copy(&elf, file, sizeof file),
                                "too many segments");
    }
}

/* What the linker made is what rt/spawn.c maps in place. */
static void
test_built_programs(void **state)
{
    char *names = strdup(getenv("USER_PROGRAMS")), *rest = NULL;
    unsigned count = 0;

    (void)state;
    for (char *name = strtok_r(names, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest), count++) {
        static uint8_t bytes[1 << 20];
        FILE *file = fopen(name, "rb");
        struct elf elf;
        size_t size;

        assert_non_null(file);
        size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        assert_null(read_copy(&elf, bytes, size));
        assert_int_equal(elf.count, 3);
        assert_int_equal(elf.segments[0].flags, ELF_READ | ELF_EXECUTE);
        assert_int_equal(elf.segments[1].flags, ELF_READ);
        assert_int_equal(elf.segments[2].flags, ELF_READ | ELF_WRITE);
        assert_int_equal(elf.segments[2].address % ELF_PAGE, 0);
        assert_int_equal(elf.segments[2].file_size % ELF_PAGE, 0);
    }
    assert_true(count >= 2);
    free(names);
}

static void
test_options(void **state)
{
    static const char line[] = "test=clock  seed=7\talive=10 autorun=a test=b";
    size_t length;

    (void)state;
    assert_memory_equal(option_value(line, "test", &length), "clock", 5);
    assert_int_equal(length, 5);
    assert_memory_equal(option_value(line, "alive", &length), "10", 2);
    assert_int_equal(length, 2);
    assert_string_equal(option_value(line, "autorun", &length), "a test=b");
    assert_int_equal(length, 8);
    assert_null(option_value(line, "tes", &length));
    assert_null(option_value(line, "est", &length));
    assert_null(option_value("autorun=x test=b", "test", &length));
    assert_null(option_value("", "test", &length));
    assert_non_null(option_value("  test=", "test", &length));
    assert_int_equal(length, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_broken_pairs),
        cmocka_unit_test(test_short_files),
        cmocka_unit_test(test_segment_count),
        cmocka_unit_test(test_built_programs),
        cmocka_unit_test(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
