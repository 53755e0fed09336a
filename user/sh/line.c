#include "user/sh/line.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/sh/complete.h"
#include "user/sh/history.h"
#include "user/sh/sh.h"
#include "user/sh/signals.h"
#include "user/sh/vars.h"

#define CONTROL(c) ((c) & 31)
#define DEFAULT_COLUMNS 80

/* Keys that come as escape sequences; others are bytes. */
enum {
    KEY_END = -1, KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME,
    KEY_LAST, KEY_DELETE, KEY_WORD_LEFT, KEY_WORD_RIGHT, KEY_NONE,
    KEY_INTERRUPT
};

struct editor {
    const char *prompt;
    struct text *line;
    size_t cursor;              /* in bytes, at the start of a character */
    unsigned row;               /* of the terminal's cursor, from the prompt */
    unsigned columns;
    struct text killed;         /* ctrl-Y gives it back */
    struct text typed;          /* the new line, while old ones are shown */
    unsigned shown;             /* entry of the history; count: the new one */
    bool tab;                   /* the key before was Tab, and did nothing */
    struct termios modes;
};

/* --- plain lines --------------------------------------------------------- */

static void
put(const char *bytes, size_t length)
{
    (void)sh_write(2, bytes, length);
}

static void
put_string(const char *string)
{
    put(string, strlen(string));
}

/* One byte of descriptor 0: -1 at the end, KEY_INTERRUPT for ctrl-C. */
static int
read_key_byte(void)
{
    unsigned char byte;

    for (;;) {
        ssize_t got = read(0, &byte, 1);

        if (got > 0)
            return byte;
        if (got == 0 || errno != EINTR)
            return KEY_END;
        if (signals_take_interrupt())
            return KEY_INTERRUPT;
        trap_run_pending();
    }
}

static enum line_result
read_plain(struct text *line)
{
    for (;;) {
        int byte = read_key_byte();

        if (byte == KEY_INTERRUPT) {
            put_string("\n");
            return LINE_INTERRUPTED;
        }
        if (byte == KEY_END)
            return line->length > 0 ? LINE_DONE : LINE_END;
        if (byte == '\n')
            return LINE_DONE;
        if (byte != '\0')
            text_byte(line, (char)byte);
    }
}

/* --- characters ---------------------------------------------------------- */

static bool
continues(const struct text *line, size_t at)
{
    return at < line->length && ((unsigned char)line->bytes[at] & 0xC0) ==
        0x80;
}

static size_t
next_character(const struct text *line, size_t at)
{
    if (at < line->length)
        at++;
    while (continues(line, at))
        at++;
    return at;
}

static size_t
character_before(const struct text *line, size_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && continues(line, at))
        at--;
    return at;
}

/* The code point at a byte; what is not UTF-8 counts byte by byte. */
static unsigned long
code_at(const char *bytes, size_t length)
{
    unsigned char first = (unsigned char)bytes[0];
    unsigned long code = first;

    if (length > 1)
        code = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)bytes[i] & 0x3F);
    return code;
}

/* Columns: 0 for marks that combine, 2 for East Asian wide characters and
 * pictures (Unicode Standard Annex 11, the blocks), else 1. */
static unsigned
width_of(unsigned long code)
{
    static const struct {
        unsigned long first, last;
        unsigned width;
    } ranges[] = {
        { 0x0300, 0x036F, 0 }, { 0x200B, 0x200F, 0 }, { 0x20D0, 0x20FF, 0 },
        { 0xFE00, 0xFE0F, 0 }, { 0xFE20, 0xFE2F, 0 },
        { 0x1100, 0x115F, 2 }, { 0x2E80, 0x303E, 2 }, { 0x3041, 0xA4CF, 2 },
        { 0xA960, 0xA97F, 2 }, { 0xAC00, 0xD7A3, 2 }, { 0xF900, 0xFAFF, 2 },
        { 0xFE30, 0xFE6F, 2 }, { 0xFF01, 0xFF60, 2 }, { 0xFFE0, 0xFFE6, 2 },
        { 0x1F300, 0x1F64F, 2 }, { 0x1F680, 0x1F6FF, 2 },
        { 0x1F900, 0x1F9FF, 2 }, { 0x20000, 0x3FFFD, 2 },
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].width;
    }
    return 1;
}

/* --- the screen ---------------------------------------------------------- */

/* A place on the screen, from the start of the prompt on. */
struct place {
    unsigned row, column;
};

/* Where the terminal's cursor is after these bytes. A character that does
 * not fit goes to the next row as a whole. */
