/* Bits that are set are taken exactly once, by whom they are for. */
#include "tests/host/unit.h"

#include <stdlib.h>

#include "tests/host/ipc_world.h"

#include "kernel/timeout.h"

#define STEPS 100000

static struct notification *bell;
static struct endpoint *door;
static handle_t bell_handle, door_handle;

static int
start(void **state)
{
    (void)state;
    world_start();
    bell_handle = world_notification(&world.processes[0], &bell);
    door_handle = world_endpoint(&world.processes[0], 0, &door);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    world_end();
    return 0;
}

/*
 * Each bit counts how often it was set while it was not pending, and how often
 * somebody got it.
 */
static uint64_t pending;
static unsigned set_count, got_count;

static void
got(uint64_t bits)
{
    assert_int_not_equal(bits, 0);
    assert_int_equal(bits & ~pending, 0);
    pending &= ~bits;
    got_count += (unsigned)__builtin_popcountll(bits);
}

/* Waiters and receivers that were woken have what they were given. */
static void
collect(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct thread *thread = &world.threads[i];

        if (thread->state != SYS_THREAD_READY || thread->frame[RESULTS] == 0)
            continue;
        thread->frame[RESULTS] = 0;
        if (thread->frame[RAX] == (uint64_t)(int64_t)ERR_INTERRUPTED)
            continue;
        if (thread->frame[RAX] == 0)
            assert_int_equal(thread->frame[RDX] & ~thread->wait_mask, 0);
        else
            assert_int_equal(thread->frame[RAX], SYS_GOT_BITS);
        got(thread->frame[RDX]);
    }
}

static void
step(struct thread *thread)
{
    uint64_t mask = 1 + (uint64_t)rand() % 15, bits = 0;
    unsigned flags = (unsigned)rand() % 2;
    int result;

    switch (rand() % 4) {
    case 0:
        set_count += (unsigned)__builtin_popcountll(mask & ~pending);
        pending |= mask;
        notification_signal(bell, mask);
        break;
    case 1:
        if (thread->state == SYS_THREAD_READY) {
            result = notification_wait(bell, thread, mask, flags, &bits);
            assert_int_equal(result, (pending & mask) != 0 ? 0
                                     : flags != 0 ? ERR_AGAIN : 1);
            if (result == 0)
                got(bits);
        }
        break;
    case 2:
        if (thread->state == SYS_THREAD_READY)
            (void)ipc_receive(thread, door_handle, flags);
        break;
    default:
        assert_int_equal(ipc_interrupt(thread),
                         thread->state == SYS_THREAD_READY ? ERR_STATE : 0);
        break;
    }
}

static void
test_random(void **state)
{
    (void)state;
    srand(1);
    set_count = got_count = 0;
    pending = 0;
    assert_int_equal(endpoint_bind(door, bell), 0);
    for (unsigned i = 0; i < STEPS; i++) {
        /* Threads 2 and 3 have no handle to the door: they only wait. */
        step(&world.threads[(unsigned)rand() % 4]);
        collect();
        assert_int_equal(bell->bits, pending);
        assert_int_equal(set_count,
                         got_count + (unsigned)__builtin_popcountll(pending));
        ipc_check(door);
        for (const struct list *link = bell->waiters.next;
             link != &bell->waiters; link = link->next)
            assert_int_equal(CONTAINER(link, struct thread, queue)->wait_mask &
                                 bell->bits, 0);
    }
    assert_true(got_count > STEPS / 10);
}

static void
test_order(void **state)
{
    uint64_t bits;

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(notification_wait(bell, &world.threads[i], i + 1, 0,
                                           &bits), 1);
    notification_signal(bell, 5); /* 1 for the first, not 2, 4 stays */
    assert_int_equal(world.threads[0].state, SYS_THREAD_READY);
    assert_int_equal(world.threads[0].frame[RDX], 1);
    assert_int_equal(world.threads[1].state, SYS_THREAD_WAITING);
    assert_int_equal(world.threads[2].state, SYS_THREAD_WAITING);
    assert_int_equal(bell->bits, 4);
    notification_signal(bell, 3); /* 2 for the second, 1 for the third */
    assert_int_equal(world.threads[1].frame[RDX], 2);
    assert_int_equal(world.threads[2].frame[RDX], 1);
    assert_int_equal(bell->bits, 4);
}

