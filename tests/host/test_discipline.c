/* The line discipline: what is typed, what is shown, what a program reads. */
#include "tests/host/unit.h"

#include <stdlib.h>
#include <string.h>

#include "user/tty/discipline.h"

#define SEED 815u

static struct discipline d;
static char shown[65536];
static size_t shown_length;
static char signals[16];

static void
note_echo(void *context, const uint8_t *bytes, size_t count)
{
    (void)context;
    assert_true(shown_length + count < sizeof shown);
    memcpy(shown + shown_length, bytes, count);
    shown_length += count;
    shown[shown_length] = '\0';
}

static void
note_signal(void *context, enum discipline_signal signal)
{
    size_t n = strlen(signals);

    (void)context;
    assert_true(n + 1 < sizeof signals);
    signals[n] = "iqs"[signal];
    signals[n + 1] = '\0';
}

static void
forget(void)
{
    shown_length = 0;
    shown[0] = '\0';
    signals[0] = '\0';
}

static int
reset(void **state)
{
    (void)state;
    discipline_init(&d);
    d.echo = note_echo;
    d.signal = note_signal;
    forget();
    return 0;
}

static void
type_bytes(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        discipline_input(&d, (uint8_t)text[i]);
}

static void
type(const char *text)
{
    type_bytes(text, strlen(text));
}

/* What one read gives: as text, "<none>" or "<end>". */
static const char *
get(size_t size)
{
    static char text[DISCIPLINE_QUEUE + 1];
    size_t waiting = discipline_waiting(&d);
    bool end, readable = discipline_readable(&d);
    size_t n = discipline_read(&d, (uint8_t *)text, size, &end);

    assert_true(n <= size);
    assert_int_equal(n, waiting < size ? waiting : size);
    text[n] = '\0';
    if (n > 0)
        return text;
    assert_int_equal(readable, end);
    return end ? "<end>" : "<none>";
}

static void
set(uint32_t input, uint32_t output, uint32_t local)
{
    struct tty_modes modes = d.modes;

    modes.input = input;
    modes.output = output;
    modes.local = local;
    discipline_set(&d, &modes);
}

/* --- lines ---------------------------------------------------------------- */

