#include "user/tty/discipline.h"

#include "kernel/lib/mem.h"

/* Of a byte in the queue. */
enum kind {
    PLAIN,
    LITERAL, /* VLNEXT stood before it: shown as a character with a caret */
    ENDS,    /* the last one of a line */
    MARK,    /* VEOF: ends a line, and nobody reads it */
};

#define BELL   7
#define DELETE 0x7F
#define CONTROL(letter) ((letter) & 0x1F)

static const struct tty_modes new_modes = {
    .input = TTY_BRKINT | TTY_ICRNL | TTY_IXON | TTY_IMAXBEL | TTY_IUTF8,
    .output = TTY_OPOST | TTY_ONLCR,
    .local = TTY_ISIG | TTY_ICANON | TTY_ECHO | TTY_ECHOE | TTY_ECHOK |
             TTY_ECHOCTL | TTY_ECHOKE | TTY_IEXTEN,
    .special = {
        [TTY_VINTR] = CONTROL('C'), [TTY_VQUIT] = CONTROL('\\'),
        [TTY_VERASE] = DELETE, [TTY_VKILL] = CONTROL('U'),
        [TTY_VEOF] = CONTROL('D'), [TTY_VMIN] = 1,
        [TTY_VSTART] = CONTROL('Q'), [TTY_VSTOP] = CONTROL('S'),
        [TTY_VSUSP] = CONTROL('Z'), [TTY_VREPRINT] = CONTROL('R'),
        [TTY_VDISCARD] = CONTROL('O'), [TTY_VWERASE] = CONTROL('W'),
        [TTY_VLNEXT] = CONTROL('V'),
    },
    .speed_in = 115200, .speed_out = 115200,
};

static bool
is_on(const struct discipline *d, uint32_t local)
{
    return (d->modes.local & local) != 0;
}

static bool
is_special(const struct discipline *d, uint8_t byte, enum tty_special which)
{
    return byte == d->modes.special[which] && byte != TTY_DISABLED;
}

static uint8_t *
at(struct discipline *d, uint64_t position)
{
    return &d->queue[position % DISCIPLINE_QUEUE];
}

static uint8_t *
kind_at(struct discipline *d, uint64_t position)
{
    return &d->kinds[position % DISCIPLINE_QUEUE];
}

static bool
ends_line(uint8_t kind)
{
    return kind == ENDS || kind == MARK;
}

/* --- columns -------------------------------------------------------------- */

/* Those that terminals show two columns wide, or put over the one before. */
static unsigned
width_of(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        unsigned width;
    } ranges[] = {
        { 0x300, 0x36F, 0 }, { 0x200B, 0x200F, 0 }, { 0x20D0, 0x20FF, 0 },
        { 0xFE00, 0xFE0F, 0 }, { 0x1100, 0x115F, 2 }, { 0x2E80, 0xA4CF, 2 },
        { 0xAC00, 0xD7A3, 2 }, { 0xF900, 0xFAFF, 2 }, { 0xFE30, 0xFE6F, 2 },
        { 0xFF00, 0xFF60, 2 }, { 0xFFE0, 0xFFE6, 2 }, { 0x1F300, 0x1F64F, 2 },
        { 0x1F900, 0x1F9FF, 2 }, { 0x20000, 0x3FFFD, 2 },
    };

    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

/* How many columns the next byte of a text adds: 0 until a character is whole,
 * and for bytes that belong to none. */
static unsigned
utf8_width(struct utf8 *state, uint8_t byte)
{
    if ((byte & 0xC0) == 0x80) {
        if (state->left == 0)
            return 0;
        state->code = state->code << 6 | (byte & 0x3F);
        return --state->left == 0 ? width_of(state->code) : 0;
    }
    state->left = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
    state->code = byte & (0x7Fu >> (state->left + (state->left > 0)));
    return state->left == 0;
}

static bool
has_caret(const struct discipline *d, uint8_t byte)
{
    return is_on(d, TTY_ECHOCTL) && (byte < ' ' || byte == DELETE) &&
           byte != '\t' && byte != '\n';
}

/* Where the cursor stands behind the line's bytes up to there. */
static unsigned
column_at(struct discipline *d, uint64_t end)
{
    unsigned column = d->line_column;
    struct utf8 state = { 0 };

    for (uint64_t i = d->ready; i < end; i++) {
        uint8_t byte = *at(d, i);

        if (byte == '\t' && *kind_at(d, i) != LITERAL)
            column = (column + 8) & ~7u;
        else if (byte == '\t')
            column += 2;
        else if (has_caret(d, byte))
            column += 2;
        else if (byte >= ' ')
            column += (d->modes.input & TTY_IUTF8) != 0
                          ? utf8_width(&state, byte) : 1;
    }
    return column;
}

