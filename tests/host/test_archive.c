/*
 * The boot archive's reader: an archive made here, each of whose fields is
 * broken once, and archives by scripts/mkarchive and by cpio.
 */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/rt/archive.h"

#define SIZE_MAX_HERE 65536u

/* An archive that grows; bytes[] is copied to its exact size to be read. */
static struct {
    uint8_t bytes[SIZE_MAX_HERE];
    size_t size;
} made;

static void
fill(size_t multiple)
{
    while (made.size % multiple != 0)
        made.bytes[made.size++] = 0;
}

/* name_size counts the NUL and what stands behind it. */
static void
add_padded(const char *name, size_t name_size, unsigned mode,
           const void *data, size_t size)
{
    char header[111];

    snprintf(header, sizeof header,
             "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X",
             7u, mode, 0u, 0u, 1u, 1234567u, size, 0u, 0u, 0u, 0u, name_size,
             0u);
    memcpy(made.bytes + made.size, header, 110);
    made.size += 110;
    memset(made.bytes + made.size, 0, name_size);
    memcpy(made.bytes + made.size, name, strlen(name));
    made.size += name_size;
    fill(4);
    if (size > 0)
        memcpy(made.bytes + made.size, data, size);
    made.size += size;
    fill(4);
}

static void
add(const char *name, unsigned mode, const char *text)
{
    add_padded(name, strlen(name) + 1, mode, text, strlen(text));
}

static void
add_trailer(void)
{
    add("TRAILER!!!", 0, "");
}

static void
make_small(void)
{
    memset(&made, 0, sizeof made);
    add("bin", ARCHIVE_FOLDER | 0755, "");
    add_padded("bin/tool", 100, ARCHIVE_FILE | 0755, "program", 7);
    add("empty", ARCHIVE_FILE | 0644, "");
    add("link", ARCHIVE_LINK | 0777, "bin/tool");
}

/* A copy of exactly that size, so that the sanitizer sees every step over. */
static uint8_t *
copy(size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);

    memcpy(bytes, made.bytes, size);
    return bytes;
}

static void
expect_problem_of(size_t size, const char *problem, uint64_t expected_at)
{
    uint8_t *bytes = copy(size);
    struct archive archive;
    uint64_t at;
    const char *found = archive_open(&archive, bytes, size, &at);

    if (found == NULL)
        fail_msg("accepted, not: %s", problem);
    assert_string_equal(found, problem);
    assert_int_equal(at, expected_at);
    free(bytes);
}

static void
expect_problem(const char *problem, uint64_t at)
{
    expect_problem_of(made.size, problem, at);
}

/* --- good ones ------------------------------------------------------------ */

static void
members_in_their_order(void **state)
{
    static const struct {
        const char *name;
        unsigned mode;
        const char *text;
    } expected[] = {
        { "bin", ARCHIVE_FOLDER | 0755, "" },
        { "bin/tool", ARCHIVE_FILE | 0755, "program" },
        { "empty", ARCHIVE_FILE | 0644, "" },
        { "link", ARCHIVE_LINK | 0777, "bin/tool" },
    };
    struct archive_member member = { 0 };
    struct archive archive;
    uint64_t at;
    uint8_t *bytes;

    (void)state;
    make_small();
    add_trailer();
    bytes = copy(made.size);
    assert_null(archive_open(&archive, bytes, made.size, &at));
    for (size_t i = 0; i < 4; i++) {
        assert_true(archive_next(&archive, &member));
        assert_string_equal(member.name, expected[i].name);
        assert_int_equal(member.name_length, strlen(expected[i].name));
        assert_int_equal(member.mode, expected[i].mode);
        assert_int_equal(member.size, strlen(expected[i].text));
        assert_memory_equal(archive_data(&archive, &member),
                            expected[i].text, member.size);
        assert_int_equal(member.inode, 7);
        assert_int_equal(member.links, 1);
        assert_int_equal(member.time, 1234567);
    }
    assert_false(archive_next(&archive, &member));
    assert_false(archive_next(&archive, &member));
    free(bytes);
}

static void
finding(void **state)
{
    static const char *const names[] = { "bin/tool", "/bin/tool",
                                         "./bin/tool", "//bin/tool" };
    struct archive_member member;
    struct archive archive;
    uint64_t at;

    (void)state;
    make_small();
    add("./bin/other", ARCHIVE_FILE, "x");
    add("bin/tool", ARCHIVE_FILE, "second");
    add_trailer();
    assert_null(archive_open(&archive, made.bytes, made.size, &at));
    for (size_t i = 0; i < 4; i++) {
        assert_true(archive_find(&archive, names[i], &member));
        assert_int_equal(member.size, 7);
    }
    assert_true(archive_find(&archive, "bin/other", &member));
    assert_false(archive_find(&archive, "bin/too", &member));
    assert_false(archive_find(&archive, "bin/tool/", &member));
    assert_false(archive_find(&archive, "", &member));
    assert_false(archive_find(&archive, "TRAILER!!!", &member));
}

