/* Deadlines against a plain list of them, on several CPUs. */
#include "tests/host/unit.h"

#include <stdlib.h>

#include "kernel/cpu_local.h"
#include "kernel/sched.h"
#include "kernel/timeout.h"

#define CPUS     3
#define TIMEOUTS 40
#define STEPS    200000

static struct cpu_local cpus[CPUS];
static unsigned self;
static unsigned armed;

struct cpu_local *
arch_cpu(void)
{
    return &cpus[self];
}

void
sched_arm_timer(struct cpu_local *cpu)
{
    assert_ptr_equal(cpu, arch_cpu());
    cpu->timer_at = timeout_next();
    armed++;
}

static struct timeout timeouts[TIMEOUTS];

/* The model: what each one is set to, or 0. */
static struct {
    uint64_t deadline;
    unsigned cpu;
} model[TIMEOUTS];

static uint64_t now, last_expired;
static unsigned calls, again;

static unsigned expired(struct timeout *timeout);

static void
set(unsigned i, uint64_t deadline)
{
    timeout_set(&timeouts[i], deadline, expired);
    model[i].deadline = deadline;
    model[i].cpu = self;
}

static unsigned
expired(struct timeout *timeout)
{
    unsigned i = (unsigned)(timeout - timeouts);

    assert_false(timeout->set);
    assert_true(model[i].deadline != 0 && model[i].cpu == self);
    assert_true(model[i].deadline <= now);
    assert_true(model[i].deadline >= last_expired);
    last_expired = model[i].deadline;
    model[i].deadline = 0;
    calls++;
    if (again != 0)
        set(i, now + again);
    again = 0;
    return 0;
}

static uint64_t
model_next(void)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < TIMEOUTS; i++)
        if (model[i].deadline != 0 && model[i].cpu == self &&
            model[i].deadline < next)
            next = model[i].deadline;
    return next;
}

static unsigned
rank(const struct timeout *timeout)
{
    return timeout != NULL ? timeout->rank : 0;
}

/* What makes the steps logarithmic, and the order. */
static void
check_heap(void)
{
    for (unsigned i = 0; i < TIMEOUTS; i++) {
        const struct timeout *t = &timeouts[i];

        assert_int_equal(t->set, model[i].deadline != 0);
        if (!t->set)
            continue;
        assert_int_equal(t->deadline, model[i].deadline);
        assert_int_equal(t->cpu, model[i].cpu);
        assert_true(rank(t->left) >= rank(t->right));
        assert_int_equal(t->rank, rank(t->right) + 1);
        assert_true(t->left == NULL || t->left->parent == t);
        assert_true(t->right == NULL || t->right->parent == t);
        if (t->parent != NULL) {
            assert_true(t->parent->set && t->parent->cpu == t->cpu);
            assert_true(t->parent->deadline <= t->deadline);
            assert_true(t->parent->left == t || t->parent->right == t);
        }
    }
}

static void
test_random(void **state)
{
    unsigned expirations;

    (void)state;
    srand(1);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)rand() % TIMEOUTS, max, due = 0;

        self = (unsigned)rand() % CPUS;
        switch (rand() % 4) {
        case 0:
        case 1:
            set(i, now + 1 + (unsigned)rand() % 100);
            break;
        case 2:
            timeout_cancel(&timeouts[i]);
            model[i].deadline = 0;
            break;
        case 3:
            now += (unsigned)rand() % 20;
            for (unsigned j = 0; j < TIMEOUTS; j++)
                due += model[j].deadline != 0 && model[j].cpu == self &&
                       model[j].deadline <= now;
            max = (unsigned)rand() % 8;
            calls = 0;
            last_expired = 0;
            again = (unsigned)rand() % 3 == 0 ? 5 : 0;
            expirations = timeout_expire(now, max);
            assert_int_equal(expirations, calls);
            assert_int_equal(calls, due < max ? due : max);
            again = 0;
            break;
        }
        assert_int_equal(timeout_next(), model_next());
        check_heap();
    }
}

/* The hardware is asked again only when the first deadline comes sooner. */
static void
test_arming(void **state)
{
    (void)state;
    self = 0;
    for (unsigned i = 0; i < TIMEOUTS; i++) {
        timeout_cancel(&timeouts[i]);
        model[i].deadline = 0;
    }
    armed = 0;
    set(0, 1000);
    assert_int_equal(armed, 1);
    set(1, 2000);
    assert_int_equal(armed, 1);
    set(2, 500);
    assert_int_equal(armed, 2);
    assert_int_equal(cpus[0].timer_at, 500);
    self = 1; /* it moves to this CPU; the other one may come for nothing */
    set(2, 700);
    assert_int_equal(timeout_next(), 700);
    self = 0;
    assert_int_equal(timeout_next(), 1000);
}

/* The way down right stays short however they come. */
static void
test_depth(void **state)
{
    static struct timeout many[4096];
    const struct timeout *top;
    unsigned depth = 0;

    (void)state;
    self = 2;
    for (unsigned i = 0; i < 4096; i++)
        timeout_set(&many[i], i % 2 != 0 ? 10000 + i : 50000 - i, expired);
    top = &many[1];
    while (top->parent != NULL)
        top = top->parent;
    for (; top->right != NULL; top = top->right)
        depth++;
    assert_in_range(depth, 0, 12);
    for (unsigned i = 0; i < 4096; i++)
        timeout_cancel(&many[i]);
    assert_int_equal(timeout_next(), UINT64_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_arming),
        cmocka_unit_test(test_depth),
    };

    for (unsigned i = 0; i < CPUS; i++)
        cpus[i].number = i;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