/* --- output --------------------------------------------------------------- */

static size_t
newline(struct discipline *d, uint8_t *to)
{
    uint32_t modes = d->modes.output;
    size_t n = 0;

    if ((modes & TTY_ONLCR) != 0)
        to[n++] = '\r';
    to[n++] = '\n';
    if ((modes & (TTY_ONLCR | TTY_ONLRET)) != 0)
        d->column = 0;
    return n;
}

static size_t
tab(struct discipline *d, uint8_t *to)
{
    unsigned spaces = 8 - d->column % 8;

    d->column += spaces;
    if ((d->modes.output & TTY_XTABS) != TTY_XTABS) {
        to[0] = '\t';
        return 1;
    }
    memset(to, ' ', spaces);
    return spaces;
}

static size_t
carriage_return(struct discipline *d, uint8_t *to)
{
    uint32_t modes = d->modes.output;

    if ((modes & TTY_ONOCR) != 0 && d->column == 0)
        return 0;
    if ((modes & TTY_OCRNL) != 0)
        return newline(d, to);
    d->column = 0;
    to[0] = '\r';
    return 1;
}

static size_t
put_out(struct discipline *d, uint8_t byte, uint8_t to[DISCIPLINE_GROWTH])
{
    bool processed = (d->modes.output & TTY_OPOST) != 0;

    if (processed && byte == '\n')
        return newline(d, to);
    if (processed && byte == '\r')
        return carriage_return(d, to);
    if (processed && byte == '\t')
        return tab(d, to);
    if (byte == '\b' && d->column > 0)
        d->column--;
    else if (byte >= ' ' && byte != DELETE)
        d->column += (d->modes.input & TTY_IUTF8) != 0
                         ? utf8_width(&d->output, byte) : 1;
    to[0] = byte;
    return 1;
}

size_t
discipline_output(struct discipline *d, const uint8_t *from, size_t count,
                  size_t *used, uint8_t *to, size_t room)
{
    size_t n = 0, i;

    for (i = 0; i < count && room - n >= DISCIPLINE_GROWTH; i++)
        n += put_out(d, from[i], to + n);
    *used = i;
    return n;
}

/* --- echo ----------------------------------------------------------------- */

static void
echo(struct discipline *d, const void *bytes, size_t count)
{
    uint8_t out[64];
    const uint8_t *from = bytes;

    while (count > 0) {
        size_t used;
        size_t n = discipline_output(d, from, count, &used, out, sizeof out);

        d->echo(d->context, out, n);
        from += used;
        count -= used;
    }
}

/* A character as it is typed. */
static void
echo_typed(struct discipline *d, uint8_t byte, uint8_t kind)
{
    uint8_t caret[2] = { '^', byte ^ 0x40 };
    bool shown = is_on(d, TTY_ECHO) || (byte == '\n' && kind != LITERAL &&
                                        is_on(d, TTY_ECHONL) &&
                                        is_on(d, TTY_ICANON));

    if (!shown)
        return;
    if (kind == LITERAL && (byte == '\t' || byte == '\n') &&
        is_on(d, TTY_ECHOCTL))
        echo(d, caret, 2);
    else if (has_caret(d, byte))
        echo(d, caret, 2);
    else
        echo(d, &byte, 1);
}

static void
bell(struct discipline *d)
{
    static const uint8_t ring = BELL;

    if ((d->modes.input & TTY_IMAXBEL) != 0)
        d->echo(d->context, &ring, 1);
}

/* --- the line that is being edited ---------------------------------------- */

static bool
put(struct discipline *d, uint8_t byte, uint8_t kind)
{
    /* The end of a line finds room that nothing else gets. */
    uint64_t room = DISCIPLINE_QUEUE - (ends_line(kind) ? 0 : 1);

    if (d->end - d->taken >= room) {
        bell(d);
        return false;
    }
    if (d->end == d->ready)
        d->line_column = d->column;
    *at(d, d->end) = byte;
    *kind_at(d, d->end) = kind;
    d->end++;
    return true;
}

static void
end_line(struct discipline *d)
{
    d->ready = d->end;
    d->lines++;
}

static void
rub_out(struct discipline *d, unsigned from, unsigned to)
{
    for (; from > to; from--)
        echo(d, "\b \b", 3);
}

static bool
is_inside(const struct discipline *d, uint8_t byte)
{
    return (d->modes.input & TTY_IUTF8) != 0 && (byte & 0xC0) == 0x80;
}

/* The last character, all its bytes. */
static void
drop_last(struct discipline *d)
{
    do
        d->end--;
    while (d->end > d->ready && is_inside(d, *at(d, d->end)));
}

