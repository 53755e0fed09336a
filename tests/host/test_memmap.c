/*
 * The memory map: the rows of firmware behavior that it must survive, maps as
 * real machines report them, random maps against a model, and the promises
 * of taking and giving back.
 */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "quirks.h"
#include "stage2/memmap.h"
#include "tests/host/memmap_model.h"

#define U BOOT_MEM_USABLE
#define R BOOT_MEM_RESERVED
#define A BOOT_MEM_ACPI_TABLES
#define N BOOT_MEM_ACPI_NVS
#define B BOOT_MEM_BAD

#define MIB 0x100000ULL
#define GIB 0x40000000ULL
#define PAGE 4096ULL

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))

/* A map built from a list, which stays as it is. */
static struct memmap
built(const struct memmap_raw *list, uint32_t count, int result)
{
    struct memmap map = { 0 };
    struct memmap_raw *raw = calloc(count + 1, sizeof *raw);

    if (count > 0)
        memcpy(raw, list, count * sizeof *raw);
    assert_int_equal(memmap_build(&map, raw, count), result);
    free(raw);
    assert_ptr_equal(model_broken_promise(&map), NULL);
    return map;
}

static void
assert_ranges(const struct memmap *map, const struct memmap_raw *expected,
              uint32_t count)
{
    assert_int_equal(map->count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(map->ranges[i].base, expected[i].base);
        assert_int_equal(map->ranges[i].length, expected[i].length);
        assert_int_equal(map->ranges[i].type, expected[i].type);
    }
}

/* Build raw, then compare ranges and quirks. */
#define CHECK(raw, expected, expected_quirks)                                \
    do {                                                                     \
        struct memmap map_ = built(raw, COUNT(raw), 0);                      \
        assert_ranges(&map_, expected, COUNT(expected));                     \
        assert_int_equal(map_.quirks, expected_quirks);                      \
    } while (0)

/* --- machines ------------------------------------------------------------ */

static void
qemu_pc_with_128_mib(void **state)
{
    static const struct memmap_raw raw[] = {
        { 0, 0x9FC00, U }, { 0x9FC00, 0x400, R }, { 0xF0000, 0x10000, R },
        { MIB, 0x7EE0000, U }, { 0x7FE0000, 0x20000, R },
        { 0xFFFC0000, 0x40000, R },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 0x7EE0000, U }, { 0x7FE0000, 0x20000, R },
        { 0xFFFC0000, 0x40000, R },
    };

    (void)state;
    CHECK(raw, expected, 0);
}

static void
qemu_q35_with_5_gib(void **state)
{
    static const struct memmap_raw raw[] = {
        { 0, 0x9FC00, U }, { 0x9FC00, 0x400, R }, { 0xF0000, 0x10000, R },
        { MIB, 0x7FEDF000, U }, { 0x7FFDF000, 0x21000, R },
        { 0xB0000000, 0x10000000, R }, { 0xFED1C000, 0x4000, R },
        { 0xFFFC0000, 0x40000, R }, { 4 * GIB, 3 * GIB, U },
        { 0xFD00000000, 0x300000000, R },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 0x7FEDF000, U }, { 0x7FFDF000, 0x21000, R },
        { 0xB0000000, 0x10000000, R }, { 0xFED1C000, 0x4000, R },
        { 0xFFFC0000, 0x40000, R }, { 4 * GIB, 3 * GIB, U },
        { 0xFD00000000, 0x300000000, R },
    };

    (void)state;
    CHECK(raw, expected, 0);
}

static void
bochs_with_32_mib(void **state)
{
    static const struct memmap_raw raw[] = {
        { 0, 0x9F000, U }, { 0x9F000, 0x1000, R }, { 0xE8000, 0x18000, R },
        { MIB, 0x1EF0000, U }, { 0x1FF0000, 0x10000, A },
        { 0xFFFC0000, 0x40000, R },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 0x1EF0000, U }, { 0x1FF0000, 0x10000, A },
        { 0xFFFC0000, 0x40000, R },
    };

    (void)state;
    CHECK(raw, expected, 0);
}

