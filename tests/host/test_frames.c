/* The frame allocator, against maps of all kinds and against a model. */
#define _GNU_SOURCE
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/frame_block.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/user_frames.h"

#define KIB 1024ULL
#define MIB (KIB << 10)
#define GIB (MIB << 10)

/*
 * Physical memory: 66 GiB of address space, of which the host gives a page
 * when it is touched, and 16 MiB at the end of what is managed.
 */
#define RAM_SIZE  (66 * GIB)
#define HIGH_SIZE (16 * MIB)
#define HIGH_BASE (FRAMES_END - HIGH_SIZE)

static uint8_t *ram, *high_ram;
static paddr_t memory_start; /* nothing below may be touched */

static struct boot_info info;
static struct account account, other;

void *
phys_to_virt(paddr_t paddr)
{
    assert_true(paddr >= memory_start);
    if (paddr >= HIGH_BASE && paddr < FRAMES_END)
        return high_ram + (paddr - HIGH_BASE);
    assert_true(paddr < RAM_SIZE);
    return ram + paddr;
}

/* kernel/account.c does more for an account that was closed. */
void
account_release(struct account *owner, uint64_t frames)
{
    assert_true(frames <= owner->used);
    owner->used -= frames;
}

_Noreturn void
panic(const char *text, ...)
{
    fail_msg("%s", text);
    abort();
}

static uint8_t *
reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    assert_true(at != MAP_FAILED);
    /* No large pages: touched() counts small ones. */
    assert_int_equal(madvise(at, size, MADV_NOHUGEPAGE), 0);
    return at;
}

static int
make_ram(void **state)
{
    (void)state;
    ram = reserve(RAM_SIZE);
    high_ram = reserve(HIGH_SIZE);
    return 0;
}

static int
reset(void **state)
{
    (void)state;
    assert_int_equal(madvise(ram, RAM_SIZE, MADV_DONTNEED), 0);
    assert_int_equal(madvise(high_ram, HIGH_SIZE, MADV_DONTNEED), 0);
    memset(&info, 0, sizeof info);
    account = other = (struct account){ .limit = ACCOUNT_UNLIMITED };
    memory_start = MIB;
    return 0;
}

static void
add_range(paddr_t base, uint64_t length, uint32_t type)
{
    assert_true(info.range_count < BOOT_MAX_RANGES);
    info.ranges[info.range_count++] =
        (struct boot_range){ base, length, type, 0 };
}

/* Memory as a machine has it, full of what was there before. */
static void
make_dirty(paddr_t base, uint64_t length)
{
    memset(ram + base, 0xA5, length);
}

static void
start_with(paddr_t base, uint64_t length)
{
    add_range(base, length, BOOT_MEM_USABLE);
    if (length <= 32 * MIB)
        make_dirty(base, length);
    frames_init(&info, UINT64_MAX);
}

/* How many pages of the first size bytes of memory the host had to give. */
static uint64_t
touched(uint64_t size)
{
    static unsigned char resident[GIB / PAGE_SIZE];
    uint64_t count = 0;

    for (uint64_t at = 0; at < size; at += GIB) {
        assert_int_equal(mincore(ram + at, GIB, resident), 0);
        for (size_t i = 0; i < sizeof resident; i++)
            count += resident[i] & 1;
    }
    return count;
}

/* Free frames, and those that a first touch may turn into tables for good. */
static uint64_t
not_taken(void)
{
    return frames_count().free + frames_count().tables;
}

static void
release(paddr_t run, unsigned order)
{
    assert_int_equal(frame_release(&account, run, order), 0);
}

/* Take runs of one order until there are no more. */
static size_t
take_all(paddr_t *runs, size_t max, unsigned order, unsigned flags)
{
    size_t count = 0;
    paddr_t run;

    while ((run = frame_take(&account, order, flags)) != 0) {
        assert_true(count < max);
        assert_int_equal(run % ((uint64_t)PAGE_SIZE << order), 0);
        runs[count++] = run;
    }
    return count;
}

static int
by_address(const void *a, const void *b)
{
    paddr_t left = *(const paddr_t *)a, right = *(const paddr_t *)b;

    return left < right ? -1 : left > right;
}

static paddr_t many[20000];