static void
erase(struct discipline *d)
{
    unsigned before = column_at(d, d->end);

    if (d->end == d->ready)
        return;
    drop_last(d);
    if (!is_on(d, TTY_ECHO))
        return;
    if (is_on(d, TTY_ECHOE))
        rub_out(d, before, column_at(d, d->end));
    else
        echo_typed(d, d->modes.special[TTY_VERASE], PLAIN);
}

static bool
is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static void
erase_word(struct discipline *d)
{
    unsigned before = column_at(d, d->end);

    while (d->end > d->ready && is_blank(*at(d, d->end - 1)))
        d->end--;
    while (d->end > d->ready && !is_blank(*at(d, d->end - 1)))
        d->end--;
    if (is_on(d, TTY_ECHO))
        rub_out(d, before, column_at(d, d->end));
}

static void
kill(struct discipline *d)
{
    unsigned before = column_at(d, d->end);

    d->end = d->ready;
    if (!is_on(d, TTY_ECHO))
        return;
    if (is_on(d, TTY_ECHOKE) && is_on(d, TTY_ECHOE)) {
        rub_out(d, before, d->line_column);
        return;
    }
    echo_typed(d, d->modes.special[TTY_VKILL], PLAIN);
    if (is_on(d, TTY_ECHOK))
        echo(d, "\n", 1);
}

static void
reprint(struct discipline *d)
{
    if (!is_on(d, TTY_ECHO))
        return;
    echo_typed(d, d->modes.special[TTY_VREPRINT], PLAIN);
    echo(d, "\n", 1);
    d->line_column = d->column;
    for (uint64_t i = d->ready; i < d->end; i++)
        echo_typed(d, *at(d, i), *kind_at(d, i));
}

/* --- input ---------------------------------------------------------------- */

static bool
take_signal(struct discipline *d, uint8_t byte)
{
    enum discipline_signal which;

    if (!is_on(d, TTY_ISIG))
        return false;
    if (is_special(d, byte, TTY_VINTR))
        which = DISCIPLINE_INTR;
    else if (is_special(d, byte, TTY_VQUIT))
        which = DISCIPLINE_QUIT;
    else if (is_special(d, byte, TTY_VSUSP))
        which = DISCIPLINE_SUSP;
    else
        return false;
    d->stopped = false;
    if (!is_on(d, TTY_NOFLSH))
        discipline_flush(d);
    echo_typed(d, byte, PLAIN);
    d->signal(d->context, which);
    return true;
}

/* VSTOP and VSTART never reach a reader. */
static bool
take_flow(struct discipline *d, uint8_t byte)
{
    bool starts = is_special(d, byte, TTY_VSTART);
    bool stops = is_special(d, byte, TTY_VSTOP);

    if ((d->modes.input & TTY_IXON) == 0)
        return false;
    if (stops || starts) {
        d->stopped = stops && !(starts && d->stopped);
        return true;
    }
    if ((d->modes.input & TTY_IXANY) != 0)
        d->stopped = false;
    return false;
}

static bool
take_edit(struct discipline *d, uint8_t byte)
{
    bool extended = is_on(d, TTY_IEXTEN);

    if (extended && is_special(d, byte, TTY_VLNEXT)) {
        d->literal = true;
        if (is_on(d, TTY_ECHO) && is_on(d, TTY_ECHOCTL))
            echo(d, "^\b", 2);
    } else if (is_special(d, byte, TTY_VERASE)) {
        erase(d);
    } else if (is_special(d, byte, TTY_VKILL)) {
        kill(d);
    } else if (extended && is_special(d, byte, TTY_VWERASE)) {
        erase_word(d);
    } else if (extended && is_special(d, byte, TTY_VREPRINT)) {
        reprint(d);
    } else {
        return false;
    }
    return true;
}

static void
take_canonical(struct discipline *d, uint8_t byte)
{
    bool ends = byte == '\n' || is_special(d, byte, TTY_VEOL) ||
                (is_on(d, TTY_IEXTEN) && is_special(d, byte, TTY_VEOL2));

    if (take_edit(d, byte))
        return;
    if (is_special(d, byte, TTY_VEOF)) {
        if (put(d, byte, MARK))
            end_line(d);
    } else if (ends) {
        if (!put(d, byte, ENDS))
            return;
        echo_typed(d, byte, ENDS);
        end_line(d);
    } else if (d->end - d->ready >= DISCIPLINE_LINE - 1) {
        bell(d);
    } else if (put(d, byte, PLAIN)) {
        echo_typed(d, byte, PLAIN);
    }
}

static void
take_raw(struct discipline *d, uint8_t byte)
{
    if (!put(d, byte, PLAIN))
        return;
    d->ready = d->end;
    echo_typed(d, byte, PLAIN);
}

