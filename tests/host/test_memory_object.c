/* Memory objects: sizes, pages, supply, DMA, devices, and their end. */
#include "tests/host/unit.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/endpoint.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "tests/host/vm_stand_in.h"

static struct account account;
static struct session session;

static int
reset(void **state)
{
    (void)state;
    vm_reset();
    account = (struct account){ .limit = ACCOUNT_UNLIMITED };
    memset(&session, 0, sizeof session);
    session.object.handles = 1;
    return 0;
}

static struct memory *
make(enum sys_memory kind, uint64_t pages)
{
    struct memory *memory = NULL;

    assert_int_equal(memory_create(&account, kind, pages * PAGE_SIZE, 0,
                                   kind == SYS_MEMORY_PAGED ? &session : NULL,
                                   &memory), 0);
    assert_int_equal(memory->size, pages * PAGE_SIZE);
    assert_int_equal(memory->object.references, 1);
    return memory;
}

static void
expect_nothing_left(void)
{
    work_all();
    assert_int_equal(account.used, 0);
    assert_int_equal(user_frames.used, 0);
    assert_int_equal(frames_out(), 0);
    assert_int_equal(slots_out, 0);
    assert_int_equal(session.object.handles, 1);
}

static bool
is_filled(paddr_t frame, uint8_t byte)
{
    const uint8_t *bytes = phys_to_virt(frame);

    for (unsigned i = 0; i < PAGE_SIZE; i++)
        if (bytes[i] != byte)
            return false;
    return true;
}

static void
expect_new_page(struct memory *memory, uint64_t page)
{
    paddr_t frame, again;

    assert_int_equal(memory_page(memory, page * PAGE_SIZE, false, &frame), 0);
    assert_int_equal(frame, 0);
    assert_int_equal(memory_page(memory, page * PAGE_SIZE, true, &frame), 0);
    assert_true(is_filled(frame, 0));
    memset(phys_to_virt(frame), 0x5A, PAGE_SIZE);
    assert_int_equal(memory_page(memory, page * PAGE_SIZE, true, &again), 0);
    assert_int_equal(again, frame);
    assert_int_equal(memory_page(memory, page * PAGE_SIZE, false, &again), 0);
    assert_int_equal(again, frame);
}

/* Around each size at which the tree of pages grows. */
static void
test_sizes(void **state)
{
    static const uint64_t sizes[] = {
        1, 2, 3, 511, 512, 513, 1ULL << 18, (1ULL << 18) + 1, 1ULL << 27,
        (1ULL << 27) + 1, MEMORY_SIZE_MAX / PAGE_SIZE,
    };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t pages = sizes[i], used;
        struct memory *memory = make(SYS_MEMORY_ANONYMOUS, pages);

        used = account.used; /* all is promised, the nodes of the tree too */
        assert_in_range(used - pages, pages > 1, pages / 511 + 4);
        account.limit = 0; /* whoever made it may be gone */
        expect_new_page(memory, pages - 1);
        if (pages > 1)
            expect_new_page(memory, 0);
        if (pages > 700)
            expect_new_page(memory, 600);
        assert_int_equal(account.used, used);
        object_unref(&memory->object);
        expect_nothing_left();
        account.limit = ACCOUNT_UNLIMITED;
    }
}

