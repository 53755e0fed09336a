/*
 * The kernel lock, with threads as CPUs, and alone against CPUs that are only
 * told of: what they do is done while kernel/lock.c pauses. The test includes
 * that file, for a pause of its own.
 */
#include "tests/host/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernel/arch.h"

static void pause_of_the_test(void);
#define arch_pause pause_of_the_test
#include "kernel/lock.c"
#undef arch_pause

#define CPUS   8u
#define TURNS  40000u /* of each CPU */
#define STAYS  4096u  /* of so many turns one is long */
#define SPINS  4096u  /* pauses; then the host may run another thread */
#define VISITS 51u    /* of one that waits, against one that never ends */
#define FEW    20u    /* turns of the other one meanwhile */

static unsigned pauses;
static void (*at_pause)(void);

static _Thread_local struct cpu_local self;
static _Thread_local uint64_t now, step; /* time, and that of each pause */

uint64_t
arch_timestamp(void)
{
    return now;
}

struct cpu_local *
arch_cpu(void)
{
    return &self;
}

static void
pause_of_the_test(void)
{
    now += step;
    at_pause();
}

static int
reset(void **state)
{
    (void)state;
    kernel_lock_word.word = 0;
    pauses = 0;
    step = 0;
    self.number = 3;
    return 0;
}

/* --- alone ---------------------------------------------------------------- */

static void
never(void)
{
    fail_msg("waits for nobody");
}

static void
taken_when_free(void **state)
{
    (void)state;
    at_pause = never;
    for (uint32_t number = 0; number < 64; number++) {
        self.number = number;
        assert_false(kernel_lock_is_mine());
        kernel_lock();
        assert_true(kernel_lock_is_mine());
        self.number = number + 1;
        assert_false(kernel_lock_is_mine());
        kernel_unlock();
        assert_int_equal(kernel_lock_word.word, 0);
    }
}

/* CPU 8 has the lock, and gives it up during the fifth pause. */
static void
gives_up(void)
{
    assert_int_equal(kernel_lock_word.waiting, 1);
    if (++pauses == 5)
        kernel_lock_word.holder = 0;
}

static void
waits_for_the_holder(void **state)
{
    (void)state;
    at_pause = gives_up;
    kernel_lock_word.holder = 8 + 1;
    kernel_lock();
    assert_true(kernel_lock_is_mine());
    assert_int_equal(pauses, 5);
    kernel_unlock();
    assert_int_equal(kernel_lock_word.word, 0);
}

/* CPU 8 waited already; it looks during one pause, and stays for three. */
static unsigned looks;

static void
comes_and_goes(void)
{
    pauses++;
    if (pauses == looks) {
        assert_int_equal(kernel_lock_word.holder, 0);
        assert_int_equal(kernel_lock_word.waiting, 2);
        kernel_lock_word.waiting--;
        kernel_lock_word.holder = 8 + 1;
    } else if (pauses == looks + 3) {
        assert_int_equal(kernel_lock_word.holder, 8 + 1);
        kernel_lock_word.holder = 0;
    }
}

static void
lets_others_go_first(void **state)
{
    at_pause = comes_and_goes;
    for (looks = 1; looks <= POLITE; looks++) {
        reset(state);
        kernel_lock_word.waiting = 1;
        kernel_lock();
        assert_int_equal(pauses, looks + 3);
        assert_true(kernel_lock_is_mine());
        assert_int_equal(kernel_lock_word.waiting, 0);
        kernel_unlock();
        assert_int_equal(kernel_lock_word.word, 0);
    }
}

static void
counts(void)
{
    pauses++;
}

/* One that waits may be asleep, for its host has others to run. */
static void
not_for_ever(void **state)
{
    (void)state;
    at_pause = counts;
    kernel_lock_word.waiting = 1;
    kernel_lock();
    assert_true(kernel_lock_is_mine());
    assert_int_equal(pauses, POLITE);
    assert_int_equal(kernel_lock_word.waiting, 1);
}

