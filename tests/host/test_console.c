/* Console and screen: what is printed can be seen, kept and scrolled. */
#include "tests/host/unit.h"

#include <string.h>

#include "kernel/console.h"
#include "kernel/lib/format.h"
#include "kernel/screen.h"
#include "tests/host/kernel_stand_in.h"

#define COLUMNS 80
#define ROWS    25

static uint16_t cells[ROWS][COLUMNS];
static uint8_t pixels[480 * 640 * 4 + 64];

static const struct boot_video text_mode = {
    .kind = BOOT_VIDEO_TEXT, .width = COLUMNS, .height = ROWS,
    .pitch = COLUMNS * 2, .paddr = 0xB8000,
};

static int
reset(void **state)
{
    (void)state;
    stand_in_reset();
    memset(cells, 0, sizeof cells);
    screen_init(&text_mode, cells);
    screen_clear();
    return 0;
}

static void
expect_row(int row, const char *text)
{
    for (int i = 0; i < COLUMNS; i++) {
        char c = i < (int)strlen(text) ? text[i] : ' ';

        assert_int_equal((char)cells[row][i], c);
    }
}

static void
test_all_outputs(void **state)
{
    (void)state;
    kprintf("one %u\ntwo", 1u);
    assert_string_equal(serial_text, "one 1\r\ntwo");
    assert_string_equal(debug_text, "one 1\r\ntwo");
    expect_row(0, "one 1");
    expect_row(1, "two");
    assert_int_equal(cursor_cell, COLUMNS + 3);
    assert_int_equal(cells[0][0], SCREEN_NORMAL << 8 | 'o');
}

/* A full line must not cost an empty one. */
static void
test_wrap(void **state)
{
    char line[COLUMNS + 1];

    (void)state;
    memset(line, 'x', COLUMNS);
    line[COLUMNS] = '\0';
    kprintf("%s\nnext\n\nafter", line);
    expect_row(0, line);
    expect_row(1, "next");
    expect_row(2, "");
    expect_row(3, "after");
    kprintf("\n%s!", line);
    expect_row(4, line);
    expect_row(5, "!");
}

/* So many times x. */
static const char *
xs(size_t count)
{
    static char text[2 * COLUMNS + 1];

    memset(text, 'x', sizeof text - 1);
    return text + sizeof text - 1 - count;
}

/* A row of count times x, and then text. */
static void
expect_xs(int row, size_t count, const char *text)
{
    char line[2 * COLUMNS + 1];

    format(line, sizeof line, "%s%s", xs(count), text);
    expect_row(row, line);
}

/* Words stay whole on the screen; the serial line has its own width. */
static void
test_wrap_words(void **state)
{
    char line[2 * COLUMNS];

    (void)state;
    format(line, sizeof line, "%s words next, and", xs(70));
    kprintf("%s", line);
    assert_string_equal(serial_text, line);
    expect_xs(0, 70, " words");
    expect_row(1, "next, and");
    kprintf("\n%s,abc,defghijk,lm\n", xs(70));
    expect_xs(2, 70, ",abc,");
    expect_row(3, "defghijk,lm");
    kprintf("%s 23456789 next\n", xs(71));
    expect_xs(4, 71, " 23456789");
    expect_row(5, "next");
    kprintf("%s 2345678,next\n", xs(71));
    expect_xs(6, 71, " 2345678,");
    expect_row(7, "next");
}

/* A blank that has no room is not printed, and costs no row. */
static void
test_wrap_blank_at_the_edge(void **state)
{
    (void)state;
    kprintf("%s  \nnext", xs(COLUMNS));
    expect_xs(0, COLUMNS, "");
    expect_row(1, "next");
}

/* What has no place to break, or none in its right half, fills its rows. */
static void
test_wrap_long_words(void **state)
{
    (void)state;
    kprintf("  %s\n", xs(COLUMNS));
    assert_int_equal((char)cells[0][COLUMNS - 1], 'x');
    expect_xs(1, 2, "");
    kprintf("%s %s", xs(39), xs(41));
    expect_xs(2, 39, "");
    assert_int_equal(screen_row(), 3);
    expect_xs(3, 41, "");
}