static void
test_bad_arguments(void **state)
{
    const paddr_t end = 1ULL << 40; /* of this CPU */
    const struct {
        unsigned kind;
        uint64_t size;
        paddr_t base;
        int error;
    } cases[] = {
        { SYS_MEMORY_ANONYMOUS, 0, 0, ERR_ARGUMENT },
        { SYS_MEMORY_ANONYMOUS, 100, 0, ERR_ARGUMENT },
        { SYS_MEMORY_ANONYMOUS, MEMORY_SIZE_MAX + PAGE_SIZE, 0,
          ERR_ARGUMENT },
        { SYS_MEMORY_ANONYMOUS, -1ULL << 12, 0, ERR_ARGUMENT },
        { SYS_MEMORY_DMA, SYS_PAGE_LARGE + PAGE_SIZE, 0, ERR_ARGUMENT },
        { SYS_MEMORY_PAGED, PAGE_SIZE, 0, ERR_ARGUMENT }, /* no pager */
        { SYS_MEMORY_MODULE + 1, PAGE_SIZE, 0, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, PAGE_SIZE, 0xFEE00800, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, PAGE_SIZE, end, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, 2 * PAGE_SIZE, end - PAGE_SIZE, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, PAGE_SIZE, -1ULL << 12, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, MIB, MIB, ERR_ARGUMENT },          /* usable */
        { SYS_MEMORY_DEVICE, PAGE_SIZE, MODULE_BASE, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, PAGE_SIZE, 65 * MIB, ERR_ARGUMENT }, /* kernel */
        { SYS_MEMORY_DEVICE, 2 * MIB, 64 * MIB, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, 512 * MIB, 0, ERR_ARGUMENT }, /* around all */
        { SYS_MEMORY_DEVICE, PAGE_SIZE, 0x9E000, ERR_ARGUMENT },
        { SYS_MEMORY_DEVICE, MIB, 64 * MIB, 0 },
        { SYS_MEMORY_DEVICE, PAGE_SIZE, 0xA0000, 0 },
        { SYS_MEMORY_DEVICE, PAGE_SIZE, end - PAGE_SIZE, 0 },
        { SYS_MEMORY_MODULE, PAGE_SIZE, MODULE_BASE, 0 },
        { SYS_MEMORY_MODULE, PAGE_SIZE, MODULE_BASE + 1, ERR_ARGUMENT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct memory *memory = NULL;
        int error = memory_create(&account, (enum sys_memory)cases[i].kind,
                                  cases[i].size, cases[i].base, NULL,
                                  &memory);

        if (error != cases[i].error)
            fail_msg("case %zu: %d", i, error);
        assert_int_equal(account.used, 0);
        if (error == 0)
            object_unref(&memory->object);
    }
    expect_nothing_left();
}

static void
test_quota(void **state)
{
    struct memory *memory;

    (void)state;
    account.limit = 9;
    assert_int_equal(memory_create(&account, SYS_MEMORY_ANONYMOUS,
                                   10 * PAGE_SIZE, 0, NULL, &memory),
                     ERR_MEMORY);
    assert_int_equal(memory_create(&account, SYS_MEMORY_PAGED, 10 * PAGE_SIZE,
                                   0, &session, &memory), ERR_MEMORY);
    assert_int_equal(memory_create(&account, SYS_MEMORY_DMA, 9 * PAGE_SIZE, 0,
                                   NULL, &memory), ERR_MEMORY); /* 16 */
    expect_nothing_left();
    memory = make(SYS_MEMORY_DMA, 5);
    assert_int_equal(account.used, 8 + 1); /* a node */
    account.limit = 0;
    assert_int_equal(memory_page(memory, 0, true, &(paddr_t){ 0 }), 0);
    object_unref(&memory->object);
    expect_nothing_left();
}

static void
test_supply(void **state)
{
    struct memory *to = make(SYS_MEMORY_PAGED, 600);
    struct memory *from = make(SYS_MEMORY_ANONYMOUS, 40);
    paddr_t frame, first;
    uint64_t done;

    (void)state;
    assert_int_equal(session.object.handles, 2);
    assert_int_equal(memory_page(to, 0, true, &frame), ERR_AGAIN);
    assert_int_equal(memory_page(from, 0, true, &frame), 0);
    memset(phys_to_virt(frame), 1, PAGE_SIZE);
    /* Page 0 has data, page 1 was never touched. */
    assert_int_equal(memory_supply(to, 511 * PAGE_SIZE, 2 * PAGE_SIZE, from,
                                   0, &done), 0);
    assert_int_equal(done, 2 * PAGE_SIZE);
    assert_int_equal(memory_page(to, 510 * PAGE_SIZE, true, &first),
                     ERR_AGAIN);
    assert_int_equal(memory_page(to, 511 * PAGE_SIZE, true, &first), 0);
    assert_true(first != frame && is_filled(first, 1));
    assert_int_equal(memory_page(to, 512 * PAGE_SIZE, false, &frame), 0);
    assert_true(is_filled(frame, 0));
    /* What is there stays; the rest of a long range comes in steps. */
    assert_int_equal(memory_supply(to, 511 * PAGE_SIZE, 39 * PAGE_SIZE, from,
                                   PAGE_SIZE, &done), 0);
    assert_in_range(done, PAGE_SIZE, 16 * PAGE_SIZE);
    assert_true(is_filled(first, 1));
    object_unref(&from->object);
    object_unref(&to->object);
    expect_nothing_left();
}

static void
test_bad_supplies(void **state)
{
    struct memory *to = make(SYS_MEMORY_PAGED, 4);
    struct memory *from = make(SYS_MEMORY_ANONYMOUS, 8);
    const struct {
        struct memory *to;
        uint64_t to_offset, length;
        struct memory *from;
        uint64_t from_offset;
        int error;
    } cases[] = {
        { from, 0, 1, to, 0, ERR_STATE },
        { from, 0, 1, from, 0, ERR_STATE },
        { to, 0, 1, to, 0, ERR_STATE },
        { to, 0, 5, from, 0, ERR_ARGUMENT },
        { to, 4, 1, from, 0, ERR_ARGUMENT },
        { to, 5, 0, from, 0, ERR_ARGUMENT },
        { to, 1, 4, from, 0, ERR_ARGUMENT },
        { to, 0, 4, from, 5, ERR_ARGUMENT },
        { to, 1, (1ULL << 52) - 1, from, 1, ERR_ARGUMENT },
        { to, (1ULL << 52) - 1, 2, from, 0, ERR_ARGUMENT },
        { to, 0, 4, from, 4, 0 },
        { to, 4, 0, from, 8, 0 },
    };
    uint64_t done;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error = memory_supply(cases[i].to, cases[i].to_offset * PAGE_SIZE,
                                  cases[i].length * PAGE_SIZE, cases[i].from,
                                  cases[i].from_offset * PAGE_SIZE, &done);

        if (error != cases[i].error)
            fail_msg("case %zu: %d", i, error);
        if (error != 0)
            assert_int_equal(done, 0);
    }
    assert_int_equal(memory_supply(to, 1, PAGE_SIZE, from, 0, &done),
                     ERR_ARGUMENT);
    assert_int_equal(memory_supply(to, 0, PAGE_SIZE, from, 8, &done),
                     ERR_ARGUMENT);
    assert_int_equal(memory_supply(to, 0, 99, from, 0, &done), ERR_ARGUMENT);
    object_unref(&from->object);
    object_unref(&to->object);
    expect_nothing_left();
}