/* Ends in the middle of pages, as laptops with ACPI tables at the top have. */
static void
laptop_with_crooked_ends(void **state)
{
    static const struct memmap_raw raw[] = {
        { 0, 0x9D800, U }, { 0x9D800, 0x2800, R }, { 0xE0000, 0x20000, R },
        { MIB, 0x3FE8EC00 - MIB, U }, { 0x3FE8EC00, 0x2000, N },
        { 0x3FE90C00, 0x2000, A }, { 0x3FE92C00, 0x16D400, R },
        { 0xE0000000, 0x10000000, R }, { 0xFEC00000, 0x10000, R },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 0x3FE8E000 - MIB, U },
        { 0x3FE8E000, 0x3000, N }, { 0x3FE91000, 0x1000, A },
        { 0x3FE92000, 0x16E000, R }, { 0xE0000000, 0x10000000, R },
        { 0xFEC00000, 0x10000, R },
    };

    (void)state;
    CHECK(raw, expected, 0);
}

/* --- rows of bios-quirks ------------------------------------------------- */

/* Row 24: types of 24-byte entries with odd attributes arrive as unknown. */
static void
row_24_unknown_types_are_reserved(void **state)
{
    static const struct memmap_raw raw[] = {
        { MIB, MIB, U }, { 2 * MIB, MIB, 0 }, { 3 * MIB, MIB, 6 },
        { 4 * MIB, MIB, 7 }, { 5 * MIB, MIB, 12 },
        { 6 * MIB, MIB, BOOT_MEM_KERNEL }, { 7 * MIB, MIB, UINT32_MAX },
        { 8 * MIB, MIB, U },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, MIB, U }, { 2 * MIB, 6 * MIB, R },
        { 8 * MIB, MIB, U },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_UNKNOWN);
}

/* Rows 23 and 26: a list cut short, or with ranges of length zero. */
static void
row_26_empty_ranges_do_not_count(void **state)
{
    static const struct memmap_raw raw[] = {
        { 8 * MIB, 0, B }, { MIB, MIB, U }, { MIB, 0, R }, { 0, 0, 0 },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, MIB, U },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_WRAP);
}

/* Row 25: a BIOS that repeats an entry, as its buffer was not rewritten. */
static void
row_25_repeated_entries_join(void **state)
{
    static const struct memmap_raw raw[] = {
        { MIB, MIB, U }, { MIB, MIB, U }, { MIB, MIB, U },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, MIB, U },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_OVERLAP);
}

static void
row_27_unsorted(void **state)
{
    static const struct memmap_raw raw[] = {
        { 4 * GIB, GIB, U }, { 3 * MIB, MIB, R }, { MIB, 2 * MIB, U },
        { 4 * MIB, MIB, U }, { 0, 0x9FC00, U },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 2 * MIB, U }, { 3 * MIB, MIB, R },
        { 4 * MIB, MIB, U }, { 4 * GIB, GIB, U },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_UNSORTED);
}

static void
row_27_most_restrictive_wins(void **state)
{
    static const uint32_t order[] = { U, A, R, N, B };

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned j = 0; j < 5; j++) {
            uint32_t winner = order[i > j ? i : j];
            struct memmap_raw raw[] = {
                { MIB, 4 * MIB, order[i] }, { 2 * MIB, MIB, order[j] },
                { 16 * MIB, MIB, U },
            };
            struct memmap map = built(raw, 3, 0);

            assert_int_equal(map.quirks, QUIRK_MAP_OVERLAP);
            assert_int_equal(model_lookup(&map, 0x1FF), order[i]);
            assert_int_equal(model_lookup(&map, 0x200), winner);
            assert_int_equal(model_lookup(&map, 0x2FF), winner);
            assert_int_equal(model_lookup(&map, 0x300), order[i]);
        }
    }
}