/* A pause in which all others had their turn is enough. */
static void
not_for_long(void **state)
{
    reset(state);
    at_pause = counts;
    step = POLITE_TIME + 1;
    kernel_lock_word.waiting = 3;
    kernel_lock();
    assert_true(kernel_lock_is_mine());
    assert_int_equal(pauses, 1);
    assert_int_equal(kernel_lock_word.waiting, 3);
}

/* --- threads -------------------------------------------------------------- */

static pthread_t threads[CPUS];
static uint32_t numbers[CPUS];
static unsigned inside, turns, broken; /* by whoever has the lock */
static bool end;

/* The holder may be stopped, too; but each yield may cost a slice of time. */
static void
spins(void)
{
    static _Thread_local unsigned count;

    if (++count % SPINS == 0)
        sched_yield();
    else
        arch_pause();
}

static void
yields(void)
{
    sched_yield();
}

static void
start(unsigned count, void *(*code)(void *))
{
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = i;
        assert_int_equal(
            pthread_create(&threads[i], NULL, code, &numbers[i]), 0);
    }
}

static void
join(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* No turn gets lost, although none is counted in one piece. */
static void *
take_turns(void *number)
{
    self.number = *(const uint32_t *)number;
    for (unsigned i = 0; i < TURNS; i++) {
        volatile unsigned *counted = &turns;
        unsigned seen;

        kernel_lock();
        broken += inside++ != 0 || !kernel_lock_is_mine();
        seen = *counted;
        if (i % STAYS == 0)
            sched_yield();
        *counted = seen + 1;
        broken += --inside != 0;
        kernel_unlock();
    }
    return NULL;
}

static void
one_at_a_time(void **state)
{
    (void)state;
    at_pause = spins;
    inside = turns = broken = 0;
    start(CPUS, take_turns);
    join(CPUS);
    assert_int_equal(broken, 0);
    assert_int_equal(turns, CPUS * TURNS);
    assert_int_equal(kernel_lock_word.word, 0);
}

/* Takes the lock, gives it up, and takes it again at once. */
static void *
hog(void *number)
{
    self.number = *(const uint32_t *)number;
    while (!__atomic_load_n(&end, __ATOMIC_RELAXED)) {
        kernel_lock();
        turns++;
        kernel_unlock();
    }
    return NULL;
}

static int
compare(const void *a, const void *b)
{
    unsigned first = *(const unsigned *)a, second = *(const unsigned *)b;

    return (first > second) - (first < second);
}

static unsigned
turns_so_far(void)
{
    return __atomic_load_n(&turns, __ATOMIC_RELAXED);
}

/* One time in four at least: the host may stop one of the two for longer. */
static void
nobody_is_kept_out(void **state)
{
    unsigned meanwhile[VISITS], before = 0;

    (void)state;
    at_pause = yields;
    self.number = CPUS;
    turns = 0;
    end = false;
    start(1, hog);
    for (unsigned i = 0; i < VISITS; i++) {
        while (turns_so_far() == before)
            sched_yield(); /* until the other one is at it again */
        before = turns_so_far();
        kernel_lock();
        meanwhile[i] = turns - before;
        before = turns;
        kernel_unlock();
    }
    __atomic_store_n(&end, true, __ATOMIC_RELAXED);
    join(1);
    assert_int_equal(kernel_lock_word.word, 0);
    qsort(meanwhile, VISITS, sizeof meanwhile[0], compare);
    print_message("turns meanwhile: %u, %u, at most %u\n",
                  meanwhile[VISITS / 4], meanwhile[VISITS / 2],
                  meanwhile[VISITS - 1]);
    assert_in_range(meanwhile[VISITS / 4], 0, FEW);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset)
    const struct CMUnitTest tests[] = {
        TEST(taken_when_free), TEST(waits_for_the_holder),
        TEST(lets_others_go_first), TEST(not_for_ever), TEST(not_for_long),
        TEST(one_at_a_time),
        TEST(nobody_is_kept_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