static void
test_rows_of_a_line(void **state)
{
    char line[2 * COLUMNS];

    (void)state;
    assert_int_equal(screen_rows_of("", 0), 1);
    assert_int_equal(screen_rows_of(xs(COLUMNS), COLUMNS), 1);
    assert_int_equal(screen_rows_of(xs(COLUMNS + 1), COLUMNS + 1), 2);
    assert_int_equal(screen_rows_of(xs(2 * COLUMNS), 2 * COLUMNS), 2);
    format(line, sizeof line, "%s 678901 %s", xs(75), xs(75));
    assert_int_equal(screen_rows_of(line, strlen(line)), 3);
    screen_move(NULL);
    assert_int_equal(screen_rows_of(line, strlen(line)), 3);
}

/* A place to break that was overwritten is none. */
static void
test_wrap_after_controls(void **state)
{
    (void)state;
    kprintf("%s, \b\bxx%sy\n", xs(70), xs(8));
    expect_xs(0, COLUMNS, "");
    expect_row(1, "y");
    kprintf("%s next\r%sy", xs(70), xs(COLUMNS));
    expect_xs(2, COLUMNS, "");
    expect_row(3, "y");
}

/* The last row moves up, and its word is still there to be moved. */
static void
test_wrap_at_the_bottom(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 24; i++)
        kprintf("line %u\n", i);
    kprintf("%s words next", xs(70));
    expect_row(22, "line 23");
    expect_xs(23, 70, " words");
    expect_row(24, "next");
}

/* A width that is no multiple of the tab's. */
static void
test_tab_at_the_edge(void **state)
{
    static uint16_t wide[ROWS][100];
    struct boot_video video = text_mode;

    (void)state;
    video.width = 100;
    video.pitch = 200;
    screen_init(&video, &wide);
    screen_clear();
    kprintf("%s\ty", xs(98));
    assert_int_equal((char)wide[0][97], 'x');
    assert_int_equal((char)wide[0][98], ' ');
    assert_int_equal((char)wide[1][0], 'y');
}

static void
test_scroll(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 40; i++)
        kprintf("line %u\n", i);
    expect_row(24, "line 39");
    expect_row(0, "line 15");
    assert_int_equal(cursor_cell, ROWS * COLUMNS - 1);
    kprintf("x");
    expect_row(24, "x");
    expect_row(23, "line 39");
    assert_int_equal(screen_at(0, 24), 'x');
}

static void
test_controls(void **state)
{
    (void)state;
    kprintf("ab\bC\tD\rE\x01");
    expect_row(0, "E?      D");
}

/* What the loader printed stays, and the cursor goes on below it. */
static void
test_adopted_text(void **state)
{
    struct boot_video video = text_mode;

    (void)state;
    for (int i = 0; i < 5; i++)
        cells[3][i] = (uint16_t)(SCREEN_NORMAL << 8 | "hello"[i]);
    video.cursor_row = 4;
    screen_init(&video, cells);
    kprintf("kernel");
    expect_row(3, "hello");
    expect_row(4, "kernel");
    for (int i = 0; i < 21; i++)
        kprintf("\n");
    kprintf("!");
    expect_row(2, "hello");
    video.cursor_row = 99;
    video.cursor_column = 99;
    screen_init(&video, cells);
    kprintf("last");
    expect_row(24, "last");
}

static uint32_t
pixel(unsigned x, unsigned y, unsigned pitch, unsigned bytes)
{
    uint32_t value = 0;

    memcpy(&value, pixels + y * pitch + x * bytes, bytes);
    return value;
}