static void
row_27_nested_and_overlapping(void **state)
{
    static const struct memmap_raw raw[] = {
        { MIB, 15 * MIB, U }, { 2 * MIB, 6 * MIB, R }, { 3 * MIB, MIB, U },
        { 7 * MIB, 2 * MIB, A }, { 15 * MIB, 2 * MIB, U },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, MIB, U }, { 2 * MIB, 6 * MIB, R },
        { 8 * MIB, MIB, A }, { 9 * MIB, 8 * MIB, U },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_OVERLAP);
}

/* Ends that touch are no overlap; one byte is. */
static void
row_27_overlap_of_one_byte(void **state)
{
    struct memmap_raw raw[] = {
        { MIB, MIB, U }, { 2 * MIB, MIB, R }, { 4 * MIB, MIB, U },
    };
    struct memmap map = built(raw, COUNT(raw), 0);

    (void)state;
    assert_int_equal(map.quirks, 0);
    raw[0].length++;
    map = built(raw, COUNT(raw), 0);
    assert_int_equal(map.quirks, QUIRK_MAP_OVERLAP);
}

static void
row_27_wraps_past_2_64(void **state)
{
    static const struct memmap_raw raw[] = {
        { MIB, MIB, U }, { UINT64_MAX - 0x3FFF, 0x8000, R },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, MIB, U }, { UINT64_MAX - 0x3FFF, 0x3000, R },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_WRAP);
}

/* Ending exactly at 2^64 is no wrap, and wrapping never reaches page 0. */
static void
row_27_whole_address_space(void **state)
{
    static const struct memmap_raw exact[] = {
        { MIB, MIB, U }, { 1ULL << 63, 1ULL << 63, R },
    };
    static const struct memmap_raw exact_map[] = {
        { 0, MIB, R }, { MIB, MIB, U },
        { 1ULL << 63, (1ULL << 63) - PAGE, R },
    };
    static const struct memmap_raw all[] = { { 0, UINT64_MAX, U } };
    static const struct memmap_raw all_map[] = {
        { 0, MIB, R }, { MIB, (1ULL << 52) - MIB, U },
    };
    static const struct memmap_raw beyond[] = {
        { 1ULL << 52, MIB, U }, { 2 * MIB, MIB, U },
        { 1ULL << 53, MIB, R },
    };
    static const struct memmap_raw beyond_map[] = {
        { 0, MIB, R }, { 2 * MIB, MIB, U }, { 1ULL << 53, MIB, R },
    };

    (void)state;
    CHECK(exact, exact_map, 0);
    CHECK(all, all_map, 0);
    CHECK(beyond, beyond_map, QUIRK_MAP_UNSORTED);
}

/* 400 entries, every other one usable: the highest of those are given up. */
static void
row_27_too_many_ranges(void **state)
{
    static const uint32_t types[] = { R, U, A, U };
    struct memmap_raw raw[400];
    struct memmap map;
    uint32_t usable = 0;

    (void)state;
    for (uint32_t i = 0; i < 400; i++)
        raw[i] = (struct memmap_raw){ (i + 1) * MIB, MIB, types[i % 4] };
    map = built(raw, 400, 0);
    assert_int_equal(map.quirks, QUIRK_MAP_TRUNCATED);
    assert_int_equal(map.count, MEMMAP_MAX_BUILT);
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t type = model_lookup(&map, raw[i].base / PAGE);

        if (raw[i].type != U)
            assert_int_equal(type, raw[i].type);
        else if (type == U)
            assert_int_equal(usable++, i / 2);
    }
    assert_int_equal(usable, MEMMAP_MAX_BUILT - 200);
}

static void
row_27_exactly_as_many_as_fit(void **state)
{
    struct memmap_raw raw[MEMMAP_MAX_BUILT];
    struct memmap map;

    (void)state;
    for (uint32_t i = 0; i < MEMMAP_MAX_BUILT; i++)
        raw[i] = (struct memmap_raw){ (2 + 2 * i) * MIB, MIB, U };
    map = built(raw, MEMMAP_MAX_BUILT - 1, 0);
    assert_int_equal(map.quirks, 0);
    assert_int_equal(map.count, MEMMAP_MAX_BUILT);
    map = built(raw, MEMMAP_MAX_BUILT, 0);
    assert_int_equal(map.quirks, QUIRK_MAP_TRUNCATED);
    assert_int_equal(map.count, MEMMAP_MAX_BUILT);
    assert_int_equal(map.ranges[map.count - 1].base,
                     raw[MEMMAP_MAX_BUILT - 2].base);
}