static struct place
advance(const struct editor *e, struct place place, const struct text *text,
        size_t to)
{
    size_t at = 0;

    while (at < to) {
        size_t next = next_character(text, at);
        unsigned width = width_of(code_at(text->bytes + at, next - at));

        if (text->bytes[at] == '\n') {
            place = (struct place){ place.row + 1, 0 };
        } else {
            if (place.column + width > e->columns)
                place = (struct place){ place.row + 1, 0 };
            place.column += width;
        }
        at = next;
    }
    return place;
}

static void
move(struct text *out, unsigned count, char direction)
{
    if (count > 0)
        text_format(out, "\033[%u%c", count, direction);
}

/* Everything anew: back to the prompt, prompt and line, the rest of the
 * screen cleared, the cursor to its place. */
static void
redraw(struct editor *e)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    struct text out = { &sh.scratch, NULL, 0, 0 };
    struct text prompt = { &sh.scratch, NULL, 0, 0 };
    struct place start, end, cursor;

    text_string(&prompt, e->prompt);
    start = advance(e, (struct place){ 0, 0 }, &prompt, prompt.length);
    end = advance(e, start, e->line, e->line->length);
    cursor = advance(e, start, e->line, e->cursor);
    text_byte(&out, '\r');
    move(&out, e->row, 'A');
    text_string(&out, e->prompt);
    text_add(&out, e->line->bytes, e->line->length);
    if (end.column == e->columns) {     /* terminals wait for more there */
        text_string(&out, "\n");
        end = (struct place){ end.row + 1, 0 };
    }
    if (cursor.column == e->columns)
        cursor = (struct place){ cursor.row + 1, 0 };
    text_string(&out, "\033[J\r");
    move(&out, end.row - cursor.row, 'A');
    move(&out, cursor.column, 'C');
    e->row = cursor.row;
    put(out.bytes, out.length);
    arena_release(&sh.scratch, mark);
}

/* The cursor below the line, for what is printed next. */
static void
leave_line(struct editor *e)
{
    e->cursor = e->line->length;
    redraw(e);
    put_string("\n");
    e->row = 0;
}

/* --- changes ------------------------------------------------------------- */

static void
insert(struct editor *e, const char *bytes, size_t length)
{
    struct text *line = e->line;

    if (length == 0)
        return;
    text_reserve(line, length);
    memmove(line->bytes + e->cursor + length, line->bytes + e->cursor,
            line->length - e->cursor);
    memcpy(line->bytes + e->cursor, bytes, length);
    line->length += length;
    e->cursor += length;
}

static void
erase(struct editor *e, size_t from, size_t to)
{
    struct text *line = e->line;

    if (from == to)
        return;
    memmove(line->bytes + from, line->bytes + to, line->length - to);
    line->length -= to - from;
    e->cursor = from;
}

static void
kill_text(struct editor *e, size_t from, size_t to)
{
    if (from == to)
        return;
    e->killed.length = 0;
    text_add(&e->killed, e->line->bytes + from, to - from);
    erase(e, from, to);
}

static bool
is_blank(const struct editor *e, size_t at)
{
    return e->line->bytes[at] == ' ' || e->line->bytes[at] == '\t';
}

static size_t
word_start(const struct editor *e)
{
    size_t at = e->cursor;

    while (at > 0 && is_blank(e, at - 1))
        at--;
    while (at > 0 && !is_blank(e, at - 1))
        at--;
    return at;
}

static size_t
word_end(const struct editor *e)
{
    size_t at = e->cursor;

    while (at < e->line->length && is_blank(e, at))
        at++;
    while (at < e->line->length && !is_blank(e, at))
        at++;
    return at;
}

static void
show(struct editor *e, const char *text)
{
    e->line->length = 0;
    text_string(e->line, text);
    e->cursor = e->line->length;
}

static void
go_in_history(struct editor *e, int step)
{
    if (step < 0 ? e->shown == 0 : e->shown == history_count())
        return;
    if (e->shown == history_count()) {
        e->typed.length = 0;
        text_add(&e->typed, e->line->bytes, e->line->length);
    }
    e->shown += (unsigned)step;
    show(e, e->shown == history_count() ? text_end(&e->typed) :
         history_at(e->shown));
}

/* --- keys ---------------------------------------------------------------- */