static void
test_all_frames_once(void **state)
{
    uint64_t tables;

    (void)state;
    start_with(MIB, 15 * MIB);
    assert_int_equal(frames_count().total, 15 * 256);
    assert_int_equal(frames_count().free, 15 * 256);
    for (int round = 0; round < 2; round++) {
        size_t count = take_all(many, 16384, 0, 0);

        tables = frames_count().tables;
        assert_int_equal(count + tables, 15 * 256);
        assert_in_range(tables, 1, 12); /* two for all, a map each block */
        assert_int_equal(frames_count().free, 0);
        assert_int_equal(account.used, count);
        qsort(many, count, sizeof many[0], by_address);
        for (size_t i = 0; i < count; i++)
            assert_true(many[i] >= (i > 0 ? many[i - 1] + PAGE_SIZE : MIB) &&
                        many[i] + PAGE_SIZE <= 16 * MIB);
        for (size_t i = 0; i < count; i++)
            release(many[i], 0);
        assert_int_equal(account.used, 0);
        assert_int_equal(not_taken(), 15 * 256);
    }
    assert_int_equal(frames_count().blocks, 8);
}

static void
test_zeroed_when_asked(void **state)
{
    (void)state;
    start_with(MIB, 7 * MIB);
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        size_t size = (size_t)PAGE_SIZE << order;
        paddr_t run = frame_take(&account, order, 0), same;
        const uint8_t *bytes = phys_to_virt(run);

        assert_int_not_equal(run, 0);
        memset(phys_to_virt(run), 0xA5, size);
        release(run, order);
        same = frame_take(&account, order, FRAME_ZEROED);
        assert_int_equal(same, run);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        release(same, order);
    }
}

static void
test_runs_of_each_order(void **state)
{
    (void)state;
    start_with(MIB + 3 * PAGE_SIZE, 31 * MIB);
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        size_t count = take_all(many, 16384, order, 0);
        uint64_t size = (uint64_t)PAGE_SIZE << order;

        /* Fifteen blocks are whole, the other runs lack one for a map. */
        assert_in_range(count, 15 * (2 * MIB / size) - (order < 9 ? 15 : 0),
                        31 * MIB / size);
        assert_int_equal(account.used, count << order);
        qsort(many, count, sizeof many[0], by_address);
        for (size_t i = 1; i < count; i++)
            assert_true(many[i] >= many[i - 1] + size);
        for (size_t i = 0; i < count; i++)
            release(many[i], order);
        assert_int_equal(not_taken(), 31 * 256);
    }
    assert_int_equal(frame_take(&account, FRAME_ORDER_MAX + 1, 0), 0);
    assert_int_equal(frame_take(&account, 64, 0), 0);
}

static void
test_account_limit(void **state)
{
    paddr_t one, two;
    struct frames_count before;

    (void)state;
    start_with(MIB, 7 * MIB);
    account.limit = 3;
    two = frame_take(&account, 1, 0);
    assert_int_not_equal(two, 0);
    before = frames_count();
    assert_int_equal(frame_take(&account, 1, 0), 0);
    assert_int_equal(frame_take(&account, 9, 0), 0);
    assert_int_equal(frames_count().free, before.free);
    one = frame_take(&account, 0, 0);
    assert_int_not_equal(one, 0);
    assert_int_equal(account.used, 3);
    assert_int_equal(frame_take(&account, 0, 0), 0);
    assert_int_not_equal(frame_take(&other, 0, 0), 0); /* who has its own */
    account.limit = 1; /* lowered below what is held */
    assert_int_equal(frame_take(&account, 0, 0), 0);
    release(two, 1);
    assert_int_equal(frame_take(&account, 0, 0), 0);
    release(one, 0);
    assert_int_equal(account.used, 0);
    assert_int_not_equal(frame_take(&account, 0, 0), 0);
}