static void
try_depth(unsigned bits, struct boot_color_field red,
          struct boot_color_field green, struct boot_color_field blue,
          uint32_t ink)
{
    unsigned bytes = bits / 8, pitch = 640 * bytes + 16;
    struct boot_video video = {
        .kind = BOOT_VIDEO_FRAMEBUFFER, .width = 640, .height = 400,
        .pitch = pitch, .bits_per_pixel = bits, .red = red, .green = green,
        .blue = blue, .paddr = 0xE0000000,
    };

    memset(pixels, 0x77, sizeof pixels);
    assert_null(screen_video_problem(&video));
    screen_init(&video, pixels);
    kprintf(".#");
    assert_int_equal(pixel(0, 0, pitch, bytes), ink);
    assert_int_equal(pixel(1, 0, pitch, bytes), 0);
    assert_int_equal(pixel(0, 1, pitch, bytes), 0);
    assert_int_equal(pixel(8, 0, pitch, bytes), ink);
    assert_int_equal(pixel(15, 15, pitch, bytes), ink);
    assert_int_equal(pixel(16, 15, pitch, bytes), 0);
    assert_int_equal(pixels[640 * bytes], 0x77);      /* between lines */
    assert_int_equal(pixels[400 * pitch], 0x77); /* behind the last */
    for (int i = 0; i < 25; i++)
        kprintf("\n#");
    assert_int_equal(pixel(0, 384, pitch, bytes), ink);
    assert_int_equal(screen_at(0, 24), '#');
}

static void
test_framebuffer(void **state)
{
    (void)state;
    try_depth(32, (struct boot_color_field){ 16, 8 },
              (struct boot_color_field){ 8, 8 },
              (struct boot_color_field){ 0, 8 }, 0xAAAAAA);
    try_depth(24, (struct boot_color_field){ 0, 8 },
              (struct boot_color_field){ 8, 8 },
              (struct boot_color_field){ 16, 8 }, 0xAAAAAA);
    try_depth(16, (struct boot_color_field){ 11, 5 },
              (struct boot_color_field){ 5, 6 },
              (struct boot_color_field){ 0, 5 }, 0xAD55);
}

static void
test_ring(void **state)
{
    char text[64];
    uint64_t at = console_position();

    (void)state;
    console_keep("from the\r\nloader\n", 17);
    assert_int_equal(console_position(), at + 16);
    assert_string_equal(serial_text, "");
    assert_int_equal(console_read(at, text, sizeof text), 16);
    assert_memory_equal(text, "from the\nloader\n", 16);
    assert_int_equal(console_lines_back(at + 16, 1), at + 9);
    for (unsigned i = 0; i < CONSOLE_RING_SIZE / 8 + 5; i++)
        kprintf("%07u\n", i);
    at = console_position();
    assert_int_equal(console_lines_back(at, 2), at - 16);
    assert_int_equal(console_read(at - 16, text, 16), 16);
    assert_memory_equal(text, "0002051\n0002052\n", 16);
    /* Long gone: reading starts at the oldest byte there is. */
    assert_int_equal(console_read(0, text, 8), 8);
    assert_memory_equal(text, "0000005\n", 8);
    assert_int_equal(console_lines_back(at, UINT32_MAX),
                     at - CONSOLE_RING_SIZE);
    assert_int_equal(console_read(at, text, 8), 0);
}

static void
test_no_screen(void **state)
{
    (void)state;
    screen_move(NULL);
    kprintf("only serial\n");
    assert_string_equal(serial_text, "only serial\r\n");
    expect_row(0, "");
    assert_int_equal(screen_columns(), 80);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_all_outputs), TEST(test_wrap), TEST(test_wrap_words),
        TEST(test_wrap_blank_at_the_edge), TEST(test_wrap_long_words),
        TEST(test_rows_of_a_line), TEST(test_wrap_after_controls),
        TEST(test_wrap_at_the_bottom), TEST(test_tab_at_the_edge),
        TEST(test_scroll), TEST(test_controls), TEST(test_adopted_text),
        TEST(test_framebuffer), TEST(test_ring), TEST(test_no_screen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