/* After ESC [ or ESC O: parameters, then a letter (ECMA-48, 5.4). */
static int
read_sequence(void)
{
    unsigned number = 0, modifier = 0;
    int c;

    while ((c = read_key_byte()) >= '0' && c <= ';') {
        if (c == ';') {
            modifier = 1;
            continue;
        }
        if (modifier == 0 && number < 100)
            number = number * 10 + (unsigned)(c - '0');
    }
    switch (c) {
    case 'A': return KEY_UP;
    case 'B': return KEY_DOWN;
    case 'C': return modifier ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D': return modifier ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H': return KEY_HOME;
    case 'F': return KEY_LAST;
    case '~':
        return number == 3 ? KEY_DELETE :
            number == 1 || number == 7 ? KEY_HOME :
            number == 4 || number == 8 ? KEY_LAST : KEY_NONE;
    default: return c < 0 ? c : KEY_NONE;
    }
}

static int
read_key(void)
{
    int c = read_key_byte();

    if (c != '\033')
        return c;
    c = read_key_byte();
    if (c == '[' || c == 'O')
        return read_sequence();
    return c == 'b' ? KEY_WORD_LEFT : c == 'f' ? KEY_WORD_RIGHT :
        c < 0 ? c : KEY_NONE;
}

/* --- completion ---------------------------------------------------------- */

static void
list_matches(struct editor *e, const struct fields *matches)
{
    size_t cursor = e->cursor;

    leave_line(e);
    for (size_t i = 0; i < matches->count; i++) {
        const char *name = matches->at[i];
        const char *slash = strrchr(name, '/');

        if (slash != NULL && slash[1] != '\0')
            name = slash + 1;
        put_string(name);
        put_string(i + 1 < matches->count ? "  " : "\n");
    }
    e->cursor = cursor;
}

/* What all the matches begin with is put in; if that is no more than what
 * stands there, the second Tab in a row lists them. */
static void
complete(struct editor *e)
{
    struct completion found;

    text_end(e->line);
    complete_word(e->line->bytes, e->cursor, &found);
    if (found.matches.count == 0) {
        put_string("\a");
        return;
    }
    if (found.addition[0] != '\0') {
        insert(e, found.addition, strlen(found.addition));
        return;
    }
    if (e->tab)
        list_matches(e, &found.matches);
    else
        put_string("\a");
    e->tab = !e->tab;
}

/* --- ctrl-R -------------------------------------------------------------- */

/* The youngest line before `from` that has the text in it. */
static unsigned
search_back(const char *text, unsigned from)
{
    while (from-- > 0) {
        if (strstr(history_at(from), text) != NULL)
            return from;
    }
    return history_count();
}

static void
show_search(struct editor *e, struct text *wanted, unsigned found)
{
    const char *prompt = e->prompt;
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_format(&text, "(search \"%s\"): ", text_end(wanted));
    if (found < history_count())
        show(e, history_at(found));
    e->prompt = text_end(&text);
    redraw(e);
    e->prompt = prompt;
}

/* The key that ended the search is then done to the line it found; ctrl-G
 * goes back to what was there. */
static int
search(struct editor *e)
{
    struct text wanted = { &sh.scratch, NULL, 0, 0 };
    struct text before = { &sh.scratch, NULL, 0, 0 };
    unsigned found = history_count();
    int key;

    text_add(&before, e->line->bytes, e->line->length);
    for (;;) {
        unsigned again = found;

        show_search(e, &wanted, found);
        key = read_key();
        if (key == CONTROL('R')) {
            again = search_back(text_end(&wanted), found);
        } else if ((key == 127 || key == CONTROL('H')) && wanted.length > 0) {
            wanted.length = character_before(&wanted, wanted.length);
            again = search_back(text_end(&wanted), history_count());
        } else if (key >= ' ' && key < 256 && key != 127) {
            text_byte(&wanted, (char)key);
            again = search_back(text_end(&wanted), found < history_count() ?
                                found + 1 : found);
        } else {
            break;
        }
        if (again < history_count())
            found = again;
        else
            put_string("\a");
    }
    if (key == CONTROL('G'))
        show(e, text_end(&before));
    e->shown = found;
    return key == CONTROL('G') ? KEY_NONE : key;
}

/* --- editing ------------------------------------------------------------- */