static void
test_low_memory_is_spared(void **state)
{
    size_t low, high;

    (void)state;
    add_range(MIB, 7 * MIB, BOOT_MEM_USABLE);
    add_range(4 * GIB, 8 * MIB, BOOT_MEM_USABLE);
    frames_init(&info, UINT64_MAX);
    assert_true(frame_take(&account, 0, FRAME_LOW) < 4 * GIB);
    assert_int_equal(touched(RAM_SIZE) - touched(4 * GIB), 0);
    for (int i = 0; i < 100; i++)
        assert_true(frame_take(&account, 0, 0) >= 4 * GIB);
    low = take_all(many, 16384, 0, FRAME_LOW);
    for (size_t i = 0; i < low; i++)
        assert_true(many[i] < 4 * GIB);
    assert_in_range(low, 7 * 256 - 10, 7 * 256);
    assert_int_equal(frame_take(&account, 0, FRAME_LOW), 0);
    assert_true(frame_take(&account, 0, 0) >= 4 * GIB);
    high = take_all(many, 16384, 0, 0);
    assert_in_range(high, 8 * 256 - 110, 8 * 256 - 101);
}

static void
test_high_then_low(void **state)
{
    size_t count;

    (void)state;
    add_range(2 * MIB, 6 * MIB, BOOT_MEM_USABLE);
    start_with(4 * GIB, 8 * MIB);
    count = take_all(many, 16384, 9, 0);
    assert_int_equal(count, 3 + 2); /* a block each lost to tables */
    for (size_t i = 0; i < count; i++)
        assert_int_equal(many[i] >= 4 * GIB, i < 3);
}

/* Every second frame stays taken: much is free, and no two are together. */
static void
test_fragments_and_joins(void **state)
{
    size_t large, count, kept = 0;

    (void)state;
    start_with(MIB, 15 * MIB);
    large = take_all(many, 16384, 9, 0);
    for (size_t i = 0; i < large; i++)
        release(many[i], 9);
    count = take_all(many, 16384, 0, 0);
    for (size_t i = 0; i < count; i++) {
        if (many[i] / PAGE_SIZE % 2 != 0)
            release(many[i], 0);
        else
            many[kept++] = many[i];
    }
    assert_in_range(frames_count().free, 15 * 128 - 20, 15 * 128);
    assert_int_equal(frame_take(&account, 1, 0), 0);
    for (size_t i = 0; i < kept; i++)
        release(many[i], 0);
    assert_int_equal(not_taken(), 15 * 256);
    assert_int_equal(take_all(many, 16384, 9, 0), large);
    assert_int_equal(large, 7);
}

static void
expect_refusal(int error, struct account *owner, paddr_t run, unsigned order)
{
    struct frames_count before = frames_count();
    uint64_t used = owner->used;

    assert_int_equal(frame_release(owner, run, order), error);
    assert_int_equal(frames_count().free, before.free);
    assert_int_equal(frames_count().tables, before.tables);
    assert_int_equal(owner->used, used);
}

static void
refuse_all(unsigned order)
{
    paddr_t run = frame_take(&account, order, 0);
    uint64_t size = (uint64_t)PAGE_SIZE << order;

    assert_int_not_equal(run, 0);
    expect_refusal(FRAME_E_FOREIGN, &other, run, order);
    expect_refusal(FRAME_E_ORDER, &account, run, order + 1);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, run + 1, order);
    if (order > 0) {
        expect_refusal(FRAME_E_ORDER, &account, run, order - 1);
        expect_refusal(FRAME_E_NOT_TAKEN, &account, run + size / 2,
                       order - 1);
        expect_refusal(FRAME_E_NOT_TAKEN, &account, run + size - PAGE_SIZE,
                       0);
    }
    release(run, order);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, run, order);
    expect_refusal(FRAME_E_NOT_TAKEN, &other, run, order);
}

static void
test_wrong_releases(void **state)
{
    (void)state;
    add_range(MIB, 3 * MIB, BOOT_MEM_USABLE);
    add_range(4 * MIB, MIB, BOOT_MEM_KERNEL);
    start_with(5 * MIB, 11 * MIB);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, 6 * MIB, 0); /* no tables */
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
        refuse_all(order);
    take_all(many, 16384, 0, 0);
    for (paddr_t page = 4 * MIB; page < 5 * MIB; page += PAGE_SIZE)
        expect_refusal(FRAME_E_NOT_TAKEN, &account, page, 0);
    for (paddr_t page = MIB; page < MIB + 3 * PAGE_SIZE; page += PAGE_SIZE)
        expect_refusal(FRAME_E_NOT_TAKEN, &account, page, 0); /* tables */
    expect_refusal(FRAME_E_NOT_TAKEN, &account, 0, 0);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, 64 * GIB, 0);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, FRAMES_END + 6 * MIB, 0);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, UINT64_MAX, 0);
}

