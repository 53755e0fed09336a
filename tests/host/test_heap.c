/* The kernel's heap: every size, every slot, and what must not be released. */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/heap.h"
#include "kernel/image.h"
#include "tests/host/frames_stand_in.h"

#define SEED 20261121u

static struct cache cache;
static struct account payer;

static int
reset(void **state)
{
    (void)state;
    payer = (struct account){ .limit = 1 << 20 };
    frames_fail_at = 0;
    return 0;
}

static int
nothing_left(void **state)
{
    (void)state;
    return frames_out != 0 || heap_bytes() != 0 || payer.used != 0;
}

static uint64_t
run_size(void)
{
    return (uint64_t)PAGE_SIZE << cache.order;
}

/* Begun anew; it knows how large its slots and runs are to be. */
static void
plan(struct cache *self, size_t size, size_t alignment)
{
    uint32_t kind = self->kind;
    void *slot;

    *self = (struct cache)CACHE((uint32_t)size, (uint32_t)alignment);
    self->kind = kind;
    slot = cache_take(self, &payer);
    assert_non_null(slot);
    cache_release(self, &payer, slot);
}

/* All sizes: at most a third is lost, slots lie where they should. */
static void
sizes(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
        for (size_t size = 1; size <= 16384; size += size < 600 ? 1 : 37) {
            uintptr_t slot;

            plan(&cache, size, alignment);
            assert_true(cache.size >= size);
            assert_true((uint64_t)cache.slots * cache.size >=
                        run_size() * 2 / 3);
            slot = (uintptr_t)cache_take(&cache, &payer);
            assert_int_equal(slot % alignment, 0);
            assert_true(slot % run_size() + cache.size <= run_size());
            cache_release(&cache, &payer, (void *)slot);
            assert_int_equal(frames_out, 0);
        }
    }
}

/* Slots of a run and a half are all different, inside, zeroed and charged. */
static void
every_slot(void **state)
{
    static const size_t some[] = { 16, 24, 64, 100, 449, 1408, 4096, 16384 };

    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        void *slots[400];
        uint32_t count;

        plan(&cache, some[i], 8);
        count = cache.slots + cache.slots / 2 + 1;
        for (uint32_t n = 0; n < count; n++) {
            uint8_t *slot = slots[n] = cache_take(&cache, &payer);

            assert_non_null(slot);
            for (size_t at = 0; at < some[i]; at++)
                assert_int_equal(slot[at], 0);
            memset(slot, (int)n + 1, some[i]);
        }
        assert_int_equal(cache.runs, 2);
        cache_release(&cache, &payer, slots[1]); /* of the full run */
        assert_ptr_equal(cache_take(&cache, &payer), slots[1]);
        memset(slots[1], 2, some[i]);
        assert_int_equal(cache.taken, count);
        assert_int_equal(heap_bytes(), 2 * run_size());
        assert_int_equal(payer.used, 2ULL << cache.order);
        for (uint32_t n = 0; n < count; n++) {
            const uint8_t *slot = slots[n];

            for (size_t at = 0; at < some[i]; at++)
                assert_int_equal(slot[at], (uint8_t)(n + 1));
            cache_release(&cache, &payer, slots[n]);
        }
        assert_int_equal(cache.runs, 0);
        assert_int_equal(frames_out, 0);
    }
}

struct held {
    uint8_t *slot;
    uint8_t fill;
};

static void
check_fill(const struct held *held)
{
    for (size_t i = 0; i < cache.size; i++)
        assert_int_equal(held->slot[i], held->fill);
}

/* What is held keeps its contents; frames are never more than they need be. */
static void
random_use(void **state)
{
    static struct held held[300];
    uint32_t count = 0;

    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    plan(&cache, 120, 8);
    for (unsigned step = 0; step < 60000; step++) {
        bool grow = step % 2000 < 1000;

        if (count == 0 || (count < 300 && rand() % 10 < (grow ? 7 : 3))) {
            held[count].slot = cache_take(&cache, &payer);
            held[count].fill = (uint8_t)rand();
            memset(held[count].slot, held[count].fill, cache.size);
            count++;
        } else {
            uint32_t which = (uint32_t)rand() % count;

            check_fill(&held[which]);
            cache_release(&cache, &payer, held[which].slot);
            held[which] = held[--count];
        }
        assert_int_equal(cache.taken, count);
        assert_int_equal(frames_out, cache.runs << cache.order);
        assert_true(cache.runs <= count);
    }
    while (count > 0)
        cache_release(&cache, &payer, held[--count].slot);
}

/* At every run that is refused: an answer, and no charge. */
static void
no_memory(void **state)
{
    void *slots[64];

    (void)state;
    plan(&cache, 1024, 8);
    for (unsigned fail = 1; fail <= 3; fail++) {
        uint32_t count = 0;

        frames_fail_at = fail;
        while ((slots[count] = cache_take(&cache, &payer)) != NULL)
            count++;
        assert_int_equal(count, (fail - 1) * cache.slots);
        assert_int_equal(payer.used, cache.runs << cache.order);
        slots[count] = cache_take(&cache, &payer);
        assert_non_null(slots[count++]);
        while (count > 0)
            cache_release(&cache, &payer, slots[--count]);
        assert_int_equal(frames_out, 0);
    }
}

