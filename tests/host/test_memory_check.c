/* Memory that is not there, shared or stuck must be noticed. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/start/memory_check.h"

#define PAGES 64
#define BASE  0x100000ULL

static uint8_t ram[PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static uint64_t dead_lines; /* address lines that nobody listens to */

void *
phys_to_virt(paddr_t paddr)
{
    uint64_t offset = (paddr - BASE) & ~dead_lines;

    assert_true(paddr >= BASE && offset < sizeof ram);
    return (uint8_t *)ram + offset;
}

static int
reset(void **state)
{
    (void)state;
    memset(ram, 0x3C, sizeof ram);
    dead_lines = 0;
    return 0;
}

static const struct frame_span spans[] = {
    { BASE, BASE + 30 * PAGE_SIZE },
    { BASE + 31 * PAGE_SIZE, BASE + 31 * PAGE_SIZE }, /* used up */
    { BASE + 40 * PAGE_SIZE, BASE + PAGES * PAGE_SIZE },
};

static paddr_t
check_sample(void)
{
    paddr_t pages[MEMORY_SAMPLE_MAX];
    size_t count = memory_sample(spans, 3, pages);

    return memory_check_pages(pages, count);
}

static void
test_good_memory(void **state)
{
    (void)state;
    assert_int_equal(check_sample(), 0);
    for (size_t i = 0; i < sizeof ram; i++)
        assert_int_equal(((uint8_t *)ram)[i], 0x3C); /* put back */
    assert_int_equal(memory_check_all(spans, 3), 0);
    for (size_t i = 0; i < sizeof ram; i++) {
        size_t page = i / PAGE_SIZE;

        assert_int_equal(((uint8_t *)ram)[i],
                         page < 30 || page >= 40 ? 0 : 0x3C);
    }
}

static void
test_every_dead_line_is_noticed(void **state)
{
    (void)state;
    for (int line = 12; line < 18; line++) {
        reset(NULL);
        dead_lines = 1ULL << line;
        assert_int_not_equal(check_sample(), 0);
        for (size_t i = 0; i < sizeof ram; i++)
            assert_int_equal(((uint8_t *)ram)[i], 0x3C);
        assert_int_not_equal(memory_check_all(spans, 3), 0);
    }
}

static size_t
count_of(const paddr_t *pages, size_t count, paddr_t page)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += pages[i] == page;
    return found;
}

static void
test_sample_of_small_memory(void **state)
{
    paddr_t pages[MEMORY_SAMPLE_MAX];
    size_t count = memory_sample(spans, 3, pages);

    (void)state;
    assert_int_equal(count_of(pages, count, BASE), 1);
    assert_int_equal(count_of(pages, count, BASE + 29 * PAGE_SIZE), 1);
    assert_int_equal(count_of(pages, count, BASE + 40 * PAGE_SIZE), 1);
    assert_int_equal(count_of(pages, count, BASE + 63 * PAGE_SIZE), 1);
    assert_int_equal(count_of(pages, count, BASE + 31 * PAGE_SIZE), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(count_of(pages, count, pages[i]), 1);
    assert_int_equal(memory_sample(spans + 1, 1, pages), 0);
}

/* 64 GiB: bounded, and a partner for each address line from A12 to A35. */
static void
test_sample_of_large_memory(void **state)
{
    static const struct frame_span large[] = {
        { 0x100000, 0xC0000000 },
        { 0x100000000, 0x1040000000 },
    };
    paddr_t pages[MEMORY_SAMPLE_MAX];
    size_t count = memory_sample(large, 2, pages);

    (void)state;
    assert_in_range(count, 64, MEMORY_SAMPLE_MAX);
    assert_int_equal(count_of(pages, count, 0xC0000000 - PAGE_SIZE), 1);
    assert_int_equal(count_of(pages, count, 0x1040000000 - PAGE_SIZE), 1);
    for (int line = 12; line <= 35; line++) {
        size_t partners = 0;

        for (size_t i = 0; i < count; i++)
            partners += count_of(pages, count, pages[i] ^ 1ULL << line);
        assert_int_not_equal(partners, 0);
    }
}

static void
test_sample_of_many_ranges(void **state)
{
    static struct frame_span many[300];
    paddr_t pages[MEMORY_SAMPLE_MAX];

    (void)state;
    for (uint64_t i = 0; i < 300; i++)
        many[i] = (struct frame_span){ BASE + i * 0x10000,
                                       BASE + i * 0x10000 + 0x2000 };
    assert_int_equal(memory_sample(many, 300, pages), MEMORY_SAMPLE_MAX);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_good_memory), TEST(test_every_dead_line_is_noticed),
        TEST(test_sample_of_small_memory),
        TEST(test_sample_of_large_memory), TEST(test_sample_of_many_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