/* All of it is zero before its address is told. */
static void
test_dma(void **state)
{
    (void)state;
    for (uint64_t pages = 1; pages <= 512; pages = pages * 3 + 1) {
        struct memory *memory = make(SYS_MEMORY_DMA, pages);
        paddr_t paddr;
        unsigned steps = 1;

        assert_in_range(account.used, pages, 2 * pages);
        assert_int_equal(memory_physical(memory, pages * PAGE_SIZE, &paddr),
                         ERR_ARGUMENT);
        while (memory_physical(memory, PAGE_SIZE - 1, &paddr) == ERR_AGAIN)
            steps++;
        assert_in_range(steps, (pages + 15) / 16, (pages + 7) / 8);
        assert_int_equal(paddr, memory->base + PAGE_SIZE - 1);
        for (uint64_t i = 0; i < pages; i++)
            assert_true(is_filled(memory->base + i * PAGE_SIZE, 0));
        memset(phys_to_virt(memory->base), 3, PAGE_SIZE);
        assert_int_equal(memory_page(memory, 0, true, &paddr), 0);
        assert_int_equal(paddr, memory->base);
        assert_true(is_filled(paddr, 3)); /* zeroed once only */
        object_unref(&memory->object);
        expect_nothing_left();
    }
}

static void
test_physical(void **state)
{
    struct memory *anonymous = make(SYS_MEMORY_ANONYMOUS, 1), *device;
    paddr_t paddr;

    (void)state;
    assert_int_equal(memory_physical(anonymous, 0, &paddr), ERR_STATE);
    object_unref(&anonymous->object);
    assert_int_equal(memory_create(&account, SYS_MEMORY_DEVICE, 2 * PAGE_SIZE,
                                   0xFEE00000, NULL, &device), 0);
    assert_int_equal(memory_physical(device, 0x1234, &paddr), 0);
    assert_int_equal(paddr, 0xFEE01234);
    assert_int_equal(memory_physical(device, UINT64_MAX, &paddr),
                     ERR_ARGUMENT);
    object_unref(&device->object);
    expect_nothing_left();
}

