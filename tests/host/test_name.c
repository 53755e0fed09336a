/* The mount table of user/name. */
#include "tests/host/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/name/table.h"

static struct name_table page;
static struct table table;

static int
fresh(void **state)
{
    (void)state;
    memset(&page, 0, sizeof page);
    table = (struct table){ .page = &page };
    return 0;
}

static void
mount(const char *path, uint32_t session, uint32_t expected_old)
{
    uint32_t sequence = page.sequence, old = 77;

    assert_int_equal(table_mount(&table, path, strlen(path), session, &old),
                     0);
    assert_int_equal(old, expected_old);
    assert_int_equal(page.sequence, sequence + 2);
}

static void
refuse(const char *path, size_t length, int error)
{
    struct name_table before = page;
    uint32_t old;

    assert_int_equal(table_mount(&table, path, length, 5, &old), error);
    assert_int_equal(old, 0);
    assert_memory_equal(&page, &before, sizeof page);
}

static uint32_t
session_at(uint32_t place)
{
    uint32_t session = 0;

    assert_int_equal(table_session(&table, place, page.mounts[place].stamp,
                                   &session), 0);
    return session;
}

static void
what_is_mounted_is_found(void **state)
{
    (void)state;
    mount("/", 11, 0);
    mount("/dev", 12, 0);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.mounts[0].prefix, "/");
    assert_string_equal(page.mounts[1].prefix, "/dev");
    assert_int_equal(page.mounts[1].length, 4);
    assert_int_not_equal(page.mounts[0].stamp, page.mounts[1].stamp);
    assert_int_equal(session_at(0), 11);
    assert_int_equal(session_at(1), 12);
}

static void
the_next_one_takes_the_place(void **state)
{
    uint32_t stamp, session;

    (void)state;
    mount("/dev", 12, 0);
    stamp = page.mounts[0].stamp;
    mount("/dev", 13, 12);
    assert_int_equal(page.count, 1);
    assert_int_not_equal(page.mounts[0].stamp, stamp);
    assert_int_equal(session_at(0), 13);
    assert_int_equal(table_session(&table, 0, stamp, &session), ESTALE);
}

static void
what_was_unmounted_is_gone(void **state)
{
    uint32_t old, stamp, session;

    (void)state;
    mount("/a", 1, 0);
    mount("/b", 2, 0);
    mount("/c", 3, 0);
    stamp = page.mounts[1].stamp;
    assert_int_equal(table_unmount(&table, "/b", 2, &old), 0);
    assert_int_equal(old, 2);
    assert_int_equal(page.count, 3);
    assert_int_equal(page.mounts[1].length, 0);
    assert_int_equal(table_session(&table, 1, stamp, &session), ESTALE);
    assert_int_equal(table_session(&table, 1, 0, &session), ESTALE);
    assert_int_equal(table_unmount(&table, "/b", 2, &old), ENOENT);
    assert_int_equal(table_unmount(&table, "", 0, &old), ENOENT);
    assert_int_equal(table_unmount(&table, "/", 1, &old), ENOENT);
    mount("/d", 4, 0);
    assert_int_equal(session_at(1), 4);
    assert_int_not_equal(page.mounts[1].stamp, stamp);
    assert_int_equal(table_unmount(&table, "/d", 2, &old), 0);
    assert_int_equal(table_unmount(&table, "/c", 2, &old), 0);
    assert_int_equal(page.count, 1);
}

static void
bad_indexes(void **state)
{
    uint32_t session;

    (void)state;
    mount("/", 1, 0);
    assert_int_equal(table_session(&table, 1, 1, &session), ESTALE);
    assert_int_equal(table_session(&table, NAME_MOUNTS, 1, &session), ESTALE);
    assert_int_equal(table_session(&table, UINT64_MAX, 1, &session), ESTALE);
    assert_int_equal(table_session(&table, 1ULL << 32, 1, &session), ESTALE);
    assert_int_equal(table_session(&table, 0, 1ULL << 32 | 1, &session),
                     ESTALE);
}

static void
bad_paths(void **state)
{
    static const char *const bad[] = { "", "dev", "//", "/dev/", "//dev",
                                       "/a//b", "/.", "/..", "/a/.", "/a/..",
                                       "/./a", "/../a", "/a/../b" };
    char longest[NAME_PREFIX + 1];

    (void)state;
    mount("/...", 1, 0);
    mount("/.a", 2, 0);
    mount("/a./b.", 3, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(bad[i], strlen(bad[i]), EINVAL);
    refuse("/a\0b", 4, EINVAL);
    refuse("/\0", 2, EINVAL);
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    refuse(longest, NAME_PREFIX, ENAMETOOLONG);
    longest[NAME_PREFIX - 1] = '\0';
    mount(longest, 4, 0);
    assert_string_equal(page.mounts[3].prefix, longest);
}

static void
all_places(void **state)
{
    char path[8];

    (void)state;
    for (unsigned i = 0; i < NAME_MOUNTS; i++) {
        snprintf(path, sizeof path, "/%u", i);
        mount(path, i + 1, 0);
    }
    refuse("/more", 5, ENOSPC);
    mount("/7", 99, 8); /* what is there may still be replaced */
    assert_int_equal(session_at(7), 99);
}

/* Stamp 0 is what a free place has. */
static void
stamps_go_round(void **state)
{
    (void)state;
    table.stamp = UINT32_MAX;
    mount("/", 1, 0);
    assert_int_equal(page.mounts[0].stamp, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_mounted_is_found, fresh),
        cmocka_unit_test_setup(the_next_one_takes_the_place, fresh),
        cmocka_unit_test_setup(what_was_unmounted_is_gone, fresh),
        cmocka_unit_test_setup(bad_indexes, fresh),
        cmocka_unit_test_setup(bad_paths, fresh),
        cmocka_unit_test_setup(all_places, fresh),
        cmocka_unit_test_setup(stamps_go_round, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