/* What is touched are tables, as many as the allocator says, and no more. */
static void
test_large_memory_is_lazy(void **state)
{
    static paddr_t runs[32768];
    size_t count;

    (void)state;
    add_range(MIB, 3 * GIB - MIB, BOOT_MEM_USABLE);
    start_with(4 * GIB, 61 * GIB);
    assert_int_equal(frames_count().total, 64 * GIB / PAGE_SIZE - 256);
    assert_int_equal(touched(RAM_SIZE), 0);
    assert_true(frame_take(&account, 0, 0) >= 4 * GIB);
    assert_int_equal(frames_count().tables, 3);
    assert_int_equal(frames_count().blocks, 1);
    assert_int_equal(touched(RAM_SIZE), 3);
    assert_true(frame_take(&account, 9, FRAME_LOW) < 4 * GIB);
    assert_in_range(touched(RAM_SIZE), 4, 5);
    count = take_all(runs, 32768, 9, 0);
    assert_in_range(count, 32767 - 520, 32767); /* a leaf each 128 MiB */
    assert_int_equal(touched(RAM_SIZE), frames_count().tables);
    assert_in_range(frames_count().tables, 512, 512 + 512 + 4);
    for (size_t i = 0; i < count; i++)
        release(runs[i], 9);
    assert_int_equal(touched(RAM_SIZE), frames_count().tables);
    assert_int_equal(not_taken() + account.used, frames_count().total);
}

/* Counts of holders, and their table that comes and goes. */
static void
test_shared_frames(void **state)
{
    paddr_t frame, other_frame, run;
    uint64_t tables;

    (void)state;
    start_with(MIB, 15 * MIB);
    frame = frame_take(&account, 0, 0);
    other_frame = frame_take(&account, 0, 0);
    run = frame_take(&account, 1, 0);
    tables = frames_count().tables;
    assert_false(frame_is_shared(frame));
    assert_true(frame_unshare(frame)); /* the only holder */
    for (int i = 0; i < 3; i++)
        assert_int_equal(frame_share(frame), 0);
    assert_int_equal(frame_share(other_frame), 0);
    assert_int_equal(frames_count().tables, tables + 1);
    assert_int_equal(not_taken() + account.used, frames_count().total);
    assert_true(frame_is_shared(frame));
    assert_false(frame_is_shared(run));
    expect_refusal(FRAME_E_SHARED, &account, frame, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(frame_is_shared(frame));
        assert_false(frame_unshare(frame));
    }
    assert_false(frame_is_shared(frame));
    assert_true(frame_is_shared(other_frame));
    assert_true(frame_unshare(frame));
    assert_int_equal(frames_count().tables, tables + 1);
    assert_false(frame_unshare(other_frame));
    assert_int_equal(frames_count().tables, tables);
    release(frame, 0);
    release(other_frame, 0);
    release(run, 1);
    assert_int_equal(not_taken(), 15 * 256);
}

static void
test_wrong_shares(void **state)
{
    paddr_t run, large;

    (void)state;
    start_with(MIB, 15 * MIB);
    run = frame_take(&account, 1, 0);
    large = frame_take(&account, 9, 0);
    assert_int_equal(frame_share(run), FRAME_E_NOT_TAKEN);
    assert_int_equal(frame_share(run + PAGE_SIZE), FRAME_E_NOT_TAKEN);
    assert_int_equal(frame_share(large), FRAME_E_NOT_TAKEN);
    assert_int_equal(frame_share(0), FRAME_E_NOT_TAKEN);
    assert_int_equal(frame_share(MIB), FRAME_E_NOT_TAKEN); /* a table */
    assert_int_equal(frame_share(20 * GIB), FRAME_E_NOT_TAKEN);
    assert_int_equal(frame_share(UINT64_MAX), FRAME_E_NOT_TAKEN);
    release(run, 1);
    assert_int_equal(frame_share(run), FRAME_E_NOT_TAKEN);
    take_all(many, 16384, 0, 0);
    assert_int_equal(frame_share(many[0]), FRAME_E_MEMORY);
    assert_false(frame_is_shared(many[0]));
    release(many[1], 0);
    assert_int_equal(frame_share(many[0]), 0);
    assert_false(frame_unshare(many[0]));
    assert_int_not_equal(frame_take(&account, 0, 0), 0); /* the table's */
}