static void
fill_up(struct memory *memory, uint64_t pages)
{
    paddr_t frame;

    for (uint64_t i = 0; i < pages; i++)
        assert_int_equal(memory_page(memory, i * PAGE_SIZE, true, &frame), 0);
}

/* A step releases little, all steps release all. */
static void
test_freeing_takes_steps(void **state)
{
    struct memory *memory = make(SYS_MEMORY_ANONYMOUS, 3000);
    struct memory *other = make(SYS_MEMORY_ANONYMOUS, 1);
    unsigned steps = 0;
    uint64_t before;

    (void)state;
    fill_up(memory, 3000);
    expect_new_page(other, 0);
    object_unref(&memory->object);
    for (before = frames_out(); work_step(); before = frames_out(), steps++)
        assert_in_range(before - frames_out(), 0, 40);
    assert_in_range(steps, 3000 / 40, 3000 / 20);
    assert_int_equal(user_frames.used, 1);
    assert_int_equal(slots_out, 1);
    assert_int_equal(account.used, 1);
    object_unref(&other->object);
    expect_nothing_left();
}

/* Nearly empty, but large: few steps, whatever lies between. */
static void
test_freeing_skips_holes(void **state)
{
    struct memory *memory = make(SYS_MEMORY_ANONYMOUS, 1ULL << 28);
    unsigned steps = 0;

    (void)state;
    for (uint64_t bit = 0; bit < 28; bit++)
        expect_new_page(memory, (1ULL << bit) + (1ULL << bit) / 3 * 2);
    object_unref(&memory->object);
    while (work_step())
        steps++;
    assert_in_range(steps, 100, 2000);
    expect_nothing_left();
}

static void
test_each_allocation_fails(void **state)
{
    unsigned n = 1;
    int error = ERR_MEMORY;

    (void)state;
    for (; error != 0; n++) {
        struct memory *memory = NULL;
        paddr_t frame;

        fail_at = n;
        error = memory_create(&account, n % 2 ? SYS_MEMORY_ANONYMOUS
                                              : SYS_MEMORY_DMA,
                              200 * PAGE_SIZE, 0, NULL, &memory);
        for (uint64_t i = 0; i < 200 && error == 0; i += 50)
            error = memory_page(memory, i * PAGE_SIZE, true, &frame);
        fail_at = 0;
        assert_true(error == 0 || error == ERR_MEMORY);
        if (memory != NULL)
            object_unref(&memory->object);
        expect_nothing_left();
    }
    assert_in_range(n, 3, 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sizes, reset),
        cmocka_unit_test_setup(test_bad_arguments, reset),
        cmocka_unit_test_setup(test_quota, reset),
        cmocka_unit_test_setup(test_supply, reset),
        cmocka_unit_test_setup(test_bad_supplies, reset),
        cmocka_unit_test_setup(test_dma, reset),
        cmocka_unit_test_setup(test_physical, reset),
        cmocka_unit_test_setup(test_freeing_takes_steps, reset),
        cmocka_unit_test_setup(test_freeing_skips_holes, reset),
        cmocka_unit_test_setup(test_each_allocation_fails, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