static void
no_quota(void **state)
{
    void *slots[16];
    uint32_t count = 0;

    (void)state;
    payer.limit = 2;
    plan(&cache, 1024, 8);
    while ((slots[count] = cache_take(&cache, &payer)) != NULL)
        count++;
    assert_int_equal(count, 2 * cache.slots);
    assert_int_equal(payer.used, 2);
    while (count > 0)
        cache_release(&cache, &payer, slots[--count]);
    payer.limit = 0;
    assert_null(cache_take(&cache, &payer));
    assert_int_equal(frames_out, 0);
}

/* Gives back all but one slot of each run; returns how many are left. */
static uint32_t
thin_out(void **slots, uint32_t count)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < count; i++) {
        uintptr_t run = (uintptr_t)slots[i] & ~(run_size() - 1);
        bool first = true;

        for (uint32_t n = 0; n < left && first; n++)
            first = ((uintptr_t)slots[n] & ~(run_size() - 1)) != run;
        if (first)
            slots[left++] = slots[i];
        else
            cache_release(&cache, &payer, slots[i]);
    }
    return left;
}

/* Who keeps one slot of each run goes on paying for all of the runs. */
static void
one_slot_of_each_run(void **state)
{
    static void *slots[4000];
    uint32_t count = 0;

    (void)state;
    payer.limit = 100;
    plan(&cache, 120, 8);
    for (unsigned round = 0; round < 3; round++) {
        while ((slots[count] = cache_take(&cache, &payer)) != NULL)
            count++;
        count = thin_out(slots, count);
        assert_int_equal(count, cache.runs);
        assert_int_equal(payer.used, 100);
        assert_int_equal(frames_out, 100);
    }
    while (count > 0)
        cache_release(&cache, &payer, slots[--count]);
}

/* Books that are broken stop the kernel at once. */
static void
wrong_release(void **state)
{
    static struct cache other;
    char *slot, *second;

    (void)state;
    plan(&cache, 104, 8);
    plan(&other, 104, 8);
    slot = cache_take(&cache, &payer);
    second = cache_take(&cache, &payer);
    assert_panics(cache_release(&other, &payer, slot));
    assert_panics(cache_release(&cache, &payer, slot + 8));
    assert_panics(cache_release(&cache, &payer, slot - 8));
    assert_panics(cache_release(&cache, &payer,
                                second + 104 * (cache.slots - 1)));
    assert_panics(cache_release(&cache, &payer, second + 104));
    cache_release(&cache, &payer, slot);
    assert_panics(cache_release(&cache, &payer, slot));
    cache_release(&cache, &payer, second);
}

/* Nobody has to pay for a run because another's object lies in it. */
static void
a_run_is_one_account_s(void **state)
{
    struct account other = { .limit = 1 };
    char *mine, *theirs;

    (void)state;
    plan(&cache, 64, 64);
    mine = cache_take(&cache, &payer);
    theirs = cache_take(&cache, &other);
    assert_int_equal(cache.runs, 2);
    assert_int_equal(other.used, 1);
    assert_panics(cache_release(&cache, &other, mine));
    cache_release(&cache, &payer, mine);
    assert_int_equal(payer.used, 0);
    assert_int_equal(frames_out, 1);
    cache_release(&cache, &other, theirs);
    assert_int_equal(other.used, 0);
}

#define KIND_COUNT (ACCOUNT_KINDS - 2) /* two are taken above */

/* One of each kind in turn: no list is taken for another. */
static void
kinds(void **state)
{
    static struct cache caches[KIND_COUNT];
    static struct cache one_more = CACHE(40, 8);
    void *slots[KIND_COUNT];

    (void)state;
    for (unsigned i = 0; i < KIND_COUNT; i++)
        caches[i] = (struct cache)CACHE(40 + 8 * i, 8);
    for (unsigned i = 0; i < KIND_COUNT; i++)
        slots[i] = cache_take(&caches[i], &payer);
    assert_int_equal(payer.used, KIND_COUNT);
    for (unsigned i = 0; i < KIND_COUNT; i++)
        cache_release(&caches[i], &payer, slots[i]);
    assert_panics(cache_take(&one_more, &payer));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sizes, reset, nothing_left),
        cmocka_unit_test_setup_teardown(every_slot, reset, nothing_left),
        cmocka_unit_test_setup_teardown(random_use, reset, nothing_left),
        cmocka_unit_test_setup_teardown(no_memory, reset, nothing_left),
        cmocka_unit_test_setup_teardown(no_quota, reset, nothing_left),
        cmocka_unit_test_setup_teardown(one_slot_of_each_run, reset,
                                        nothing_left),
        cmocka_unit_test_setup_teardown(wrong_release, reset, nothing_left),
        cmocka_unit_test_setup_teardown(a_run_is_one_account_s, reset,
                                        nothing_left),
        cmocka_unit_test_setup_teardown(kinds, reset, nothing_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