static void
take_literal(struct discipline *d, uint8_t byte)
{
    d->literal = false;
    if (d->end - d->ready >= DISCIPLINE_LINE - 1)
        bell(d);
    else if (put(d, byte, LITERAL))
        echo_typed(d, byte, LITERAL);
}

void
discipline_input(struct discipline *d, uint8_t byte)
{
    uint32_t modes = d->modes.input;

    if ((modes & TTY_ISTRIP) != 0)
        byte &= 0x7F;
    if (d->literal && is_on(d, TTY_ICANON)) {
        take_literal(d, byte);
        return;
    }
    if (take_signal(d, byte) || take_flow(d, byte))
        return;
    if (byte == '\r' && (modes & TTY_IGNCR) != 0)
        return;
    if (byte == '\r' && (modes & TTY_ICRNL) != 0)
        byte = '\n';
    else if (byte == '\n' && (modes & TTY_INLCR) != 0)
        byte = '\r';
    if (is_on(d, TTY_ICANON))
        take_canonical(d, byte);
    else
        take_raw(d, byte);
}

void
discipline_break(struct discipline *d)
{
    if ((d->modes.input & TTY_IGNBRK) != 0)
        return;
    if ((d->modes.input & TTY_BRKINT) != 0) {
        discipline_flush(d);
        d->signal(d->context, DISCIPLINE_INTR);
    } else if (is_on(d, TTY_ICANON)) {
        take_literal(d, 0);
    } else {
        take_raw(d, 0);
    }
}

/* --- reading -------------------------------------------------------------- */

static size_t
read_line(struct discipline *d, uint8_t *to, size_t size, bool *end)
{
    uint8_t kind = PLAIN;
    size_t n = 0;

    while (n < size && !ends_line(kind) && d->taken < d->ready) {
        kind = *kind_at(d, d->taken);
        if (kind != MARK)
            to[n++] = *at(d, d->taken);
        d->taken++;
    }
    *end = kind == MARK;
    /* The mark behind all that was wanted would look like an end of its own. */
    if (!ends_line(kind) && d->taken < d->ready &&
        *kind_at(d, d->taken) == MARK) {
        kind = MARK;
        d->taken++;
    }
    if (ends_line(kind))
        d->lines--;
    return n;
}

static size_t
read_raw(struct discipline *d, uint8_t *to, size_t size)
{
    size_t n = 0;

    while (n < size && d->taken < d->ready) {
        if (*kind_at(d, d->taken) != MARK)
            to[n++] = *at(d, d->taken);
        d->taken++;
    }
    return n;
}

size_t
discipline_read(struct discipline *d, uint8_t *to, size_t size, bool *end)
{
    *end = false;
    if (size == 0 || !discipline_readable(d))
        return 0;
    return is_on(d, TTY_ICANON) ? read_line(d, to, size, end)
                                : read_raw(d, to, size);
}

bool
discipline_readable(const struct discipline *d)
{
    return is_on(d, TTY_ICANON) ? d->lines > 0 : d->taken < d->ready;
}

size_t
discipline_waiting(const struct discipline *d)
{
    size_t n = 0;

    if (!discipline_readable(d))
        return 0;
    for (uint64_t i = d->taken; i < d->ready; i++) {
        uint8_t kind = d->kinds[i % DISCIPLINE_QUEUE];

        n += kind != MARK;
        if (is_on(d, TTY_ICANON) && ends_line(kind))
            break;
    }
    return n;
}

/* --- the rest ------------------------------------------------------------- */

void
discipline_flush(struct discipline *d)
{
    d->taken = d->ready = d->end;
    d->lines = 0;
    d->literal = false;
}

/* What was typed in the other mode is a line, whatever it ends with. */
static void
begin_lines(struct discipline *d)
{
    d->lines = 0;
    if (d->taken == d->ready)
        return;
    if (!ends_line(*kind_at(d, d->ready - 1)))
        *kind_at(d, d->ready - 1) = ENDS;
    for (uint64_t i = d->taken; i < d->ready; i++)
        d->lines += ends_line(*kind_at(d, i));
}

void
discipline_set(struct discipline *d, const struct tty_modes *modes)
{
    bool was = is_on(d, TTY_ICANON);

    d->modes = *modes;
    if ((modes->input & TTY_IXON) == 0)
        d->stopped = false;
    if (is_on(d, TTY_ICANON) == was)
        return;
    d->ready = d->end;
    d->literal = false;
    if (!was)
        begin_lines(d);
}

void
discipline_init(struct discipline *d)
{
    memset(d, 0, sizeof *d);
    d->modes = new_modes;
}
