/* The manifest: its grammar line by line, and looking up a path. */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage2/manifest.h"

/*
 * The text in memory of exactly its size, no NUL behind it, so that the
 * sanitizer sees a read of one byte too many.
 */
static uint32_t
check(const char *text, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    uint32_t line;

    memcpy(copy, text, size);
    line = manifest_check(copy, size);
    free(copy);
    return line;
}

static int
find(const char *text, const char *path, struct manifest_record *record)
{
    size_t size = strlen(text);
    char *copy = malloc(size > 0 ? size : 1);
    int found;

    memcpy(copy, text, size);
    found = manifest_find(copy, size, path, record);
    free(copy);
    return found;
}

static void
well_formed_texts(void **state)
{
    static const char *const texts[] = {
        "", "\n", "\r\n", "\n\n\n", "# comment", "#\n", "#00000000 1 /a\n",
        "00000000 0 /a", "00000000 0 /a\n", "00000000 0 /a\r\n",
        "FFFFFFFF 18446744073709551615 /a\n", "deadBEEF 007 /a b  c\n",
        "# a\n\n01234567 1 /boot/kernel.elf\n\r\n# b\n89abcdef 2 /x\n",
        "01234567 1 no slash\n", "01234567 1  \n",
        "01234567 1 /a\n#", "01234567 1 /a\n\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(check(texts[i], strlen(texts[i])), 0);
}

static void
every_way_to_be_damaged(void **state)
{
    static const char *const lines[] = {
        " ", " 01234567 1 /a", "\t", "x", "0", "0123456", "01234567",
        "01234567 ", "01234567 1", "01234567 1 ", "012345678 1 /a",
        "0123456 1 /a", "0123456g 1 /a", "0x234567 1 /a", "0123456` 1 /a",
        "0123456/ 1 /a", "0123456: 1 /a", "0123456@ 1 /a", "0123456G 1 /a",
        "01234567\t1 /a", "01234567  1 /a", "01234567 1\t/a",
        "01234567 -1 /a", "01234567 +1 /a", "01234567 1a /a",
        "01234567 a /a", "01234567 /a", "01234567 1/a",
        "01234567 18446744073709551616 /a",
        "01234567 99999999999999999999 /a",
        "01234567 184467440737095516150 /a", "01234567 1 \r",
        ("\xEF\xBB\xBF" "01234567 1 /a"), "-1234567 1 /a",
    };
    char text[256];
    int size;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(check(lines[i], strlen(lines[i])), 1);
        size = snprintf(text, sizeof text,
                        "# first\r\n01234567 1 /a\n%s\nworse\n", lines[i]);
        assert_int_equal(check(text, (size_t)size), 3);
    }
    assert_int_equal(check("0123\0" "567 1 /a", 13), 1);
}

static void
cut_short_anywhere(void **state)
{
    static const char text[] = "01234567 12 /a\n89ABCDEF 34 /bc\n";

    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        uint32_t expected = 0;

        if (size > 0 && size < 13)
            expected = 1;
        else if (size > 15 && size < 28)
            expected = 2;
        assert_int_equal(check(text, size), expected);
    }
}

static void
finds_what_is_listed(void **state)
{
    static const char text[] =
        "# size and checksum\n"
        "89abcdef 4294967296 /boot/kernel.elf\r\n"
        "00000001 10 /boot/kernel\n"
        "00000002 20 /boot/kernel.elf.old\n"
        "00000003 30 /boot/with blank \n"
        "00000004 40 /BOOT/kernel.ELF\n"
        "00000005 18446744073709551615 /z";
    struct manifest_record record;

    (void)state;
    assert_int_equal(find(text, "/boot/kernel.elf", &record), 1);
    assert_int_equal(record.crc32c, 0x89ABCDEF);
    assert_int_equal(record.size, 4294967296);
    /* The first of two lines counts, and case does not. */
    assert_int_equal(find(text, "/BOOT/Kernel.Elf", &record), 1);
    assert_int_equal(record.crc32c, 0x89ABCDEF);
    assert_int_equal(find(text, "/boot/kernel", &record), 1);
    assert_int_equal(record.crc32c, 1);
    assert_int_equal(find(text, "/boot/with blank ", &record), 1);
    assert_int_equal(record.size, 30);
    assert_int_equal(find(text, "/Z", &record), 1);
    assert_int_equal(record.size, UINT64_MAX);
}

static void
does_not_find_what_is_not(void **state)
{
    static const char text[] =
        "#89abcdef 1 /comment\nbad line /bad\n89abcdef 1 /boot/kernel.elf\n";
    static const char *const paths[] = {
        "", "/", "/boot", "/boot/kernel.el", "/boot/kernel.elf ",
        "boot/kernel.elf", "/comment", "/bad", "/boot/kernel.elf\n",
        "/boot/kernel.elf0", "\x0F" "boot/kernel.elf", "/boot/kernel\x0E" "elf",
    };
    struct manifest_record record;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(find(text, paths[i], &record), 0);
    assert_int_equal(find("", "/boot/kernel.elf", &record), 0);
}

/* A NUL in the text is a byte like others; the path ends at its own. */
static void
a_nul_in_the_text(void **state)
{
    static const char text[] = "00000000 1 /a\0b\n00000000 2 /a\n";
    struct manifest_record record;
    char *path = strdup("/a");

    (void)state;
    assert_int_equal(manifest_find(text, sizeof text - 1, path, &record), 1);
    assert_int_equal(record.size, 2);
    free(path);
}

/* Only letters have two cases: '@' and '`', '[' and '{' are not the same. */
static void
case_is_that_of_letters(void **state)
{
    struct manifest_record record;

    (void)state;
    assert_int_equal(find("00000000 1 /@[\xC4\n", "/`[\xC4", &record), 0);
    assert_int_equal(find("00000000 1 /@[\xC4\n", "/@{\xC4", &record), 0);
    assert_int_equal(find("00000000 1 /@[\xC4\n", "/@[\xE4", &record), 0);
    assert_int_equal(find("00000000 1 /AZaz\n", "/azAZ", &record), 1);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_texts),
        cmocka_unit_test(every_way_to_be_damaged),
        cmocka_unit_test(cut_short_anywhere),
        cmocka_unit_test(finds_what_is_listed),
        cmocka_unit_test(does_not_find_what_is_not),
        cmocka_unit_test(a_nul_in_the_text),
        cmocka_unit_test(case_is_that_of_letters),
    };

    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
