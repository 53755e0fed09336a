#include "kernel/start/calibrate.h"

#define READINGS    8u
#define POLLS_MAX   100000u
#define MOVES_POLLS 1000u
#define DELAY       1000u

struct reading {
    uint64_t reference, unknown;
};

/* The reference's count, between two of the other as close as can be had. */
static struct reading
read_both(const struct counter *unknown, const struct counter *reference)
{
    struct reading best = { 0, 0 };
    uint64_t closest = UINT64_MAX;

    for (unsigned i = 0; i < READINGS; i++) {
        uint64_t before = unknown->read();
        uint64_t between = reference->read();
        uint64_t width = (unknown->read() - before) & unknown->mask;

        if (width < closest) {
            closest = width;
            best.reference = between;
            best.unknown = before + width / 2;
        }
    }
    return best;
}

/* Reading a port costs dear in an emulator: most of the wait is spent here. */
static void
delay(void)
{
    for (unsigned i = 0; i < DELAY; i++)
        __asm__ volatile("");
}

/* The longest time that passed between two looks at the unknown counter. */
struct gaps {
    uint64_t last, longest;
};

static void
note_gap(struct gaps *gaps, uint64_t now, uint64_t mask)
{
    uint64_t gap = (now - gaps->last) & mask;

    if (gap > gaps->longest)
        gaps->longest = gap;
    gaps->last = now;
}

/* Wait until the reference has counted so far. */
static bool
wait(const struct counter *unknown, const struct counter *reference,
     uint64_t start, uint64_t counts, struct gaps *gaps)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        uint64_t passed = (reference->read() - start) & reference->mask;

        note_gap(gaps, unknown->read(), unknown->mask);
        if (passed >= counts)
            return true;
        delay();
    }
    return false;
}

/*
 * One try: the rate, or 0. A PIT wraps after 55 ms, which goes unseen if the
 * CPU is away for more than 45 in one piece: then most of the try was that.
 */
static uint64_t
measure(const struct counter *unknown, const struct counter *reference)
{
    struct reading start = read_both(unknown, reference), end;
    struct gaps gaps = { start.unknown, 0 };
    uint64_t counts, passed;

    if (!wait(unknown, reference, start.reference,
              reference->hz / CALIBRATE_PART, &gaps))
        return 0;
    end = read_both(unknown, reference);
    note_gap(&gaps, end.unknown, unknown->mask);
    counts = (end.unknown - start.unknown) & unknown->mask;
    passed = (end.reference - start.reference) & reference->mask;
    if (gaps.longest > counts / 4 * 3 || passed == 0 ||
        counts > UINT64_MAX / reference->hz)
        return 0;
    return counts * reference->hz / passed;
}

static bool
agree(uint64_t a, uint64_t b)
{
    uint64_t difference = a > b ? a - b : b - a;

    return difference <= (a < b ? a : b) / CALIBRATE_AGREE;
}

/* Or else all tries would wait in vain. */
static bool
moves(const struct counter *counter)
{
    uint64_t first = counter->read();

    for (unsigned i = 0; i < MOVES_POLLS; i++) {
        if (counter->read() != first)
            return true;
        delay();
    }
    return false;
}

uint64_t
calibrate(const struct counter *unknown, const struct counter *reference)
{
    uint64_t rates[CALIBRATE_TRIES];

    if (!moves(reference) || !moves(unknown))
        return 0;
    for (unsigned i = 0; i < CALIBRATE_TRIES; i++) {
        rates[i] = measure(unknown, reference);
        for (unsigned j = 0; j < i; j++)
            if (rates[i] >= CALIBRATE_HZ_MIN && agree(rates[i], rates[j]))
                return rates[i] / 2 + rates[j] / 2;
    }
    return 0;
}