/* Random holders of many frames, against plain numbers. */
static void
test_shares_against_numbers(void **state)
{
    static unsigned holders[4000];
    size_t count;

    (void)state;
    srand(9);
    start_with(MIB, 15 * MIB);
    count = take_all(many, 16384, 0, 0) - 100;
    for (size_t i = count; i < count + 100; i++)
        release(many[i], 0); /* for tables */
    assert_in_range(count, 3000, 4000);
    for (size_t i = 0; i < count; i++)
        holders[i] = 1;
    for (int round = 0; round < 200000; round++) {
        size_t i = (size_t)rand() % count;

        assert_int_equal(frame_is_shared(many[i]), holders[i] > 1);
        /* Rises to several holders for most, then falls. */
        if (rand() % 10 < (round < 100000 ? 6 : 3)) {
            assert_int_equal(frame_share(many[i]), 0);
            holders[i]++;
        } else {
            assert_int_equal(frame_unshare(many[i]), holders[i] == 1);
            holders[i] -= holders[i] > 1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        while (holders[i]-- > 1)
            assert_false(frame_unshare(many[i]));
        release(many[i], 0);
    }
    assert_int_equal(account.used, 0);
    assert_int_equal(not_taken(), 15 * 256);
}

/* Pages here and there: too few for tables, and unaligned ends. */
static void
test_odd_maps(void **state)
{
    size_t count;

    (void)state;
    for (uint64_t i = 0; i < 300; i++)
        add_range(MIB + i * 5 * PAGE_SIZE, PAGE_SIZE, BOOT_MEM_USABLE);
    start_with(16 * MIB - PAGE_SIZE, 2 * PAGE_SIZE);
    count = take_all(many, 16384, 0, 0);
    assert_int_equal(count + frames_count().tables, 302);
    assert_int_equal(frames_count().free, 0);
    assert_in_range(frames_count().tables, 3, 8);
    for (size_t i = 0; i < count; i++)
        release(many[i], 0);
    assert_int_equal(not_taken(), 302);
    assert_int_equal(frame_take(&account, 1, 0), 0);
}

/* A single page ends as a table; no page at all is no page. */
static void
test_no_memory(void **state)
{
    (void)state;
    frames_init(&info, UINT64_MAX);
    assert_int_equal(frame_take(&account, 0, 0), 0);
    start_with(MIB, PAGE_SIZE);
    assert_int_equal(frame_take(&account, 0, 0), 0);
    assert_int_equal(frames_count().tables, 1);
    assert_int_equal(frames_list_free(NULL, 0), 0);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, MIB, 0);
    info.range_count = 0;
    start_with(2 * MIB - PAGE_SIZE, 3 * PAGE_SIZE);
    assert_int_equal(frame_take(&account, 0, 0), 0);
    assert_int_equal(frames_count().free, 0);
    assert_int_equal(frames_count().tables, 3);
    expect_refusal(FRAME_E_NOT_TAKEN, &account, 2 * MIB, 0);
    assert_int_equal(frames_list_free(NULL, 0), 0);
}

static void
test_ends_of_the_managed_range(void **state)
{
    size_t count;

    (void)state;
    add_range(4 * GIB - 2 * MIB, 4 * MIB, BOOT_MEM_USABLE); /* across */
    add_range(HIGH_BASE + 5 * PAGE_SIZE, 2 * HIGH_SIZE, BOOT_MEM_USABLE);
    frames_init(&info, UINT64_MAX);
    assert_int_equal(frames_count().total, 4 * 256 + 16 * 256 - 5);
    count = take_all(many, 16384, 0, FRAME_LOW);
    assert_in_range(count, 512 - 3, 512);
    for (size_t i = 0; i < count; i++)
        assert_in_range(many[i], 4 * GIB - 2 * MIB, 4 * GIB - PAGE_SIZE);
    assert_int_equal(touched(RAM_SIZE), touched(4 * GIB));
    count = take_all(many, 16384, 0, 0);
    assert_in_range(count, 512 + 16 * 256 - 20, 512 + 16 * 256);
    frames_init(&info, 4 * GIB - MIB + 7); /* cut to whole pages */
    assert_int_equal(frames_count().total, 256);
    frames_init(&info, MIB);
    assert_int_equal(frames_count().total, 0);
}