static void
test_refusals(void **state)
{
    struct thread crowd[NOTIFICATION_WAITERS_MAX];
    struct thread *thread = &world.threads[0];
    uint64_t bits;

    (void)state;
    assert_int_equal(notification_wait(bell, thread, 0, 0, &bits),
                     ERR_ARGUMENT);
    assert_int_equal(notification_wait(bell, thread, 1, 2, &bits),
                     ERR_ARGUMENT);
    for (unsigned i = 0; i < NOTIFICATION_WAITERS_MAX; i++) {
        crowd[i] = *thread;
        list_init(&crowd[i].queue);
        assert_int_equal(notification_wait(bell, &crowd[i], 1, 0, &bits), 1);
    }
    assert_int_equal(notification_wait(bell, thread, 1, 0, &bits), ERR_STATE);
    notification_signal(bell, 1);
    assert_int_equal(crowd[0].frame[RDX], 1);
    assert_int_equal(notification_wait(bell, thread, 1, 0, &bits), 1);
    assert_int_equal(handle_close(&world.processes[0].handles, bell_handle),
                     0);
    for (unsigned i = 1; i < NOTIFICATION_WAITERS_MAX; i++) {
        assert_int_equal(crowd[i].state, SYS_THREAD_READY);
        assert_int_equal((int64_t)crowd[i].frame[RAX], ERR_DEAD);
    }
    assert_int_equal((int64_t)thread->frame[RAX], ERR_DEAD);
}

static void
test_binding(void **state)
{
    struct notification *other;
    struct endpoint *second;

    (void)state;
    (void)world_notification(&world.processes[0], &other);
    (void)world_endpoint(&world.processes[0], 0, &second);
    notification_signal(bell, 6);
    assert_int_equal(ipc_receive(&world.threads[0], door_handle, 0),
                     IPC_LATER);
    assert_int_equal(endpoint_bind(door, bell), 0);
    assert_int_equal(world.threads[0].frame[RAX], SYS_GOT_BITS);
    assert_int_equal(world.threads[0].frame[RDX], 6);
    assert_int_equal(endpoint_bind(door, bell), 0);
    assert_int_equal(endpoint_bind(door, other), ERR_STATE);
    assert_int_equal(endpoint_bind(second, bell), ERR_STATE);
    assert_int_equal(endpoint_bind(door, NULL), 0);
    assert_int_equal(endpoint_bind(second, bell), 0);

    /* Either side may end first. */
    assert_int_equal(endpoint_bind(door, other), 0);
    (void)handle_close(&world.processes[0].handles, door_handle);
    assert_null(other->bound);
    (void)handle_close(&world.processes[0].handles, bell_handle);
    assert_null(second->bound);
}

static void
test_timer(void **state)
{
    uint64_t bits;

    (void)state;
    notification_set_timer(bell, 8, 1000);
    notification_set_timer(bell, 4, 2000);
    assert_int_equal(timeout_expire(1999, 9), 0);
    assert_int_equal(notification_wait(bell, &world.threads[0], 12, 0, &bits),
                     1);
    assert_int_equal(timeout_expire(2000, 9), 2); /* it and its waiter */
    assert_int_equal(world.threads[0].frame[RDX], 4);
    notification_set_timer(bell, 4, 3000);
    notification_set_timer(bell, 4, 0);
    assert_int_equal(timeout_next(), UINT64_MAX);
    notification_set_timer(bell, 4, 4000); /* does not outlive it */
    (void)handle_close(&world.processes[0].handles, bell_handle);
    assert_int_equal(timeout_next(), UINT64_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, start, end),
        cmocka_unit_test_setup_teardown(test_order, start, end),
        cmocka_unit_test_setup_teardown(test_refusals, start, end),
        cmocka_unit_test_setup_teardown(test_binding, start, end),
        cmocka_unit_test_setup_teardown(test_timer, start, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
