/* Time, interrupts and calibration, on a machine made of numbers. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/arch.h"
#include "kernel/interrupt.h"
#include "kernel/start/calibrate.h"
#include "kernel/time.h"

/* --- the machine --------------------------------------------------------- */

static uint64_t tsc;             /* a nanosecond each, in most tests */
static bool interrupts_on = true;
static unsigned masked_irq = 99;

uint64_t
arch_timestamp(void)
{
    return tsc;
}

bool
arch_interrupts_off(void)
{
    bool were_on = interrupts_on;

    interrupts_on = false;
    return were_on;
}

void
arch_interrupts_restore(bool on)
{
    interrupts_on = on;
}

unsigned
arch_irq_vector(unsigned irq)
{
    return irq < 16 && irq != 2 ? 100 + irq : 0;
}

void
arch_irq_mask(unsigned irq, bool masked)
{
    masked_irq = masked ? irq : 99;
}

/* --- conversions --------------------------------------------------------- */

static void
test_factor(void **state)
{
    static const uint64_t rates[] = {
        500000, 1193182, 14318180, 100000000, 1000000000, 2399999999,
        4294967295, 4294967297, 5800000000, 100000000000,
    };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        uint64_t day = rates[i] * 86400;
        uint64_t factor = time_factor(rates[i], NS_PER_SECOND);
        uint64_t ns = time_convert(day, factor), exact = 86400 * NS_PER_SECOND;

        /* Never fast, slow by less than the last bit of the factor. */
        assert_true(ns <= exact && exact - ns <= exact / factor + 1);
    }
    assert_int_equal(time_convert(5, time_factor(1, 3)), 15);
    assert_int_equal(time_convert(1000, time_factor(NS_PER_SECOND, 1000)), 0);
    assert_int_equal(time_convert(UINT64_MAX, time_factor(1, 2)), UINT64_MAX);
    assert_int_equal(time_convert(UINT64_MAX, time_factor(2, 1)),
                     UINT64_MAX / 2);
}

static void
test_now(void **state)
{
    (void)state;
    tsc = 5000;
    time_start(2000, 2 * NS_PER_SECOND);
    assert_int_equal(time_now_ns(), 1500);
    tsc = 1999; /* before the origin: never negative */
    assert_int_equal(time_now_ns(), 0);
}

/* --- interrupts ---------------------------------------------------------- */

static void
count(void *context)
{
    ++*(unsigned *)context;
}

static void
test_attach(void **state)
{
    unsigned calls = 0;
    uint64_t before = interrupt_unexpected();

    (void)state;
    assert_false(interrupt_attach(31, count, &calls));
    assert_false(interrupt_attach(256, count, &calls));
    assert_true(interrupt_attach(32, count, &calls));
    assert_false(interrupt_attach(32, count, NULL));
    assert_true(interrupt_deliver(32));
    assert_int_equal(calls, 1);
    assert_int_equal(interrupt_count(32), 1);
    interrupt_detach(32);
    assert_false(interrupt_deliver(32));
    assert_false(interrupt_deliver(255));
    assert_int_equal(calls, 1);
    assert_int_equal(interrupt_count(32), 2);
    assert_int_equal(interrupt_unexpected(), before + 2);
    interrupt_note_spurious();
    assert_int_equal(interrupt_unexpected(), before + 3);
    assert_true(interrupts_on);
}

static void
test_irq(void **state)
{
    unsigned calls = 0;

    (void)state;
    assert_false(irq_attach(2, count, &calls));
    assert_false(irq_attach(16, count, &calls));
    assert_true(irq_attach(4, count, &calls));
    assert_true(interrupt_deliver(104));
    assert_int_equal(calls, 1);
    arch_irq_mask(4, false);
    irq_detach(4);
    assert_int_equal(masked_irq, 4);
    assert_false(interrupt_deliver(104));
}

/* --- calibration --------------------------------------------------------- */

/* One reading costs time, and now and then a lot of it. */
static uint64_t clock_ns, read_cost, pause_every, pause_ns, readings;
static uint64_t unknown_hz, reference_hz, drift;

static uint64_t
pass(uint64_t hz)
{
    clock_ns += read_cost;
    if (pause_every != 0 && ++readings % pause_every == 0)
        clock_ns += pause_ns;
    return time_convert(clock_ns, time_factor(NS_PER_SECOND, hz));
}

static uint64_t
read_unknown(void)
{
    unknown_hz += drift;
    return pass(unknown_hz);
}

static uint64_t
read_reference(void)
{
    return pass(reference_hz);
}

static uint64_t
run(uint64_t hz, uint64_t of_reference, uint64_t mask)
{
    struct counter unknown = { read_unknown, UINT64_MAX, 0 };
    struct counter reference = { read_reference, mask, of_reference };

    unknown_hz = hz;
    reference_hz = of_reference;
    return calibrate(&unknown, &reference);
}

static int
quiet(void **state)
{
    (void)state;
    clock_ns = 123456789;
    read_cost = 500;
    pause_every = readings = drift = 0;
    return 0;
}

#define WITHIN(value, wanted, part)                        \
    assert_in_range((value), (wanted) - (wanted) / (part), \
                    (wanted) + (wanted) / (part))

static void
test_calibrate(void **state)
{
    static const uint64_t rates[] = { 4000000, 1000000000, 2400000000,
                                      5800000000 };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        WITHIN(run(rates[i], 1193182, 0xFFFF), rates[i], 2000);
        WITHIN(run(rates[i], 14318180, 0xFFFFFFFF), rates[i], 5000);
        WITHIN(run(rates[i], 100000000, 0xFFFFFFFF), rates[i], 5000);
    }
}

/* A host that takes the CPU away for 3 ms, again and again. */
static void
test_calibrate_disturbed(void **state)
{
    (void)state;
    for (pause_every = 97; pause_every < 4000; pause_every += 211) {
        pause_ns = 3000000;
        WITHIN(run(2400000000, 14318180, 0xFFFFFFFF), 2400000000, 1000);
        WITHIN(run(2400000000, 1193182, 0xFFFF), 2400000000, 1000);
    }
}

/* Away once in a try, longer than the PIT counts: such a try is no use. */
static void
test_calibrate_wrapped(void **state)
{
    uint64_t hz;

    (void)state;
    pause_ns = 61000000;
    for (pause_every = 20011; pause_every < 200000; pause_every += 7919) {
        hz = run(2400000000, 1193182, 0xFFFF);
        if (hz != 0 || pause_every > 60000)
            WITHIN(hz, 2400000000, 1000);
    }
}

static void
test_calibrate_refuses(void **state)
{
    struct counter still = { read_reference, 0, 1193182 };
    struct counter unknown = { read_unknown, UINT64_MAX, 0 };

    (void)state;
    unknown_hz = 1000000000;
    reference_hz = 1193182;
    assert_int_equal(calibrate(&unknown, &still), 0);
    assert_int_equal(run(CALIBRATE_HZ_MIN / 2, 14318180, 0xFFFFFFFF), 0);
    drift = 100000; /* a rate that changes all the time is none */
    assert_int_equal(run(1000000000, 14318180, 0xFFFFFFFF), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_irq),
        cmocka_unit_test_setup(test_calibrate, quiet),
        cmocka_unit_test_setup(test_calibrate_disturbed, quiet),
        cmocka_unit_test_setup(test_calibrate_wrapped, quiet),
        cmocka_unit_test_setup(test_calibrate_refuses, quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
