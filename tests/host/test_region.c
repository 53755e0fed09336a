/* The tree of regions, against a plain array. */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/region.h"

#define PLACES 400u /* addresses are small numbers here */
#define SEED   20261u

static struct region *owner[PLACES]; /* who covers that address */
static struct region *root;

static unsigned
draw(unsigned below)
{
    return (unsigned)rand() % below;
}

static struct region *
make(uint64_t start, uint64_t end)
{
    struct region *region = calloc(1, sizeof *region);

    assert_non_null(region);
    region->start = start;
    region->end = end;
    return region;
}

/* Order, balance and what nodes know; returns how many there are. */
static unsigned
check(const struct region *node, uint64_t *last)
{
    unsigned count;
    int left, right;

    if (node == NULL)
        return 0;
    left = node->left == NULL ? 0 : node->left->height;
    right = node->right == NULL ? 0 : node->right->height;
    assert_in_range(left - right + 1, 0, 2);
    assert_int_equal(node->height, (left > right ? left : right) + 1);
    count = check(node->left, last);
    assert_true(node->start >= *last && node->end > node->start);
    *last = node->end;
    return count + 1 + check(node->right, last);
}

static uint64_t
model_gap(uint64_t low, uint64_t end, uint64_t size)
{
    uint64_t run = 0;

    for (uint64_t at = low; at < end; at++) {
        run = owner[at] == NULL ? run + 1 : 0;
        if (run == size)
            return at + 1 - size;
    }
    return UINT64_MAX;
}

static void
compare(unsigned expected)
{
    uint64_t last = 0, place;
    uint64_t low = draw(PLACES), size = 1 + draw(40);
    uint64_t end = low + draw(PLACES - (unsigned)low + 1);
    uint64_t wanted = model_gap(low, end, size), at = draw(PLACES);
    struct region *above = region_above(root, at);

    assert_int_equal(check(root, &last), expected);
    assert_int_equal(region_find_gap(root, low, end, size, &place),
                     wanted != UINT64_MAX);
    if (wanted != UINT64_MAX)
        assert_int_equal(place, wanted);
    while (at < PLACES && owner[at] == NULL)
        at++;
    assert_ptr_equal(above, at < PLACES ? owner[at] : NULL);
}

static void
paint(struct region *region, struct region *with)
{
    for (uint64_t at = region->start; at < region->end; at++)
        owner[at] = with;
}

/* A new one in a random free place; 1 when there was room. */
static unsigned
add_one(void)
{
    uint64_t start = draw(PLACES), end = start;
    uint64_t most = start + 1 + draw(12);
    struct region *region;

    while (end < PLACES && end < most && owner[end] == NULL)
        end++;
    if (end == start)
        return 0;
    region = make(start, end);
    root = region_insert(root, region);
    paint(region, region);
    return 1;
}

static void
resize_one(struct region *region)
{
    uint64_t start = region->start, end = region->end;

    paint(region, NULL);
    if (draw(2) == 0 && end - start > 1)
        start++;
    else if (end < PLACES && owner[end] == NULL)
        end++;
    region_resize(root, region, start, end);
    assert_int_equal(region->start, start);
    assert_int_equal(region->end, end);
    paint(region, region);
}

static void
test_against_model(void **state)
{
    unsigned count = 0;

    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    for (unsigned round = 0; round < 60000; round++) {
        struct region *region = owner[draw(PLACES)];
        /* Grows for a while, then shrinks. */
        unsigned bias = round / 3000 % 2 == 0 ? 7 : 3;

        if (draw(10) < bias) {
            count += add_one();
        } else if (region != NULL && draw(3) == 0) {
            resize_one(region);
        } else if (region != NULL) {
            root = region_remove(root, region);
            paint(region, NULL);
            free(region);
            count--;
        }
        compare(count);
    }
    while (root != NULL) {
        struct region *region = root;

        root = region_remove(root, region);
        paint(region, NULL);
        free(region);
        compare(--count);
    }
}

/* The most that one address after the other can do to it. */
static void
test_height(void **state)
{
    enum { COUNT = 50000 };
    uint64_t last = 0, place;

    (void)state;
    for (uint64_t i = 0; i < COUNT; i++)
        root = region_insert(root, make(2 * i, 2 * i + 1));
    assert_in_range(root->height, 15, 22); /* 1.44 log2(50,000) */
    assert_int_equal(check(root, &last), COUNT);
    assert_false(region_find_gap(root, 0, 2 * COUNT - 1, 2, &place));
    assert_true(region_find_gap(root, 0, 3 * COUNT, 2, &place));
    assert_int_equal(place, 2 * COUNT - 1);
    while (root != NULL) {
        struct region *region = region_above(root, 0);

        root = region_remove(root, region);
        free(region);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_height),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