/* Row 28: what E801 and 88h amount to, the hole at 15 MiB included. */
static void
row_28_e801_and_88(void **state)
{
    static const struct memmap_raw e801[] = {
        { MIB, 14 * MIB, U }, { 16 * MIB, 48 * MIB, U },
    };
    static const struct memmap_raw e801_map[] = {
        { 0, MIB, R }, { MIB, 14 * MIB, U }, { 16 * MIB, 48 * MIB, U },
    };
    static const struct memmap_raw no_hole[] = {
        { MIB, 15 * MIB, U }, { 16 * MIB, 48 * MIB, U },
    };
    static const struct memmap_raw no_hole_map[] = {
        { 0, MIB, R }, { MIB, 63 * MIB, U },
    };

    (void)state;
    CHECK(e801, e801_map, 0);
    CHECK(no_hole, no_hole_map, 0);
}

static void
row_29_below_1_mib_is_never_usable(void **state)
{
    static const struct memmap_raw raw[] = {
        { 0, 4 * MIB, U }, { 0x80000, 0x1000, B }, { 0xFF800, 0x1000, A },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, PAGE, A }, { MIB + PAGE, 3 * MIB - PAGE, U },
    };

    (void)state;
    CHECK(raw, expected, QUIRK_MAP_OVERLAP);
}

static void
usable_shrinks_and_others_grow(void **state)
{
    static const struct memmap_raw raw[] = {
        { MIB + 1, 3 * PAGE, U }, { 2 * MIB + PAGE - 1, 2, R },
        { 3 * MIB + 1, PAGE - 1, U }, { 4 * MIB, PAGE - 1, U },
        { 5 * MIB, PAGE, U },
    };
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB + PAGE, 2 * PAGE, U }, { 2 * MIB, 2 * PAGE, R },
        { 5 * MIB, PAGE, U },
    };

    (void)state;
    CHECK(raw, expected, 0);
}

static void
nothing_usable_is_an_error(void **state)
{
    static const struct memmap_raw low[] = { { 0, MIB, U } };
    static const struct memmap_raw covered[] = {
        { MIB, MIB, U }, { 0, 1ULL << 63, R },
    };

    (void)state;
    built(NULL, 0, -1);
    built(low, COUNT(low), -1);
    built(covered, COUNT(covered), -1);
}

static void
quirks_are_only_added_to(void **state)
{
    struct memmap map = { .quirks = QUIRK_E820_NO_SMAP };
    struct memmap_raw raw[] = { { 2 * MIB, MIB, U }, { MIB, MIB, U } };

    (void)state;
    assert_int_equal(memmap_build(&map, raw, 2), 0);
    assert_int_equal(map.quirks, QUIRK_E820_NO_SMAP | QUIRK_MAP_UNSORTED);
}

/* --- random maps against a model ----------------------------------------- */

#define SEED        20240229u
#define FIRST_PAGE  200u /* below 1 MiB, */
#define SPACE_PAGES 5400u /* up to here at most */

static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Up to 300 ranges below page end; in half of the maps some are crooked. */
static uint32_t
random_map(uint32_t *random, struct memmap_raw *raw, uint32_t end)
{
    static const uint32_t types[] = { U, U, U, U, R, A, N, B, 0, 9 };
    uint32_t count = next_random(random) % 601;
    uint32_t longest = 1u << next_random(random) % 7;
    bool crooked = next_random(random) % 2;

    count = count < 300 ? count : 300;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t page = FIRST_PAGE +
                        next_random(random) % (end - FIRST_PAGE - 70);

        raw[i].base = page * PAGE;
        raw[i].length = (1 + next_random(random) % longest) * PAGE;
        if (next_random(random) % 16 == 0)
            raw[i].length = 0;
        raw[i].type = types[next_random(random) % COUNT(types)];
        if (crooked && next_random(random) % 4 == 0)
            raw[i].base += next_random(random) % PAGE;
        if (crooked && next_random(random) % 4 == 0)
            raw[i].length += next_random(random) % PAGE;
    }
    return count;
}