/* Memory of the loader's comes later; a block may be made of three pieces. */
static void
test_memory_given_later(void **state)
{
    (void)state;
    memory_start = MIB;
    add_range(0, 640 * KIB, BOOT_MEM_LOADER); /* never handed out */
    add_range(MIB, 3 * MIB, BOOT_MEM_USABLE);
    add_range(4 * MIB, 64 * KIB, BOOT_MEM_USABLE);
    add_range(4 * MIB + 64 * KIB, MIB, BOOT_MEM_LOADER);
    add_range(5 * MIB + 64 * KIB, MIB - 64 * KIB, BOOT_MEM_USABLE);
    frames_init(&info, UINT64_MAX);
    assert_int_equal(take_all(many, 16384, 9, 0), 1);
    release(many[0], 9);
    assert_int_equal(frames_give(&info, BOOT_MEM_LOADER), 256);
    assert_int_equal(frames_give(&info, BOOT_MEM_LOADER), 0);
    assert_int_equal(frames_give(&info, BOOT_MEM_USABLE), 0);
    assert_int_equal(frames_give(&info, BOOT_MEM_MODULE), 0);
    assert_int_equal(frames_count().total, 5 * 256);
    assert_int_equal(take_all(many, 16384, 9, 0), 2);
    qsort(many, 2, sizeof many[0], by_address);
    assert_int_equal(many[1], 4 * MIB);
    release(many[0], 9);
    release(many[1], 9);
    assert_int_equal(not_taken(), 5 * 256);
}

/* Both a short and a long list; free pages on both sides of a taken one. */
static void
test_list_of_what_is_free(void **state)
{
    struct frame_span spans[8];
    paddr_t first, second;

    (void)state;
    add_range(MIB, MIB, BOOT_MEM_USABLE);
    start_with(3 * MIB, 5 * MIB);
    assert_int_equal(frames_list_free(spans, 8), 2);
    assert_int_equal(spans[0].base, MIB);
    assert_int_equal(spans[0].end, 2 * MIB);
    assert_int_equal(spans[1].base, 3 * MIB);
    assert_int_equal(spans[1].end, 8 * MIB);
    assert_int_equal(frames_list_free(spans, 1), 1);
    first = frame_take(&account, 0, 0);
    second = frame_take(&account, 0, 0);
    assert_int_equal(second, first + PAGE_SIZE);
    release(first, 0);
    assert_int_equal(frames_list_free(spans, 8), 3);
    assert_int_equal(spans[0].base, first);
    assert_int_equal(spans[0].end, second);
    assert_int_equal(spans[1].base, second + PAGE_SIZE);
    assert_int_equal(spans[1].end, 2 * MIB);
    assert_int_equal(spans[2].end - spans[2].base, 5 * MIB);
}

/* --- against a model ------------------------------------------------------ */

#define LOW_FRAMES   (48 * 256)
#define HIGH_FRAMES  (24 * 256)
#define MODEL_FRAMES (LOW_FRAMES + HIGH_FRAMES)
#define RUNS_MAX     4096

enum { ABSENT, UNUSED, TAKEN };

struct run {
    paddr_t base;
    unsigned order;
    struct account *owner;
};

static struct run runs[RUNS_MAX];
static size_t run_count;
static uint8_t model[MODEL_FRAMES]; /* one of the above */
static uint64_t model_used[2];      /* of account and other */
static uint64_t random_state;

/* Knuth's MMIX generator; the upper bits are the random ones. */
static uint32_t
random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005ULL +
                   1442695040888963407ULL;
    return (uint32_t)((random_state >> 33) % limit);
}

static uint8_t *
model_at(paddr_t page)
{
    if (page >= 4 * GIB) {
        assert_true(page < 4 * GIB + HIGH_FRAMES * PAGE_SIZE);
        return &model[LOW_FRAMES + (page - 4 * GIB) / PAGE_SIZE];
    }
    assert_true(page < LOW_FRAMES * PAGE_SIZE);
    return &model[page / PAGE_SIZE];
}