/* What follows the trailer is not looked at: cpio fills up its last block. */
static void
an_empty_archive(void **state)
{
    struct archive_member member = { 0 };
    struct archive archive;
    uint64_t at;

    (void)state;
    memset(&made, 0, sizeof made);
    add_trailer();
    memcpy(made.bytes + made.size, "070701??", 8);
    made.size += 8;
    assert_null(archive_open(&archive, made.bytes, made.size, &at));
    assert_false(archive_next(&archive, &member));
}

static void
the_root_has_no_name(void **state)
{
    struct archive_member member;
    struct archive archive;
    uint64_t at;

    (void)state;
    memset(&made, 0, sizeof made);
    add(".", ARCHIVE_FOLDER, "");
    add("..data", ARCHIVE_FILE, "x");
    add("a..", ARCHIVE_FILE, "x");
    add_trailer();
    assert_null(archive_open(&archive, made.bytes, made.size, &at));
    assert_true(archive_find(&archive, "/", &member));
    assert_int_equal(member.mode, ARCHIVE_FOLDER);
    assert_true(archive_find(&archive, "..data", &member));
}

/* --- bad ones ------------------------------------------------------------- */

static void
cut_anywhere(void **state)
{
    size_t whole;

    (void)state;
    make_small();
    add_trailer();
    whole = 0;
    for (size_t size = 0; size < made.size; size++) {
        uint8_t *bytes = copy(size);
        struct archive archive;
        uint64_t at;

        whole += archive_open(&archive, bytes, size, &at) == NULL;
        assert_true(at <= size + 3); /* where the next one would begin */
        free(bytes);
    }
    assert_int_equal(whole, 0);
    make_small();
    expect_problem("it ends without a trailer", made.size);
    expect_problem_of(0, "it ends without a trailer", 0);
}

static void
bad_headers(void **state)
{
    (void)state;
    make_small();
    add_trailer();
    made.bytes[5] = '2';
    expect_problem("no header of a cpio archive (newc)", 0);
    made.bytes[5] = '1';
    for (size_t i = 6; i < 110; i++) {
        uint8_t was = made.bytes[i];

        made.bytes[i] = "/:@Gg` "[i % 7];
        expect_problem("a header with something else than digits", 0);
        made.bytes[i] = was;
    }
}

static void
bad_names(void **state)
{
    static const char *const leaving[] = { "..", "../x", "a/..", "a/../b",
                                           "./../x" };

    (void)state;
    make_small();
    memcpy(made.bytes + 6 + 8 * 11, "00000000", 8);
    expect_problem("a name without a NUL", 0);
    memcpy(made.bytes + 6 + 8 * 11, "00000003", 8);
    expect_problem("a name without a NUL", 0);
    memcpy(made.bytes + 6 + 8 * 11, "FFFFFFFF", 8);
    expect_problem("a name reaches beyond the end", 0);
    for (size_t i = 0; i < 5; i++) {
        memset(&made, 0, sizeof made);
        add(leaving[i], ARCHIVE_FILE, "");
        add_trailer();
        expect_problem("a name that leaves the archive", 0);
    }
}

static void
bad_sizes(void **state)
{
    uint64_t second;

    (void)state;
    make_small();
    add_trailer();
    second = 116;
    memcpy(made.bytes + second + 6 + 8 * 6, "FFFFFFFF", 8);
    expect_problem("a file reaches beyond the end", second);
    memcpy(made.bytes + second + 6 + 8 * 6, "00000009", 8);
    expect_problem("no header of a cpio archive (newc)", second + 224);
}

/* --- made by others ------------------------------------------------------- */

static uint8_t *
read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(1 << 20);

    assert_non_null(file);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

/* ARCHIVES: two archives of tests/host, with this file as a member. */
static void
archives_of_tools(void **state)
{
    char *list = strdup(getenv("ARCHIVES"));
    size_t count = 0, own_size;
    uint8_t *own = read_file("tests/host/test_archive.c", &own_size);

    (void)state;
    for (char *path = strtok(list, " "); path != NULL;
         path = strtok(NULL, " "), count++) {
        size_t size;
        uint8_t *bytes = read_file(path, &size);
        struct archive_member member;
        struct archive archive;
        uint64_t at;

        assert_null(archive_open(&archive, bytes, size, &at));
        assert_true(archive_find(&archive, "/test_archive.c", &member));
        assert_int_equal(member.mode & ARCHIVE_TYPE, ARCHIVE_FILE);
        assert_int_equal(member.size, own_size);
        assert_memory_equal(archive_data(&archive, &member), own, own_size);
        free(bytes);
    }
    assert_int_equal(count, 2);
    free(own);
    free(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_in_their_order),
        cmocka_unit_test(finding),
        cmocka_unit_test(an_empty_archive),
        cmocka_unit_test(the_root_has_no_name),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(bad_headers),
        cmocka_unit_test(bad_names),
        cmocka_unit_test(bad_sizes),
        cmocka_unit_test(archives_of_tools),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