static void
test_lines(void **state)
{
    static const struct {
        const char *typed, *shown, *read;
    } cases[] = {
        { "ls\r", "ls\r\n", "ls\n" },
        { "ls\n", "ls\r\n", "ls\n" },
        { "\n", "\r\n", "\n" },
        { "ab\177c\n", "ab\b \bc\r\n", "ac\n" },
        { "\177\177a\n", "a\r\n", "a\n" },
        { "ab\025cd\n", "ab\b \b\b \bcd\r\n", "cd\n" },
        { "one two \027x\n",
          "one two \b \b\b \b\b \b\b \bx\r\n", "one x\n" },
        { "a\tb\177\177c\n", "a\tb\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bc"
          "\r\n", "ac\n" },
        { "\001\n", "^A\r\n", "\001\n" },
        { "\001\177b\n", "^A\b \b\b \bb\r\n", "b\n" },
        { "\033[A\n", "^[[A\r\n", "\033[A\n" },
        { "\026\003\n", "^\b^C\r\n", "\003\n" },
        { "\026\n\n", "^\b^J\r\n", "\n\n" },
        { "\026\004x\n", "^\b^Dx\r\n", "\004x\n" },
        { "\026\177\177a\n", "^\b^?\b \b\b \ba\r\n", "a\n" },
        { "\303\244\177o\n", "\303\244\b \bo\r\n", "o\n" },
        { "\346\274\242\177o\n", "\346\274\242\b \b\b \bo\r\n", "o\n" },
        { "e\314\201\177\n", "e\314\201\r\n", "e\n" },
        { "ab\022c\n", "ab^R\r\nabc\r\n", "abc\n" },
        { "a\004", "a", "a" },
        { "\004", "", "<end>" },
        { "a", "a", "<none>" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reset(state);
        type(cases[i].typed);
        assert_string_equal(shown, cases[i].shown);
        assert_string_equal(get(100), cases[i].read);
        assert_string_equal(get(100), "<none>");
    }
}

/* The prompt is nobody's to erase, and a tab ends where it would on screen. */
static void
test_behind_a_prompt(void **state)
{
    uint8_t out[64];
    size_t used;

    (void)state;
    assert_int_equal(discipline_output(&d, (const uint8_t *)"$ ", 2, &used,
                                       out, sizeof out), 2);
    type("\tx\025");
    assert_string_equal(shown, "\tx\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
}

static void
test_several_lines(void **state)
{
    (void)state;
    type("one\ntwo\nthr");
    assert_string_equal(get(2), "on");
    assert_string_equal(get(100), "e\n");
    assert_string_equal(get(100), "two\n");
    assert_string_equal(get(100), "<none>");
    type("\025");
    type("ee\n");
    assert_string_equal(get(100), "ee\n");
}

/* VEOF behind bytes only pushes them; an end of file takes one of its own. */
static void
test_end_of_file(void **state)
{
    (void)state;
    type("abc\004\004");
    assert_string_equal(get(3), "abc");
    assert_string_equal(get(3), "<end>");
    assert_string_equal(get(3), "<none>");
    type("abc\004d\n");
    assert_string_equal(get(2), "ab");
    assert_string_equal(get(2), "c");
    assert_string_equal(get(3), "d\n");
}

static void
test_signals(void **state)
{
    (void)state;
    type("rm -rf\003");
    assert_string_equal(signals, "i");
    assert_string_equal(shown, "rm -rf^C");
    assert_false(discipline_readable(&d));
    type("\034\032\n");
    assert_string_equal(signals, "iqs");
    assert_string_equal(get(10), "\n");
    set(d.modes.input, d.modes.output, d.modes.local | TTY_NOFLSH);
    type("ab\003\n");
    assert_string_equal(get(10), "ab\n");
    set(d.modes.input, d.modes.output, d.modes.local & ~TTY_ISIG);
    type("\003\n");
    assert_string_equal(get(10), "\003\n");
    assert_string_equal(signals, "iqsi");
}

static void
test_flow(void **state)
{
    (void)state;
    type("\023a");
    assert_true(d.stopped);
    type("\021");
    assert_false(d.stopped);
    type("\023\003");
    assert_false(d.stopped);
    set(d.modes.input | TTY_IXANY, d.modes.output, d.modes.local);
    type("\023b");
    assert_false(d.stopped);
    assert_string_equal(signals, "i");
    set(d.modes.input & ~TTY_IXON, d.modes.output, d.modes.local);
    type("\023\n");
    assert_false(d.stopped);
    assert_string_equal(get(10), "b\023\n");
}

static void
test_without_echo(void **state)
{
    (void)state;
    set(d.modes.input, d.modes.output, d.modes.local & ~TTY_ECHO);
    type("secret\177\025\026a\022\027x\n");
    assert_string_equal(shown, "");
    assert_string_equal(get(10), "x\n");
    set(d.modes.input, d.modes.output, d.modes.local | TTY_ECHONL);
    type("secret\n");
    assert_string_equal(shown, "\r\n");
}

/* Terminals on paper. */
static void
test_without_rubbing_out(void **state)
{
    (void)state;
    set(d.modes.input, d.modes.output, d.modes.local & ~TTY_ECHOE);
    type("ab\177\025c\n");
    assert_string_equal(shown, "ab^?^U\r\nc\r\n");
    assert_string_equal(get(10), "c\n");
}

static void
test_mapping(void **state)
{
    (void)state;
    set(TTY_IGNCR, TTY_OPOST | TTY_ONLCR, d.modes.local);
    type("a\r\n");
    assert_string_equal(get(10), "a\n");
    set(TTY_INLCR | TTY_ISTRIP, TTY_OPOST | TTY_ONLCR,
        d.modes.local & ~TTY_ICANON);
    type("\n\341");
    assert_string_equal(get(10), "\ra");
}

/* --- raw ------------------------------------------------------------------ */

static void
test_raw(void **state)
{
    (void)state;
    set(0, 0, 0);
    type("\003\004\177\r\n\026x");
    assert_string_equal(shown, "");
    assert_string_equal(signals, "");
    assert_string_equal(get(3), "\003\004\177");
    assert_string_equal(get(10), "\r\n\026x");
    assert_string_equal(get(10), "<none>");
}

static void
test_change_of_mode(void **state)
{
    uint32_t local = d.modes.local;

    (void)state;
    type("one\ntw");
    set(d.modes.input, d.modes.output, local & ~TTY_ICANON);
    assert_string_equal(get(100), "one\ntw");
    type("three");
    set(d.modes.input, d.modes.output, local);
    assert_string_equal(get(100), "three");
    type("four\n");
    assert_string_equal(get(100), "four\n");
    type("x\004");
    set(d.modes.input, d.modes.output, local & ~TTY_ICANON);
    assert_string_equal(get(100), "x");
}

/* --- limits --------------------------------------------------------------- */

/* A line that is too long rings, and can still be ended. */
static void
test_long_line(void **state)
{
    (void)state;
    set(d.modes.input, d.modes.output, d.modes.local & ~TTY_ECHO);
    for (unsigned i = 0; i < 5000; i++)
        type("x");
    assert_int_equal(shown_length, 5000 - (DISCIPLINE_LINE - 1));
    assert_int_equal(shown[0], 7);
    type("\n");
    assert_int_equal(discipline_waiting(&d), DISCIPLINE_LINE);
    assert_int_equal(strlen(get(DISCIPLINE_QUEUE)), DISCIPLINE_LINE);
}

static void
test_full_queue(void **state)
{
    static uint8_t all[DISCIPLINE_QUEUE];
    uint32_t local = d.modes.local;
    bool end;

    (void)state;
    set(0, d.modes.output, 0);
    for (unsigned i = 0; i < DISCIPLINE_QUEUE + 10; i++)
        discipline_input(&d, (uint8_t)i);
    assert_int_equal(discipline_waiting(&d), DISCIPLINE_QUEUE - 1);
    set(d.modes.input, d.modes.output, local);
    type("\n\n");
    assert_int_equal(discipline_read(&d, all, sizeof all, &end),
                     DISCIPLINE_QUEUE - 1);
    assert_string_equal(get(10), "\n");
    assert_string_equal(get(10), "<none>");
}

static void
test_flush(void **state)
{
    (void)state;
    type("one\ntwo\026");
    discipline_flush(&d);
    assert_string_equal(get(10), "<none>");
    type("a\n");
    assert_string_equal(get(10), "a\n");
}

static void
test_break(void **state)
{
    (void)state;
    type("ab");
    discipline_break(&d);
    assert_string_equal(signals, "i");
    set(d.modes.input | TTY_IGNBRK, d.modes.output, d.modes.local);
    discipline_break(&d);
    assert_string_equal(signals, "i");
    set(0, 0, 0);
    discipline_break(&d);
    assert_int_equal(discipline_waiting(&d), 1);
}

/* --- output --------------------------------------------------------------- */

static const char *
out(const char *text)
{
    static char to[256];
    size_t used;
    size_t n = discipline_output(&d, (const uint8_t *)text, strlen(text),
                                 &used, (uint8_t *)to, sizeof to - 1);

    assert_int_equal(used, strlen(text));
    to[n] = '\0';
    return to;
}

static void
test_output(void **state)
{
    (void)state;
    assert_string_equal(out("a\nb\r\n"), "a\r\nb\r\r\n");
    assert_int_equal(d.column, 0);
    out("\303\244\346\274\242e\314\201\b");
    assert_int_equal(d.column, 3);
    set(d.modes.input, TTY_OPOST | TTY_XTABS, d.modes.local);
    assert_string_equal(out("\ta\n"), "     a\n");
    set(d.modes.input, TTY_OPOST | TTY_OCRNL, d.modes.local);
    assert_string_equal(out("a\r"), "a\n");
    set(d.modes.input, TTY_OPOST | TTY_ONOCR, d.modes.local);
    out("\r");
    assert_string_equal(out("\r\rab\r"), "ab\r");
    set(d.modes.input, 0, d.modes.local);
    assert_string_equal(out("a\n\t\r"), "a\n\t\r");
}

static void
test_output_in_parts(void **state)
{
    uint8_t to[DISCIPLINE_GROWTH + 1];
    size_t used;

    (void)state;
    assert_int_equal(discipline_output(&d, (const uint8_t *)"\n\n\n", 3,
                                       &used, to, sizeof to), 2);
    assert_int_equal(used, 1);
    assert_int_equal(discipline_output(&d, (const uint8_t *)"\n", 1, &used,
                                       to, DISCIPLINE_GROWTH - 1), 0);
    assert_int_equal(used, 0);
}

/* --- anything ------------------------------------------------------------- */

/* Whatever comes in whatever mode: nothing breaks, and the counts agree. */
static void
test_anything(void **state)
{
    static const uint32_t locals[] = { 0, TTY_ICANON, ~0u, TTY_ECHO, };
    uint8_t to[300];
    bool end;

    (void)state;
    srand(SEED);
    for (unsigned i = 0; i < 300000; i++) {
        unsigned what = (unsigned)rand() % 200;

        if (what == 0)
            set((uint32_t)rand(), (uint32_t)rand(),
                locals[rand() % 4] ^ (rand() % 4 == 0 ? (uint32_t)rand()
                                                      : 0));
        else if (what == 1)
            discipline_flush(&d);
        else if (what < 20)
            discipline_read(&d, to, (size_t)rand() % sizeof to, &end);
        else
            discipline_input(&d, (uint8_t)rand());
        assert_true(d.taken <= d.ready && d.ready <= d.end);
        assert_true(d.end - d.taken <= DISCIPLINE_QUEUE);
        forget();
    }
    set(d.modes.input, d.modes.output, TTY_ICANON);
    while (discipline_readable(&d))
        discipline_read(&d, to, sizeof to, &end);
    assert_int_equal(d.taken, d.ready);
    assert_int_equal(d.lines, 0);
}

#define TEST(name) cmocka_unit_test_setup(test_##name, reset)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines), TEST(behind_a_prompt), TEST(several_lines),
        TEST(end_of_file), TEST(signals), TEST(flow), TEST(without_echo),
        TEST(without_rubbing_out), TEST(mapping), TEST(raw),
        TEST(change_of_mode), TEST(long_line), TEST(full_queue), TEST(flush),
        TEST(break), TEST(output), TEST(output_in_parts), TEST(anything),
    };

    return cmocka_run_group_tests_name("discipline", tests, NULL, NULL);
}