/* A map of ranges of random length with random holes. */
static void
make_model(void)
{
    static const paddr_t zones[][2] = {
        { MIB, LOW_FRAMES * PAGE_SIZE },
        { 4 * GIB, 4 * GIB + HIGH_FRAMES * PAGE_SIZE },
    };

    memset(model, ABSENT, sizeof model);
    memset(model_used, 0, sizeof model_used);
    run_count = 0;
    for (int i = 0; i < 2; i++) {
        paddr_t at = zones[i][0];

        while (at < zones[i][1]) {
            uint64_t size = (1 + random_below(3000)) * (uint64_t)PAGE_SIZE;

            if (size > zones[i][1] - at)
                size = zones[i][1] - at;
            add_range(at, size, random_below(4) == 0 ? BOOT_MEM_LOADER
                                                     : BOOT_MEM_USABLE);
            make_dirty(at, size);
            memset(model_at(at), UNUSED, size / PAGE_SIZE);
            at += size + random_below(4) / 2 * random_below(700) *
                             (uint64_t)PAGE_SIZE;
        }
    }
    frames_init(&info, UINT64_MAX);
}

static void
mark(const struct run *run, uint8_t from, uint8_t to)
{
    for (uint64_t i = 0; i < 1ULL << run->order; i++) {
        uint8_t *frame = model_at(run->base + i * PAGE_SIZE);

        assert_int_equal(*frame, from);
        *frame = to;
    }
}

/* The owner writes where a wrong table or a second owner would show. */
static uint64_t *
last_word(const struct run *run)
{
    return phys_to_virt(run->base + ((uint64_t)PAGE_SIZE << run->order) - 8);
}

static void
take_one(void)
{
    struct run *run = &runs[run_count];
    unsigned flags = random_below(4) == 0 ? FRAME_LOW : 0;

    if (run_count == RUNS_MAX)
        return;
    run->owner = random_below(2) == 0 ? &account : &other;
    run->order = random_below(2) == 0 ? 0 : random_below(10);
    run->base = frame_take(run->owner, run->order, flags);
    if (run->base == 0)
        return;
    assert_int_equal(run->base % ((uint64_t)PAGE_SIZE << run->order), 0);
    assert_true(flags == 0 || run->base < 4 * GIB);
    mark(run, UNUSED, TAKEN);
    model_used[run->owner == &other] += 1ULL << run->order;
    *(uint64_t *)phys_to_virt(run->base) = run->base;
    *last_word(run) = ~run->base;
    run_count++;
}

static void
release_one(size_t index)
{
    struct run run = runs[index];
    struct account *wrong = run.owner == &account ? &other : &account;

    assert_true(*last_word(&run) == ~run.base);
    if (run.order > 0)
        assert_true(*(uint64_t *)phys_to_virt(run.base) == run.base);
    assert_int_equal(frame_release(wrong, run.base, run.order),
                     FRAME_E_FOREIGN);
    assert_int_equal(frame_release(run.owner, run.base, run.order), 0);
    assert_int_equal(frame_release(run.owner, run.base, run.order),
                     FRAME_E_NOT_TAKEN);
    mark(&run, TAKEN, UNUSED);
    model_used[run.owner == &other] -= 1ULL << run.order;
    runs[index] = runs[--run_count];
}

/* Books and lists agree: what is listed as free nobody has, each page once. */
static void
compare_with_model(void)
{
    static struct frame_span spans[8192];
    static uint8_t listed[MODEL_FRAMES];
    uint32_t count = frames_list_free(spans, 8192);
    struct frames_count counts = frames_count();
    uint64_t free = 0;

    assert_true(count < 8192);
    memset(listed, 0, sizeof listed);
    for (uint32_t i = 0; i < count; i++)
        for (paddr_t page = spans[i].base; page < spans[i].end;
             page += PAGE_SIZE) {
            size_t index = (size_t)(model_at(page) - model);

            assert_int_equal(model[index], UNUSED);
            assert_int_equal(listed[index], 0);
            listed[index] = 1;
            free++;
        }
    assert_int_equal(free, counts.free);
    assert_int_equal(account.used, model_used[0]);
    assert_int_equal(other.used, model_used[1]);
    assert_int_equal(counts.free + counts.tables + account.used + other.used,
                     counts.total);
}