static void
move_cursor(struct editor *e, int key)
{
    switch (key) {
    case KEY_LEFT: case CONTROL('B'):
        e->cursor = character_before(e->line, e->cursor);
        break;
    case KEY_RIGHT: case CONTROL('F'):
        e->cursor = next_character(e->line, e->cursor);
        break;
    case KEY_HOME: case CONTROL('A'):
        e->cursor = 0;
        break;
    case KEY_LAST: case CONTROL('E'):
        e->cursor = e->line->length;
        break;
    case KEY_WORD_LEFT:
        e->cursor = word_start(e);
        break;
    case KEY_WORD_RIGHT:
        e->cursor = word_end(e);
        break;
    case KEY_UP: case CONTROL('P'):
        go_in_history(e, -1);
        break;
    case KEY_DOWN: case CONTROL('N'):
        go_in_history(e, 1);
        break;
    default:
        break;
    }
}

static void
edit(struct editor *e, int key)
{
    char byte = (char)key;

    switch (key) {
    case 127: case CONTROL('H'):
        erase(e, character_before(e->line, e->cursor), e->cursor);
        break;
    case KEY_DELETE: case CONTROL('D'):
        erase(e, e->cursor, next_character(e->line, e->cursor));
        break;
    case CONTROL('K'):
        kill_text(e, e->cursor, e->line->length);
        break;
    case CONTROL('U'):
        kill_text(e, 0, e->cursor);
        break;
    case CONTROL('W'):
        kill_text(e, word_start(e), e->cursor);
        break;
    case CONTROL('Y'):
        insert(e, e->killed.bytes, e->killed.length);
        break;
    case CONTROL('L'):
        put_string("\033[H\033[2J");
        e->row = 0;
        break;
    case '\t':
        complete(e);
        return;
    default:
        if (key >= ' ' && key < 256)
            insert(e, &byte, 1);
        else
            move_cursor(e, key);
    }
    e->tab = false;
}

/* A character of several bytes is drawn when it is there. */
static bool
is_whole(const struct editor *e)
{
    size_t start = character_before(e->line, e->cursor);
    unsigned char first;

    if (e->cursor == 0)
        return true;
    first = (unsigned char)e->line->bytes[start];
    return e->cursor - start >= (first >= 0xF0 ? 4u : first >= 0xE0 ? 3u :
                                 first >= 0xC0 ? 2u : 1u);
}

static enum line_result
read_edited(struct editor *e)
{
    for (;;) {
        int key;

        if (is_whole(e))
            redraw(e);
        key = read_key();
        if (key == CONTROL('R'))
            key = search(e);
        if (key == '\r' || key == '\n') {
            leave_line(e);
            return LINE_DONE;
        }
        if (key == CONTROL('C') || key == KEY_INTERRUPT) {
            e->cursor = e->line->length;
            redraw(e);
            put_string("^C\n");
            return LINE_INTERRUPTED;
        }
        if (key == KEY_END || (key == CONTROL('D') && e->line->length == 0))
            return LINE_END;
        edit(e, key);
    }
}

/* --- the terminal -------------------------------------------------------- */

static bool
is_smart(void)
{
    const char *term = var_get("TERM");

    return term != NULL && *term != '\0' && strcmp(term, "dumb") != 0 &&
        isatty(0) && isatty(2);
}

/* Keys one by one and without echo. Output is left as it is. */
static bool
set_raw(struct editor *e)
{
    struct termios raw;

    if (tcgetattr(0, &e->modes) < 0)
        return false;
    raw = e->modes;
    raw.c_iflag &= (tcflag_t)~(ICRNL | INLCR | IGNCR | ISTRIP | IXON);
    raw.c_lflag &= (tcflag_t)~(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(0, TCSADRAIN, &raw) == 0;
}

/* POSIX.1-2008 has no call for the size of a window (tcgetwinsize is of
 * 2024); TIOCGWINSZ is everywhere. */
static unsigned
screen_columns(void)
{
    const char *columns = var_get("COLUMNS");
    long number = columns != NULL ? sh_number(columns, 1000) : -1;
#ifdef TIOCGWINSZ
    struct winsize size;

    if (number < 8 && ioctl(2, TIOCGWINSZ, &size) == 0)
        number = size.ws_col;
#endif
    return number >= 8 ? (unsigned)number : DEFAULT_COLUMNS;
}

enum line_result
line_read(struct text *line, const char *prompt)
{
    struct editor e = {
        .prompt = prompt, .line = line, .shown = history_count(),
        .killed.arena = &sh.scratch, .typed.arena = &sh.scratch,
    };
    enum line_result result;

    if (!is_smart() || !set_raw(&e)) {
        put_string(prompt);
        result = read_plain(line);
    } else {
        e.columns = screen_columns();
        result = read_edited(&e);
        (void)tcsetattr(0, TCSADRAIN, &e.modes);
    }
    if (result == LINE_DONE)
        history_add(text_end(line));
    return result;
}
