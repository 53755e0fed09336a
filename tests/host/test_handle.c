/* Handle tables and the lives of objects, against a model. */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/device.h"
#include "kernel/endpoint.h"
#include "kernel/handle.h"
#include "kernel/ipc.h"
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "tests/host/frames_stand_in.h"

#define SEED 20261121u

/* --- objects that only count ---------------------------------------------- */

static unsigned closed[SYS_OBJECT_COUNT], freed[SYS_OBJECT_COUNT];

#define COUNT_FREED(name, upper)                             \
    void name##_free(struct name *it)                        \
    {                                                        \
        assert_int_equal(it->object.type, SYS_OBJECT_##upper); \
        assert_int_equal(it->object.handles, 0);             \
        freed[SYS_OBJECT_##upper]++;                         \
    }

#define COUNT_CLOSED(name, upper)                            \
    void name##_closed(struct name *it)                      \
    {                                                        \
        assert_int_equal(it->object.type, SYS_OBJECT_##upper); \
        assert_true(it->object.references > 0);              \
        assert_true(it->object.dead);                        \
        closed[SYS_OBJECT_##upper]++;                        \
    }

COUNT_FREED(process, PROCESS)
COUNT_FREED(thread, THREAD)
COUNT_FREED(endpoint, ENDPOINT)
COUNT_CLOSED(endpoint, ENDPOINT)
COUNT_FREED(session, SESSION)
COUNT_CLOSED(session, SESSION)
COUNT_FREED(notification, NOTIFICATION)
COUNT_CLOSED(notification, NOTIFICATION)
COUNT_FREED(memory, MEMORY)
COUNT_FREED(interrupt, INTERRUPT)
COUNT_CLOSED(interrupt, INTERRUPT)
COUNT_FREED(ports, PORTS)

void
reply_closed(struct object *reply)
{
    assert_int_equal(reply->type, SYS_OBJECT_REPLY);
    assert_false(reply->dead);
    closed[SYS_OBJECT_REPLY]++;
}

static struct account payer, other_payer;
static struct handle_table table, copy;
static struct notification things[40];
#define THINGS (sizeof things / sizeof *things)

static int
reset(void **state)
{
    (void)state;
    memset(closed, 0, sizeof closed);
    memset(freed, 0, sizeof freed);
    payer = other_payer = (struct account){ .limit = 1000 };
    frames_fail_at = 0;
    handle_table_init(&table, &payer);
    handle_table_init(&copy, &other_payer);
    for (size_t i = 0; i < THINGS; i++)
        object_init(&things[i].object, SYS_OBJECT_NOTIFICATION, &payer);
    return 0;
}

static int
nothing_left(void **state)
{
    (void)state;
    while (handle_table_clear(&table, 100))
        continue;
    while (handle_table_clear(&copy, 100))
        continue;
    for (size_t i = 0; i < THINGS; i++)
        if (things[i].object.handles != 0 || things[i].object.references != 1)
            return 1;
    return frames_out != 0 || payer.used != 0 || other_payer.used != 0 ||
           table.count != 0 || copy.count != 0;
}

static handle_t
add(struct handle_table *to, size_t thing, uint32_t rights)
{
    handle_t handle;

    assert_int_equal(
        handle_add(to, &things[thing].object, rights, &handle), 0);
    return handle;
}

/* --- objects -------------------------------------------------------------- */

static void
expect_broken_books(struct object *object)
{
    assert_panics(object_unref(object));
    assert_panics(object_close(object));
}

/* Each type hears of its last handle, then of its last reference. */
static void
lives(void **state)
{
    static struct process process;
    static struct thread thread;
    static struct endpoint endpoint;
    static struct session session;
    static struct memory memory;
    static struct interrupt interrupt;
    static struct ports ports;
    struct object *objects[] = {
        &process.object, &thread.object, &endpoint.object, &session.object,
        &memory.object, &interrupt.object, &ports.object, &things[0].object,
    };
    static const enum sys_object types[] = {
        SYS_OBJECT_PROCESS, SYS_OBJECT_THREAD, SYS_OBJECT_ENDPOINT,
        SYS_OBJECT_SESSION, SYS_OBJECT_MEMORY, SYS_OBJECT_INTERRUPT,
        SYS_OBJECT_PORTS, SYS_OBJECT_NOTIFICATION,
    };

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct object *object = objects[i];
        bool hears = types[i] != SYS_OBJECT_PROCESS &&
                     types[i] != SYS_OBJECT_THREAD &&
                     types[i] != SYS_OBJECT_MEMORY &&
                     types[i] != SYS_OBJECT_PORTS;

        object_init(object, types[i], &payer);
        object_open(object);
        object_open(object);
        assert_int_equal(object->references, 2);
        object_unref(object);
        object_close(object);
        assert_int_equal(closed[types[i]], 0);
        assert_int_equal(freed[types[i]], 0);
        object_close(object);
        assert_int_equal(closed[types[i]], hears);
        assert_int_equal(freed[types[i]], 1);
        expect_broken_books(object);
    }
    object_init(&things[0].object, SYS_OBJECT_NOTIFICATION, &payer);
}

/* A reply may be closed and opened again; its memory is the thread's. */
static void
replies(void **state)
{
    static struct thread thread;

    (void)state;
    object_init(&thread.object, SYS_OBJECT_THREAD, &payer);
    object_init(&thread.reply, SYS_OBJECT_REPLY, &payer);
    for (unsigned i = 1; i <= 3; i++) {
        object_open(&thread.reply);
        object_close(&thread.reply);
        assert_int_equal(closed[SYS_OBJECT_REPLY], i);
        assert_int_equal(freed[SYS_OBJECT_THREAD], 0);
    }
    object_unref(&thread.reply);
    assert_int_equal(freed[SYS_OBJECT_THREAD], 1);
}

static void
the_system(void **state)
{
    handle_t handle;

    (void)state;
    assert_int_equal(
        handle_add(&table, &system_object, SYS_RIGHT_USE, &handle), 0);
    assert_int_equal(handle, SYS_ROOT_SYSTEM);
    assert_int_equal(handle_close(&table, handle), 0);
    assert_int_equal(system_object.references, 1);
}

/* --- tables --------------------------------------------------------------- */

static void
errors_in_order(void **state)
{
    struct object *object = NULL;
    handle_t handle = add(&table, 3, SYS_RIGHT_WAIT | SYS_RIGHT_INSPECT);

    (void)state;
    assert_int_equal(handle_get(&table, handle, SYS_OBJECT_NOTIFICATION,
                                SYS_RIGHT_WAIT, &object), 0);
    assert_ptr_equal(object, &things[3].object);
    assert_int_equal(handle_get(&table, handle, SYS_OBJECT_NOTIFICATION,
                                SYS_RIGHT_WAIT | SYS_RIGHT_NOTIFY, &object),
                     ERR_RIGHTS);
    assert_int_equal(handle_get(&table, handle, SYS_OBJECT_NOTIFICATION,
                                0x10000, &object), ERR_RIGHTS);
    assert_int_equal(handle_get(&table, handle, SYS_OBJECT_MEMORY,
                                SYS_RIGHT_NOTIFY, &object), ERR_TYPE);
    assert_int_equal(handle_get(&table, handle + (1 << 16),
                                SYS_OBJECT_MEMORY, 0, &object), ERR_HANDLE);
    assert_int_equal(handle_close(&table, handle), 0);
    assert_int_equal(handle_get(&table, handle, SYS_OBJECT_NOTIFICATION, 0,
                                &object), ERR_HANDLE);
    assert_int_equal(handle_close(&table, handle), ERR_HANDLE);
    assert_int_equal(closed[SYS_OBJECT_NOTIFICATION], 1);
}

/* Below the count an index stays, from there on it is 0. */
static void
masked(void **state)
{
    static const uint32_t values[] = {
        0, 1, 2, 255, 256, 257, 65535, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000,
        0x80000001, UINT32_MAX - 1, UINT32_MAX,
    };
    const size_t count = sizeof values / sizeof values[0];

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(arch_index(values[i], values[j]),
                             i < j ? values[i] : 0);
}

/* Whatever number: it is found only when it was given out and is open. */
static void
every_number(void **state)
{
    handle_t known[300];

    (void)state;
    for (unsigned index = 0; index < HANDLE_MAX; index++)
        assert_null(handle_find(&table, 1 << 16 | index));
    for (unsigned i = 0; i < 300; i++)
        known[i] = add(&table, i % THINGS, i);
    for (unsigned i = 0; i < 300; i += 3)
        assert_int_equal(handle_close(&table, known[i]), 0);
    for (unsigned generation = 0; generation < 4; generation++) {
        for (unsigned index = 0; index < HANDLE_MAX; index++) {
            handle_t handle = generation << 16 | index;
            const struct handle_slot *slot = handle_find(&table, handle);
            bool open = generation == 1 && index >= 1 && index <= 300 &&
                        (index - 1) % 3 != 0;

            assert_int_equal(slot != NULL, open);
            if (open) {
                assert_int_equal(known[index - 1], handle);
                assert_int_equal(slot->rights, index - 1);
            }
        }
    }
}

static void
full(void **state)
{
    static handle_t handles[HANDLE_MAX];
    handle_t handle;

    (void)state;
    for (unsigned i = 1; i < HANDLE_MAX; i++)
        handles[i] = add(&table, i % THINGS, 0);
    assert_int_equal(handle_add(&table, &things[0].object, 0, &handle),
                     ERR_MEMORY);
    assert_int_equal(table.count, HANDLE_MAX - 1);
    assert_int_equal(payer.used, HANDLE_PAGES + 1);
    for (unsigned i = 1; i < HANDLE_MAX; i++) {
        assert_ptr_equal(handle_find(&table, handles[i])->object,
                         &things[i % THINGS].object);
        assert_int_equal(handles[i] & 0xFFFF, i);
    }
    assert_int_equal(handle_close(&table, handles[777]), 0);
    handle = add(&table, 1, 0);
    assert_int_equal(handle, 2 << 16 | 777);
    assert_null(handle_find(&table, handles[777]));
}

/* After 65,535 lives a slot is used no more, and no number comes twice. */
static void
retirement(void **state)
{
    handle_t handle = 0;

    (void)state;
    for (unsigned life = 1; life <= 0xFFFF; life++) {
        handle = add(&table, 0, 0);
        assert_int_equal(handle, life << 16 | 1);
        assert_int_equal(handle_close(&table, handle), 0);
    }
    assert_int_equal(add(&table, 0, 0), 1 << 16 | 2);
    assert_null(handle_find(&table, handle));
    assert_null(handle_find(&table, 1)); /* generation 0 */
    assert_int_equal(handle_table_copy(&copy, &table, &(uint32_t){ 0 }, 10),
                     0);
    assert_int_equal(add(&copy, 0, 0) & 0xFFFF, 9); /* never 1 */
}

/* Frames: none before the first handle, one more for each that fails. */
static void
no_memory(void **state)
{
    handle_t handle;

    (void)state;
    assert_int_equal(payer.used, 0);
    frames_fail_at = 1;
    assert_int_equal(handle_add(&table, &things[0].object, 0, &handle),
                     ERR_MEMORY);
    assert_int_equal(things[0].object.handles, 0);
    for (unsigned i = 1; i < HANDLES_IN_PAGE; i++)
        add(&table, 0, 0);
    assert_int_equal(payer.used, 1);
    for (unsigned fail = 1; fail <= 2; fail++) {
        frames_fail_at = fail;
        assert_int_equal(handle_add(&table, &things[0].object, 0, &handle),
                         ERR_MEMORY);
        assert_int_equal(payer.used, fail);
    }
    add(&table, 0, 0);
    assert_int_equal(payer.used, 3);
    payer.limit = 3;
    for (unsigned i = 0; i < HANDLES_IN_PAGE - 1; i++)
        add(&table, 0, 0);
    assert_int_equal(handle_add(&table, &things[0].object, 0, &handle),
                     ERR_MEMORY);
    table.payer = &other_payer; /* as after SYS_PROCESS_SWAP */
    add(&table, 0, 0);
    assert_int_equal(other_payer.used, 1);
}

static void
clearing(void **state)
{
    handle_t handle;
    unsigned steps = 0, before, closed_before;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        add(&table, i % THINGS, 0);
    do {
        before = table.count;
        closed_before = closed[SYS_OBJECT_NOTIFICATION];
        steps++;
        if (steps == 3) /* nothing comes in any more */
            assert_int_equal(handle_add(&table, &things[0].object, 0,
                                        &handle), ERR_DEAD);
        if (steps == 5)
            assert_int_equal(handle_close(&table, 1 << 16 | 7), 0);
    } while (handle_table_clear(&table, 10) &&
             (assert_true(before - table.count <= 11), true) &&
             (assert_true(closed[SYS_OBJECT_NOTIFICATION] <=
                          closed_before + 1), true)); /* it may wake many */
    assert_true(steps >= 100);
    assert_int_equal(payer.used, 0);
    assert_null(handle_find(&table, 1 << 16 | 8));
    assert_int_equal(closed[SYS_OBJECT_NOTIFICATION], THINGS);
    assert_false(handle_table_clear(&table, 10));
}

/* --- copies --------------------------------------------------------------- */

/* The same numbers for those that may; all others are free, and stale. */
static void
check_copy(void)
{
    for (uint32_t i = 1; i < table.pages_used * HANDLES_IN_PAGE; i++) {
        const struct handle_slot *old =
            &table.pages[i / HANDLES_IN_PAGE].slots[i % HANDLES_IN_PAGE];
        const struct handle_slot *new =
            &copy.pages[i / HANDLES_IN_PAGE].slots[i % HANDLES_IN_PAGE];
        bool copied = old->object != NULL &&
                      (old->rights & SYS_RIGHT_DUPLICATE) != 0 &&
                      old->object->type != SYS_OBJECT_REPLY;

        assert_int_equal(new->generation, old->generation);
        assert_ptr_equal(new->object, copied ? old->object : NULL);
        assert_int_equal(new->rights, copied ? old->rights : 0);
    }
    assert_int_equal(copy.pages_used, table.pages_used);
}

static void
copying(void **state)
{
    static struct thread thread;
    uint32_t next = 0, steps = 0;
    handle_t reply, handles[700], fresh;

    (void)state;
    object_init(&thread.reply, SYS_OBJECT_REPLY, &payer);
    for (unsigned i = 0; i < 700; i++)
        handles[i] = add(&table, i % THINGS,
                         i % 3 ? SYS_RIGHTS_ALL : SYS_RIGHT_WAIT);
    for (unsigned i = 0; i < 700; i += 5)
        assert_int_equal(handle_close(&table, handles[i]), 0);
    assert_int_equal(
        handle_add(&table, &thread.reply, SYS_RIGHTS_ALL, &reply), 0);
    for (; next != HANDLE_MAX; steps++)
        assert_int_equal(handle_table_copy(&copy, &table, &next, 50), 0);
    assert_true(steps >= 700 / 50);
    check_copy();
    assert_null(handle_find(&copy, reply));

    /* Free slots of the copy are used before it grows. */
    for (unsigned count = copy.count; count < 3 * HANDLES_IN_PAGE - 1;
         count++) {
        fresh = add(&copy, 0, 0);
        assert_ptr_not_equal(handle_find(&copy, fresh), NULL);
    }
    assert_int_equal(copy.pages_used, table.pages_used);
    assert_int_equal(handle_close(&table, reply), 0);
    assert_int_equal(closed[SYS_OBJECT_REPLY], 1);
}

/* At any frame that is refused: go on with the same *next, or give up. */
static void
copying_without_memory(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 600; i++)
        add(&table, i % THINGS, SYS_RIGHTS_ALL);
    for (unsigned fail = 1; fail <= 4; fail++) {
        uint32_t next = 0;

        frames_fail_at = fail;
        assert_int_equal(handle_table_copy(&copy, &table, &next, HANDLE_MAX),
                         ERR_MEMORY);
        assert_int_equal(copy.count, next == 0 ? 0 : next - 1);
        if (fail % 2 == 0) {
            assert_int_equal(
                handle_table_copy(&copy, &table, &next, HANDLE_MAX), 0);
            assert_int_equal(next, HANDLE_MAX);
            check_copy();
        }
        while (handle_table_clear(&copy, 300))
            continue;
        assert_int_equal(other_payer.used, 0);
        handle_table_init(&copy, &other_payer);
    }
}

/* --- at random ------------------------------------------------------------ */

static struct known {
    handle_t handle;
    size_t thing;
    uint32_t rights;
    bool open;
} known[4000];

static void
check_known(const struct known *k)
{
    const struct handle_slot *slot = handle_find(&table, k->handle);

    assert_int_equal(slot != NULL, k->open);
    if (k->open) {
        assert_ptr_equal(slot->object, &things[k->thing].object);
        assert_int_equal(slot->rights, k->rights);
    }
}

static void
random_use(void **state)
{
    unsigned open = 0, count = 0;

    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    for (unsigned step = 0; step < 200000; step++) {
        struct known *k = &known[(unsigned)rand() % 4000];

        if (k->open) {
            if (rand() % 100 < (step / 20000 % 2 ? 80 : 20)) {
                assert_int_equal(handle_close(&table, k->handle), 0);
                k->open = false;
                open--;
                check_known(k);
            }
        } else if (rand() % 2) {
            k->thing = (size_t)rand() % THINGS;
            k->rights = (uint32_t)rand() & SYS_RIGHTS_ALL;
            k->handle = add(&table, k->thing, k->rights);
            k->open = true;
            open++;
            count++;
        }
        check_known(&known[(unsigned)rand() % 4000]);
        assert_int_equal(table.count, open);
    }
    assert_true(count > 10000);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, nothing_left)
    const struct CMUnitTest tests[] = {
        TEST(lives), TEST(replies), TEST(the_system), TEST(errors_in_order),
        TEST(masked), TEST(every_number), TEST(full), TEST(retirement),
        TEST(no_memory), TEST(clearing), TEST(copying),
        TEST(copying_without_memory), TEST(random_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