/*
 * Page by page what the map must be, then with the highest usable runs taken
 * out as long as there are too many. Returns whether any were.
 */
static bool
model_pages(const struct memmap_raw *raw, uint32_t count, uint32_t *pages,
            uint32_t end)
{
    uint32_t runs = 0, page;
    bool cut = false;

    for (page = 0; page < end; page++) {
        pages[page] = model_type(raw, count, page);
        runs += pages[page] != 0 &&
                (page == 0 || pages[page] != pages[page - 1]);
    }
    for (; runs > MEMMAP_MAX_BUILT; runs--) {
        for (page = end - 1; pages[page] != U; page--)
            ;
        for (; pages[page] == U; page--)
            pages[page] = 0;
        cut = true;
    }
    return cut;
}

static void
random_maps_equal_the_model(void **state)
{
    static struct memmap_raw raw[301];
    static uint32_t pages[SPACE_PAGES];
    uint32_t random = SEED, cuts = 0, empty = 0;

    (void)state;
    print_message("seed %u\n", SEED);
    for (int round = 0; round < 400; round++) {
        struct memmap map = { 0 };
        uint32_t end = 300 * (1 + next_random(&random) % (round % 6 * 3 + 1));
        uint32_t count = random_map(&random, raw, end);
        bool cut = model_pages(raw, count, pages, end), usable = false;
        int result = memmap_build(&map, raw, count);

        assert_ptr_equal(model_broken_promise(&map), NULL);
        for (uint32_t page = 0; page < end; page++) {
            assert_int_equal(model_lookup(&map, page), pages[page]);
            usable |= pages[page] == U;
        }
        assert_int_equal(result, usable ? 0 : -1);
        assert_int_equal((map.quirks & QUIRK_MAP_TRUNCATED) != 0, cut);
        cuts += cut;
        empty += !usable;
    }
    /* The maps must be of all kinds, or the test proves less than it says. */
    assert_true(cuts > 0);
    assert_true(empty > 0 && empty < 200);
}

/* --- taking and giving back ---------------------------------------------- */

static struct memmap
two_banks(void)
{
    static const struct memmap_raw raw[] = {
        { MIB, 3 * MIB, U }, { 4 * MIB, MIB, R }, { 5 * MIB, 3 * MIB, U },
    };

    return built(raw, COUNT(raw), 0);
}

#define L BOOT_MEM_LOADER
#define K BOOT_MEM_KERNEL
#define M BOOT_MEM_MODULE

static void
take_finds_the_lowest_place(void **state)
{
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, PAGE, M }, { MIB + PAGE, MIB - PAGE, U },
        { 2 * MIB, MIB, K }, { 3 * MIB, MIB, U }, { 4 * MIB, MIB, R },
        { 5 * MIB, 3 * MIB, U },
    };
    struct memmap map = two_banks();

    (void)state;
    assert_int_equal(memmap_take(&map, MIB, 2 * MIB, 4 * GIB, K), 2 * MIB);
    assert_int_equal(memmap_take(&map, 1, PAGE, 4 * GIB, M), MIB);
    assert_ranges(&map, expected, COUNT(expected));
    /* Neither gap of the first bank holds two MiB any more. */
    assert_int_equal(memmap_take(&map, 2 * MIB, PAGE, 4 * GIB, K), 5 * MIB);
}

