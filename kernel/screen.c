#include "kernel/screen.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/font.h"
#include "kernel/lib/framebuffer.h"

_Static_assert(BOOT_VIDEO_MIN_WIDTH == 80 * FONT_WIDTH &&
               BOOT_VIDEO_MIN_HEIGHT == 25 * FONT_HEIGHT,
               "the smallest framebuffer holds 80 by 25 characters");

#define BLANK(color) ((uint16_t)((color) << 8 | ' '))
#define TAB 8

/* What flow() says about a character, when it does not wrap. */
#define FLOW_PUT  (-1)
#define FLOW_DROP (-2)

/* Where the next character of a row goes, and where its last word begins. */
struct place {
    uint32_t column, word;
};

static struct boot_video mode;
static volatile uint8_t *memory;
static uint16_t grid[SCREEN_MAX_ROWS][SCREEN_MAX_COLUMNS];
static uint32_t columns, rows, row;
static struct place place;
static uint8_t color = SCREEN_NORMAL;

/* The sixteen colors of VGA's text mode, red in the upper byte. */
static const uint32_t palette[16] = {
    0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA, 0xAA5500,
    0xAAAAAA, 0x555555, 0x5555FF, 0x55FF55, 0x55FFFF, 0xFF5555, 0xFF55FF,
    0xFFFF55, 0xFFFFFF,
};

const char *
screen_video_problem(const struct boot_video *video)
{
    if (video->kind == BOOT_VIDEO_FRAMEBUFFER)
        return framebuffer_problem(video);
    if (video->kind != BOOT_VIDEO_TEXT)
        return "video kind";
    if (video->width < 40 || video->width > 132 || video->height < 25 ||
        video->height > 60 || video->pitch != video->width * 2)
        return "video size";
    if (video->paddr != 0xB8000 && video->paddr != 0xB0000)
        return "video address";
    return NULL;
}

uint64_t
screen_memory_size(const struct boot_video *video)
{
    return (uint64_t)video->pitch * video->height;
}

static uint32_t
pixel_value(uint32_t rgb)
{
    return rgb >> 16 >> (8 - mode.red.size) << mode.red.position |
           (rgb >> 8 & 0xFF) >> (8 - mode.green.size) << mode.green.position |
           (rgb & 0xFF) >> (8 - mode.blue.size) << mode.blue.position;
}

static void
put_pixel(volatile uint8_t *at, uint32_t value)
{
    switch (mode.bits_per_pixel) {
    case 32:
        *(volatile uint32_t *)at = value;
        break;
    case 24:
        at[0] = (uint8_t)value;
        at[1] = (uint8_t)(value >> 8);
        at[2] = (uint8_t)(value >> 16);
        break;
    default:
        *(volatile uint16_t *)at = (uint16_t)value;
    }
}

static void
draw_glyph(uint32_t x, uint32_t y, uint16_t cell)
{
    const uint8_t *glyph = font[cell & 0xFF];
    uint32_t bytes = mode.bits_per_pixel / 8;
    uint32_t ink = pixel_value(palette[cell >> 8 & 15]);
    uint32_t paper = pixel_value(palette[cell >> 12]);

    for (uint32_t line = 0; line < FONT_HEIGHT; line++) {
        volatile uint8_t *at = memory + x * FONT_WIDTH * bytes +
                               (uint64_t)(y * FONT_HEIGHT + line) * mode.pitch;

        for (uint32_t dot = 0; dot < FONT_WIDTH; dot++, at += bytes)
            put_pixel(at, glyph[line] & 0x80 >> dot ? ink : paper);
    }
}

static void
draw(uint32_t x, uint32_t y)
{
    if (mode.kind == BOOT_VIDEO_FRAMEBUFFER)
        draw_glyph(x, y, grid[y][x]);
    else
        ((volatile uint16_t *)memory)[y * columns + x] = grid[y][x];
}

static void
set_cell(uint32_t x, uint32_t y, uint16_t cell)
{
    if (grid[y][x] == cell)
        return;
    grid[y][x] = cell;
    draw(x, y);
}

