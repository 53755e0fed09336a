/* Accounts: a tree in which nothing is lost, against sums made anew. */
#include "tests/host/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/account.h"
#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/panic.h"

#define SEED     20261121u
#define MIB      (1ULL << 20)
#define RAM_SIZE (16 * MIB)

static uint8_t *ram;

void *
phys_to_virt(paddr_t paddr)
{
    return ram + paddr;
}

void
panic(const char *text, ...)
{
    fail_msg("panic: %s", text);
    abort();
}

static int
make_ram(void **state)
{
    uint8_t *at = mmap(NULL, RAM_SIZE + 2 * MIB, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    (void)state;
    assert_true(at != MAP_FAILED);
    ram = at + (2 * MIB - (uintptr_t)at % (2 * MIB));
    return 0;
}

static int
reset(void **state)
{
    struct boot_info info;

    (void)state;
    memset(&info, 0, sizeof info);
    info.range_count = 1;
    info.ranges[0] = (struct boot_range){ MIB, RAM_SIZE - MIB,
                                          BOOT_MEM_USABLE, 0 };
    frames_init(&info, UINT64_MAX);
    accounts_init();
    return 0;
}

static int
nothing_left(void **state)
{
    const struct frames_count count = frames_count();

    (void)state;
    return root_account.used != 0 || heap_bytes() != 0 ||
           count.free + count.tables != count.total;
}

static void
root(void **state)
{
    uint64_t frames = (RAM_SIZE - MIB) / PAGE_SIZE;

    (void)state;
    assert_int_equal(root_account.limit, frames - frames / 256 - 64);
    assert_false(account_set_limit(&root_account, frames));
    account_close(&root_account);
    assert_false(root_account.closed);
}

static void
carving(void **state)
{
    struct account *a, *b;
    uint64_t limit = root_account.limit;

    (void)state;
    assert_null(account_create(&root_account, limit + 1));
    assert_null(account_create(&root_account, ACCOUNT_UNLIMITED));
    assert_null(account_create(&root_account, limit)); /* and the struct? */
    assert_int_equal(root_account.used, 0);
    a = account_create(&root_account, limit - 1);
    assert_non_null(a);
    assert_int_equal(root_account.used, limit);
    assert_false(account_set_limit(a, limit));
    assert_true(account_set_limit(a, 100));
    assert_int_equal(root_account.used, 101);
    assert_false(account_charge(a, 101));
    assert_true(account_charge(a, 100));
    assert_false(account_charge(a, 1));
    assert_false(account_charge(a, UINT64_MAX));
    account_release(a, 40);
    b = account_create(a, 39);
    assert_non_null(b);
    assert_int_equal(a->used, 100);
    assert_null(account_create(a, 0 + 1));

    /* A limit below what is used: the rest stays, and comes back later. */
    assert_true(account_set_limit(a, 10));
    assert_int_equal(root_account.used, 101);
    account_release(a, 60);
    assert_int_equal(a->used, 40);
    assert_int_equal(root_account.used, 41);
    assert_false(account_charge(a, 0 + 1));
    account_close(b);
    assert_int_equal(a->used, 0);
    assert_int_equal(root_account.used, 11);
    account_close(a);
}

static struct cache kind;

/* Objects count by the frames that they lie in. */
static void
objects(void **state)
{
    struct account *a = account_create(&root_account, 2);
    void *slots[8];
    unsigned count = 0;

    (void)state;
    kind = (struct cache)CACHE(1300, 8);
    while ((slots[count] = cache_take(&kind, a)) != NULL)
        assert_int_equal(a->used, count++ / 3 + 1);
    assert_int_equal(kind.slots, 3);
    assert_int_equal(count, 6);
    for (unsigned i = 1; i < count; i++)
        cache_release(&kind, a, slots[i]);
    assert_int_equal(a->used, 1);
    account_close(a);
    assert_int_equal(root_account.used, 1 + 1);
    cache_release(&kind, a, slots[0]); /* and the account with it */
}

/* Frames of an account whose owner is gone go back to the parent. */
static void
closed_frames(void **state)
{
    struct account *a = account_create(&root_account, 50);
    struct account *b = account_create(a, 20);
    paddr_t four = frame_take(b, 2, 0), one = frame_take(b, 0, 0);
    void *slot;

    (void)state;
    kind = (struct cache)CACHE(1300, 8);
    slot = cache_take(&kind, b);
    assert_true(four != 0 && one != 0 && slot != NULL);
    account_close(a);
    account_close(b);
    assert_int_equal(root_account.used, 5 + 1 + 1 + 1); /* two structs */
    assert_int_equal(frame_take(b, 0, 0), 0);
    assert_false(account_set_limit(b, 9));
    assert_int_equal(frame_release(a, one, 0), FRAME_E_FOREIGN);
    assert_int_equal(frame_release(b, one, 0), 0);
    assert_int_equal(root_account.used, 7);
    assert_int_equal(frame_release(b, four, 2), 0);
    assert_int_equal(root_account.used, 3);
    cache_release(&kind, b, slot);
}

static void
depth(void **state)
{
    struct account *chain[ACCOUNT_DEPTH_MAX + 1] = { &root_account };
    unsigned i;

    (void)state;
    for (i = 1; i <= ACCOUNT_DEPTH_MAX; i++) {
        chain[i] = account_create(chain[i - 1],
                                  2 * (ACCOUNT_DEPTH_MAX - i) + 2);
        assert_non_null(chain[i]);
    }
    assert_null(account_create(chain[ACCOUNT_DEPTH_MAX], 1));
    assert_true(account_charge(chain[ACCOUNT_DEPTH_MAX], 2));
    for (i = 1; i <= ACCOUNT_DEPTH_MAX; i++)
        account_close(chain[i]);
    assert_int_equal(heap_bytes() > 0, 1);
    account_release(chain[ACCOUNT_DEPTH_MAX], 2); /* and all at once */
}

/* --- against sums --------------------------------------------------------- */

#define NODES   16 /* their structs fit into one run */
#define OBJECTS 30u /* in one run as well */

static struct node {
    struct account *account; /* NULL: unused */
    int parent;
    uint64_t frames;
    void *objects[OBJECTS];
    unsigned object_count;
    bool closed;
} nodes[NODES];

/* What node n carries: everything below it, or its limit. */
static uint64_t
node_used(int n)
{
    uint64_t sum = nodes[n].frames + (nodes[n].object_count > 0);
    bool parent = false;

    for (int i = 1; i < NODES; i++) {
        if (nodes[i].account != NULL && nodes[i].parent == n) {
            uint64_t used = node_used(i);
            uint64_t limit = nodes[i].closed ? 0 : nodes[i].account->limit;

            sum += used > limit ? used : limit;
            parent = true;
        }
    }
    return sum + parent; /* the run with their structs */
}

/* Closed accounts that nothing is charged to are gone: first the leaves. */
static void
forget_gone(void)
{
    bool again = true;

    while (again) {
        again = false;
        for (int i = 1; i < NODES; i++) {
            if (nodes[i].account != NULL && nodes[i].closed &&
                node_used(i) == 0) {
                nodes[i].account = NULL;
                again = true;
            }
        }
    }
}

static void
check_nodes(void)
{
    forget_gone();
    for (int i = 0; i < NODES; i++) {
        if (nodes[i].account == NULL)
            continue;
        assert_int_equal(nodes[i].account->used, node_used(i));
    }
}

static void
random_create(int n)
{
    uint64_t limit = (uint64_t)rand() % 60;

    for (int i = 1; i < NODES; i++) {
        if (nodes[i].account != NULL)
            continue;
        nodes[i] = (struct node){ .parent = n };
        nodes[i].account = account_create(nodes[n].account, limit);
        return;
    }
}

static void
random_take(struct node *node)
{
    void *object;

    if (node->object_count == OBJECTS)
        return;
    object = cache_take(&kind, node->account);
    if (object != NULL)
        node->objects[node->object_count++] = object;
}

static void
random_step(int n)
{
    struct node *node = &nodes[n];
    uint64_t amount = (uint64_t)rand() % 20;

    switch (rand() % 7) {
    case 0: random_create(n); break;
    case 1:
        if (account_charge(node->account, amount))
            node->frames += amount;
        break;
    case 2:
        amount = amount < node->frames ? amount : node->frames;
        node->frames -= amount;
        account_release(node->account, amount);
        break;
    case 3:
        random_take(node);
        break;
    case 4:
        if (node->object_count > 0)
            cache_release(&kind, node->account,
                          node->objects[--node->object_count]);
        break;
    case 5:
        if (account_set_limit(node->account, amount * 5))
            assert_int_equal(node->account->limit, amount * 5);
        break;
    case 6:
        if (n != 0 && !node->closed && rand() % 4 == 0) {
            node->closed = true;
            account_close(node->account);
        }
        break;
    }
}

static void
random_tree(void **state)
{
    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    kind = (struct cache)CACHE(120, 8);
    nodes[0].account = &root_account;
    for (unsigned step = 0; step < 100000; step++) {
        int n = rand() % NODES;

        if (nodes[n].account != NULL)
            random_step(n);
        check_nodes();
    }
    for (int i = NODES; i-- > 0;) {
        struct node *node = &nodes[i];

        if (node->account == NULL)
            continue;
        if (i != 0 && !node->closed) {
            node->closed = true;
            account_close(node->account);
            forget_gone();
        }
        while (node->object_count > 0) {
            cache_release(&kind, node->account,
                          node->objects[--node->object_count]);
            forget_gone();
        }
        if (node->account != NULL && node->frames > 0) {
            uint64_t held = node->frames;

            node->frames = 0;
            account_release(node->account, held);
        }
        check_nodes();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(root, reset, nothing_left),
        cmocka_unit_test_setup_teardown(carving, reset, nothing_left),
        cmocka_unit_test_setup_teardown(objects, reset, nothing_left),
        cmocka_unit_test_setup_teardown(closed_frames, reset, nothing_left),
        cmocka_unit_test_setup_teardown(depth, reset, nothing_left),
        cmocka_unit_test_setup_teardown(random_tree, reset, nothing_left),
    };

    return cmocka_run_group_tests(tests, make_ram, NULL);
}