static void
take_high_finds_the_highest_place(void **state)
{
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 2 * MIB, U }, { 3 * MIB, MIB, L },
        { 4 * MIB, MIB, R }, { 5 * MIB, MIB, U }, { 6 * MIB, MIB, K },
        { 7 * MIB, MIB - PAGE, U }, { 8 * MIB - PAGE, PAGE, L },
    };
    struct memmap map = two_banks();

    (void)state;
    assert_int_equal(memmap_take_high(&map, 1, PAGE, 4 * GIB, L),
                     8 * MIB - PAGE);
    assert_int_equal(memmap_take_high(&map, MIB, 2 * MIB, 4 * GIB, K),
                     6 * MIB);
    assert_int_equal(memmap_take_high(&map, MIB, PAGE, 5 * MIB, L), 3 * MIB);
    assert_ranges(&map, expected, COUNT(expected));
}

static void
take_minds_the_limit(void **state)
{
    struct memmap map = two_banks(), before = map;

    (void)state;
    assert_int_equal(memmap_take(&map, PAGE, PAGE, MIB, L), 0);
    assert_int_equal(memmap_take(&map, PAGE, PAGE, MIB + PAGE - 1, L), 0);
    assert_int_equal(memmap_take_high(&map, PAGE, PAGE, MIB, L), 0);
    assert_int_equal(memmap_take(&map, PAGE, PAGE, 0, L), 0);
    assert_int_equal(memmap_take(&map, 3 * MIB + 1, PAGE, 4 * GIB, L), 0);
    assert_int_equal(memmap_take(&map, 0, PAGE, 4 * GIB, L), 0);
    assert_int_equal(memmap_take(&map, UINT64_MAX, PAGE, UINT64_MAX, L), 0);
    assert_int_equal(memmap_take(&map, 1ULL << 63, PAGE, UINT64_MAX, L), 0);
    assert_int_equal(memmap_take(&map, PAGE, 1ULL << 63, UINT64_MAX, L), 0);
    assert_int_equal(memmap_take_high(&map, PAGE, 1ULL << 63, UINT64_MAX, L),
                     0);
    assert_memory_equal(&map, &before, sizeof map);
    assert_int_equal(memmap_take(&map, PAGE, PAGE, MIB + PAGE, L), MIB);
}

static void
neighbors_of_one_type_join(void **state)
{
    static const struct memmap_raw expected[] = {
        { 0, MIB, R }, { MIB, 3 * PAGE, L },
        { MIB + 3 * PAGE, 3 * MIB - 3 * PAGE, U }, { 4 * MIB, MIB, R },
        { 5 * MIB, 3 * MIB, U },
    };
    struct memmap map = two_banks(), before = map;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(memmap_take(&map, PAGE, PAGE, 4 * GIB, L),
                         MIB + (unsigned)i * PAGE);
    assert_ranges(&map, expected, COUNT(expected));
    memmap_release(&map, MIB + PAGE, PAGE);
    assert_int_equal(map.count, COUNT(expected) + 2);
    assert_ptr_equal(model_broken_promise(&map), NULL);
    memmap_release(&map, MIB, PAGE);
    memmap_release(&map, MIB + 2 * PAGE, 1);
    assert_int_equal(map.count, before.count);
    assert_memory_equal(map.ranges, before.ranges,
                        before.count * sizeof *before.ranges);
}

static void
release_gives_back_only_what_was_taken(void **state)
{
    struct memmap map = two_banks(), before;

    (void)state;
    assert_int_equal(memmap_take(&map, MIB, PAGE, 4 * GIB, L), MIB);
    before = map;
    memmap_release(&map, 0, PAGE);
    memmap_release(&map, 4 * MIB, MIB);
    memmap_release(&map, 16 * MIB, PAGE);
    memmap_release(&map, MIB, 0);
    memmap_release(&map, MIB, MIB + 1);
    memmap_release(&map, 2 * MIB - PAGE, 2 * PAGE);
    memmap_release(&map, 2 * MIB - PAGE, UINT64_MAX - PAGE);
    memmap_release(&map, 2 * MIB, PAGE);
    assert_memory_equal(&map, &before, sizeof map);
}