static void
adopt_text(void)
{
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++)
            grid[y][x] = ((volatile uint16_t *)memory)[y * columns + x];
    place = (struct place){
        .column = mode.cursor_column < columns ? mode.cursor_column : 0,
    };
    row = mode.cursor_row < rows ? mode.cursor_row : rows - 1;
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void
screen_init(const struct boot_video *video, void *address)
{
    bool text = video->kind == BOOT_VIDEO_TEXT;

    mode = *video;
    memory = address;
    columns = smaller(SCREEN_MAX_COLUMNS,
                      text ? mode.width : mode.width / FONT_WIDTH);
    rows = smaller(SCREEN_MAX_ROWS,
                   text ? mode.height : mode.height / FONT_HEIGHT);
    color = SCREEN_NORMAL;
    if (text)
        adopt_text();
    else
        screen_clear();
}

void
screen_move(void *address)
{
    memory = address;
}

void
screen_clear(void)
{
    if (memory == NULL)
        return;
    place = (struct place){ 0 };
    row = 0;
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++) {
            grid[y][x] = BLANK(color);
            draw(x, y);
        }
}

static void
scroll(void)
{
    for (uint32_t y = 0; y + 1 < rows; y++)
        for (uint32_t x = 0; x < columns; x++)
            set_cell(x, y, grid[y + 1][x]);
    for (uint32_t x = 0; x < columns; x++)
        set_cell(x, rows - 1, BLANK(color));
}

/*
 * Wrapping and scrolling wait for the next character: a line of 80 characters
 * takes one row, and the last row can be used although its line has ended.
 */
static void
make_room(void)
{
    if (row == rows) {
        scroll();
        row--;
    }
}

static void
new_line(void)
{
    make_room();
    place = (struct place){ 0 };
    row++;
}

/*
 * Where c goes: a row that is full ends at a blank or after a comma, and the
 * word behind that goes on in the next row, unless that would leave most of
 * this row empty. A blank at the end of a full row is not needed.
 *
 * Returns how many characters move to the next row, or FLOW_*.
 */
static int32_t
flow(struct place *at, char c)
{
    uint32_t width = screen_columns();
    int32_t moved = FLOW_PUT;

    if (at->column == width) {
        if (c == ' ') {
            at->word = width;
            return FLOW_DROP;
        }
        if (width - at->word > width / 2)
            at->word = width;
        moved = (int32_t)(width - at->word);
        *at = (struct place){ .column = (uint32_t)moved };
    }
    at->column++;
    if (c == ' ' || c == ',')
        at->word = at->column;
    return moved;
}

/* To the next row, with the last moved characters of this one. */
static void
wrap(uint32_t moved)
{
    make_room();
    row++;
    make_room();
    for (uint32_t x = 0; x < moved; x++) {
        uint32_t from = columns - moved + x;

        set_cell(x, row, grid[row - 1][from]);
        set_cell(from, row - 1, BLANK(color));
    }
}

static void
put_visible(char c)
{
    int32_t moved = flow(&place, c);

    if (moved == FLOW_DROP)
        return;
    if (moved != FLOW_PUT)
        wrap((uint32_t)moved);
    make_room();
    set_cell(place.column - 1, row, (uint16_t)(color << 8 | (uint8_t)c));
}

uint32_t
screen_rows_of(const char *line, size_t length)
{
    struct place at = { 0 };
    uint32_t count = 1;

    for (size_t i = 0; i < length; i++)
        count += flow(&at, line[i]) >= 0;
    return count;
}

void
screen_put(char c)
{
    if (memory == NULL)
        return;
    switch (c) {
    case '\n':
        new_line();
        break;
    case '\r':
        place = (struct place){ 0 };
        break;
    case '\b':
        if (place.column > 0)
            place.column--;
        if (place.column < place.word)
            place.word = 0;
        break;
    case '\t':
        do
            put_visible(' ');
        while (place.column % TAB != 0 && place.column < columns);
        break;
    default:
        put_visible((uint8_t)c < ' ' ? '?' : c);
    }
}

void
screen_show_cursor(void)
{
    uint32_t cell = row * columns + place.column;

    if (memory == NULL || mode.kind != BOOT_VIDEO_TEXT)
        return;
    arch_text_cursor(cell < rows * columns ? cell : rows * columns - 1);
}

void
screen_color(enum screen_color wanted)
{
    color = (uint8_t)wanted;
}

uint32_t
screen_columns(void)
{
    return memory != NULL ? columns : 80;
}

uint32_t
screen_rows(void)
{
    return memory != NULL ? rows : 25;
}

uint32_t
screen_row(void)
{
    return memory != NULL ? row : 0;
}

char
screen_at(uint32_t x, uint32_t y)
{
    return (char)grid[y][x];
}