/* Phases of growth and of decline, so that memory is full and empty. */
static void
run_phases(int phases, int steps)
{
    for (int phase = 0; phase < phases; phase++) {
        uint32_t takes = phase % 2 == 0 ? 70 : 30;

        for (int step = 0; step < steps; step++)
            if (run_count == 0 || random_below(100) < takes)
                take_one();
            else
                release_one(random_below((uint32_t)run_count));
        compare_with_model();
    }
}

static void
release_rest(void)
{
    while (run_count > 0)
        release_one(random_below((uint32_t)run_count));
    compare_with_model();
}

static void
touch_everything(void)
{
    size_t count = take_all(many, MODEL_FRAMES, 0, 0);

    assert_int_equal(frames_count().free, 0);
    for (size_t i = 0; i < count; i++)
        release(many[i], 0);
}

static void
test_model(void **state)
{
    struct frames_count before, after;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        print_message("seed %u\n", (unsigned)seed);
        reset(state);
        random_state = seed;
        make_model();
        run_phases(3, 2000);
        frames_give(&info, BOOT_MEM_LOADER);
        run_phases(4, 2000);
        release_rest();
        assert_int_equal(not_taken(), frames_count().total);
        /* Now no frame more becomes a table: the very same count. */
        touch_everything();
        before = frames_count();
        run_phases(4, 2000);
        release_rest();
        after = frames_count();
        assert_memory_equal(&after, &before, sizeof after);
    }
}

/* Frames at hand are free ones: whoever counts both sees no difference. */
static void
at_hand(void **state)
{
    static paddr_t frames[4096];
    uint64_t before, count = 0;

    (void)state;
    start_with(MIB, 8 * MIB + 5 * PAGE_SIZE);
    user_frames.used = 0;
    before = not_taken();
    while ((frames[count] = user_frame_take(count % 2 == 0)) != 0) {
        uint8_t *page = phys_to_virt(frames[count]);

        assert_true(count % 2 != 0 || page[17] == 0);
        memset(page, (int)(count & 0xFF) | 1, PAGE_SIZE);
        count++;
        assert_int_equal(not_taken() + user_frames_spare() + count, before);
    }
    assert_true(count > 2000 && user_frames_spare() == 0);
    for (uint64_t i = 0; i < count; i++) /* nobody else had them */
        assert_int_equal(((uint8_t *)phys_to_virt(frames[i]))[PAGE_SIZE - 1],
                         (i & 0xFF) | 1);
    for (uint64_t i = 0; i < count; i++)
        user_frame_release(frames[i]);
    assert_int_equal(not_taken() + user_frames_spare(), before);
    user_frames_drain();
    assert_int_equal(user_frames_spare(), 0);
    assert_int_equal(not_taken(), before);
    assert_int_equal(user_frames.used, 0);
    assert_true(frame_take(&account, 9, 0) != 0); /* blocks are whole again */
}

/* As many as one run has, and no more than the account may. */
static void
singles(void **state)
{
    paddr_t frames[16];
    uint32_t count = 0;

    (void)state;
    start_with(2 * MIB, 2 * MIB);
    account.limit = 5;
    while (count < 5) {
        uint32_t more = frame_take_singles(&account, frames + count, 16);

        assert_in_range(more, 1, 5 - count);
        count += more;
    }
    assert_int_equal(frame_take_singles(&account, frames, 16), 0);
    assert_int_equal(account.used, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(frame_release(&account, frames[i], 1),
                         FRAME_E_ORDER);
        release(frames[i], 0);
    }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, reset)
    const struct CMUnitTest tests[] = {
        TEST(at_hand), TEST(singles),
        TEST(test_all_frames_once), TEST(test_zeroed_when_asked),
        TEST(test_runs_of_each_order), TEST(test_account_limit),
        TEST(test_low_memory_is_spared), TEST(test_high_then_low),
        TEST(test_fragments_and_joins), TEST(test_wrong_releases),
        TEST(test_large_memory_is_lazy), TEST(test_odd_maps),
        TEST(test_no_memory), TEST(test_ends_of_the_managed_range),
        TEST(test_memory_given_later), TEST(test_list_of_what_is_free),
        TEST(test_shared_frames), TEST(test_wrong_shares),
        TEST(test_shares_against_numbers), TEST(test_model),
    };

    return cmocka_run_group_tests(tests, make_ram, NULL);
}