/* With no room for two ranges more the map stays as it is. */
static void
a_full_map_gives_nothing(void **state)
{
    struct memmap map = two_banks(), before;
    uint32_t taken = 0;

    (void)state;
    for (; memmap_take(&map, PAGE, 2 * PAGE, 4 * GIB, taken % 2 ? L : K) != 0;
         taken++)
        assert_ptr_equal(model_broken_promise(&map), NULL);
    assert_true(taken > 100);
    assert_true(map.count + 2 > BOOT_MAX_RANGES);
    before = map;
    memmap_release(&map, MIB, PAGE);
    assert_int_equal(memmap_take_high(&map, PAGE, PAGE, 4 * GIB, L), 0);
    assert_memory_equal(&map, &before, sizeof map);
}

static void
random_takes_equal_the_model(void **state)
{
    struct { paddr_t base; uint64_t size; } taken[24];
    uint32_t random = SEED, successes = 0;

    (void)state;
    print_message("seed %u\n", SEED);
    for (int round = 0; round < 60; round++) {
        struct memmap map = two_banks(), first = map;
        unsigned count = 0;

        for (int step = 0; step < 24; step++) {
            uint64_t size = next_random(&random) % (600 * PAGE);
            uint64_t alignment = PAGE << next_random(&random) % 10;
            paddr_t limit = MIB + next_random(&random) % (10 * MIB);
            int high = next_random(&random) % 2;
            paddr_t want = model_fit(&map, size, alignment, limit, high);
            paddr_t got = (high ? memmap_take_high : memmap_take)(
                &map, size, alignment, limit, step % 2 ? L : M);

            assert_int_equal(got, want);
            assert_ptr_equal(model_broken_promise(&map), NULL);
            if (got == 0)
                continue;
            taken[count].base = got;
            taken[count++].size = size;
            successes++;
            if (next_random(&random) % 3 == 0) {
                count--;
                memmap_release(&map, got, size);
                assert_int_equal(model_lookup(&map, got / PAGE), U);
            }
        }
        while (count-- > 0)
            memmap_release(&map, taken[count].base, taken[count].size);
        assert_int_equal(map.count, first.count);
        assert_memory_equal(map.ranges, first.ranges,
                            first.count * sizeof *first.ranges);
    }
    assert_true(successes > 300);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(qemu_pc_with_128_mib),
        cmocka_unit_test(qemu_q35_with_5_gib),
        cmocka_unit_test(bochs_with_32_mib),
        cmocka_unit_test(laptop_with_crooked_ends),
        cmocka_unit_test(row_24_unknown_types_are_reserved),
        cmocka_unit_test(row_25_repeated_entries_join),
        cmocka_unit_test(row_26_empty_ranges_do_not_count),
        cmocka_unit_test(row_27_unsorted),
        cmocka_unit_test(row_27_most_restrictive_wins),
        cmocka_unit_test(row_27_nested_and_overlapping),
        cmocka_unit_test(row_27_overlap_of_one_byte),
        cmocka_unit_test(row_27_wraps_past_2_64),
        cmocka_unit_test(row_27_whole_address_space),
        cmocka_unit_test(row_27_too_many_ranges),
        cmocka_unit_test(row_27_exactly_as_many_as_fit),
        cmocka_unit_test(row_28_e801_and_88),
        cmocka_unit_test(row_29_below_1_mib_is_never_usable),
        cmocka_unit_test(usable_shrinks_and_others_grow),
        cmocka_unit_test(nothing_usable_is_an_error),
        cmocka_unit_test(quirks_are_only_added_to),
        cmocka_unit_test(random_maps_equal_the_model),
        cmocka_unit_test(take_finds_the_lowest_place),
        cmocka_unit_test(take_high_finds_the_highest_place),
        cmocka_unit_test(take_minds_the_limit),
        cmocka_unit_test(neighbors_of_one_type_join),
        cmocka_unit_test(release_gives_back_only_what_was_taken),
        cmocka_unit_test(a_full_map_gives_nothing),
        cmocka_unit_test(random_takes_equal_the_model),
    };

    return cmocka_run_group_tests_name("memory map", tests, NULL, NULL);
}
