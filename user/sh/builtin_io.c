/* echo, printf, read. */
#include "user/sh/builtins.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/sh.h"
#include "user/sh/signals.h"
#include "user/sh/vars.h"

/* --- escapes ------------------------------------------------------------- */

static int
octal(const char **at, unsigned digits)
{
    int value = 0;

    for (; digits > 0 && **at >= '0' && **at <= '7'; digits--)
        value = value * 8 + (*(*at)++ - '0');
    return value & 255;
}

/* One escape, `at` after its backslash. In echo and %b octal numbers are
 * \0nnn, in formats \nnn. False: \c, which ends all output. */
static bool
put_escape(struct text *text, const char **at, bool zero)
{
    static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
    const char *found = **at != '\0' ? strchr(letters, **at) : NULL;

    if (found != NULL) {
        text_byte(text, bytes[found - letters]);
        (*at)++;
    } else if (**at == 'c' && zero) {
        return false;
    } else if (**at == '0' && zero) {
        (*at)++;
        text_byte(text, (char)octal(at, 3));
    } else if (**at >= '0' && **at <= '7') {
        text_byte(text, (char)octal(at, 3));
    } else {
        text_byte(text, '\\');
    }
    return true;
}

/* False after \c. */
static bool
put_escaped(struct text *text, const char *string)
{
    while (*string != '\0') {
        char c = *string++;

        if (c != '\\')
            text_byte(text, c);
        else if (!put_escape(text, &string, true))
            return false;
    }
    return true;
}

int
builtin_echo(char **argv)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    bool newline = true;
    int i = 1;

    if (argv[i] != NULL && strcmp(argv[i], "-n") == 0) {
        newline = false;
        i++;
    }
    for (bool more = true; more && argv[i] != NULL; i++) {
        more = put_escaped(&text, argv[i]);
        if (!more)
            newline = false;
        else if (argv[i + 1] != NULL)
            text_byte(&text, ' ');
    }
    if (newline)
        text_byte(&text, '\n');
    sh_put(text_end(&text), text.length);
    return 0;
}

/* --- printf -------------------------------------------------------------- */

struct print {
    struct text text;
    char **arguments;       /* the next one */
    int status;
    bool ended;             /* by \c */
};

static const char *
next_argument(struct print *p)
{
    return *p->arguments != NULL ? *p->arguments++ : "";
}

static void
complain(struct print *p, const char *argument, const char *end)
{
    if (*end == '\0' && end != argument)
        return;
    if (*argument == '\0')
        return;             /* one that is missing is 0 */
    sh_error("printf: %s: %s", argument, end == argument ?
             "not a number" : "not all of it is a number");
    p->status = 1;
}

/* 'c is the byte's value, as is "c. */
static intmax_t
integer_argument(struct print *p, bool is_signed)
{
    const char *argument = next_argument(p);
    intmax_t value;
    char *end;

    if (argument[0] == '\'' || argument[0] == '"')
        return (unsigned char)argument[1];
    errno = 0;
    value = is_signed ? strtoimax(argument, &end, 0) :
        (intmax_t)strtoumax(argument, &end, 0);
    if (errno == ERANGE) {
        sh_error("printf: %s: %s", argument, strerror(errno));
        p->status = 1;
    }
    complain(p, argument, end);
    return value;
}

static double
float_argument(struct print *p)
{
    const char *argument = next_argument(p);
    double value;
    char *end;

    if (argument[0] == '\'' || argument[0] == '"')
        return (unsigned char)argument[1];
    value = strtod(argument, &end);
    complain(p, argument, end);
    return value;
}

/* What stands between % and the letter: flags, width, precision. */
struct spec {
    char flags[8];
    int width, precision;   /* -1: none */
};

static int
read_size(struct print *p, const char **at)
{
    int size = 0;

    if (**at == '*') {
        intmax_t value = integer_argument(p, true);

        (*at)++;
        return value > 65535 ? 65535 : value < -65535 ? -65535 : (int)value;
    }
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (size < 65535)
            size = size * 10 + (**at - '0');
    }
    return size > 65535 ? 65535 : size;
}

static struct spec
read_spec(struct print *p, const char **at)
{
    struct spec spec = { "", -1, -1 };
    size_t flags = 0;

    for (; **at != '\0' && strchr("-+ #0", **at) != NULL; (*at)++) {
        if (strchr(spec.flags, **at) == NULL)
            spec.flags[flags++] = **at;
    }
    if (**at == '*' || (**at >= '0' && **at <= '9'))
        spec.width = read_size(p, at);
    if (spec.width < -1) {
        spec.width = -spec.width;
        if (strchr(spec.flags, '-') == NULL)
            spec.flags[flags++] = '-';
    }
    if (**at == '.') {
        (*at)++;
        spec.precision = read_size(p, at);
    }
    return spec;
}

/* The spec as a format for one argument of the type that `end` says. */
static const char *
format_of(const struct spec *spec, const char *end)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_byte(&text, '%');
    text_string(&text, spec->flags);
    if (spec->width >= 0)
        text_number(&text, spec->width);
    if (spec->precision >= 0) {
        text_byte(&text, '.');
        text_number(&text, spec->precision);
    }
    text_string(&text, end);
    return text_end(&text);
}

/* Bytes, with width and precision; %b may hold some that are 0. */
static void
put_padded(struct print *p, const struct spec *spec, const char *bytes,
           size_t length)
{
    size_t width = spec->width > 0 ? (size_t)spec->width : 0;
    bool left = strchr(spec->flags, '-') != NULL;

    if (spec->precision >= 0 && length > (size_t)spec->precision)
        length = (size_t)spec->precision;
    for (size_t i = length; !left && i < width; i++)
        text_byte(&p->text, ' ');
    text_add(&p->text, bytes, length);
    for (size_t i = length; left && i < width; i++)
        text_byte(&p->text, ' ');
}

static void
put_integer(struct print *p, const struct spec *spec, char letter)
{
    char end[] = { 'j', letter, '\0' };
    bool is_signed = letter == 'd' || letter == 'i';
    intmax_t value = integer_argument(p, is_signed);

    text_format(&p->text, format_of(spec, end), value);
}

static void
put_bytes(struct print *p, const struct spec *spec, char letter)
{
    const char *argument = next_argument(p);
    struct text text = { &sh.scratch, NULL, 0, 0 };

    if (letter == 'c') {
        put_padded(p, spec, argument, *argument != '\0');
    } else if (letter == 's') {
        put_padded(p, spec, argument, strlen(argument));
    } else {
        p->ended = !put_escaped(&text, argument);
        put_padded(p, spec, text_end(&text), text.length);
    }
}

/* After a %. False: no conversion that there is. */
static bool
put_conversion(struct print *p, const char **at)
{
    struct spec spec;
    char letter;

    if (**at == '%') {
        text_byte(&p->text, *(*at)++);
        return true;
    }
    spec = read_spec(p, at);
    letter = **at;
    if (letter == '\0' || strchr("diouxXcsbeEfFgGaA", letter) == NULL) {
        sh_error("printf: %%%c: unknown conversion", letter);
        p->status = 1;
        return false;
    }
    (*at)++;
    if (strchr("diouxX", letter) != NULL) {
        put_integer(p, &spec, letter);
    } else if (strchr("csb", letter) != NULL) {
        put_bytes(p, &spec, letter);
    } else {
        char end[] = { letter, '\0' };
        double value = float_argument(p);

        text_format(&p->text, format_of(&spec, end), value);
    }
    return true;
}

static bool
put_format(struct print *p, const char *at)
{
    while (*at != '\0' && !p->ended) {
        char c = *at++;

        if (c == '\\') {
            (void)put_escape(&p->text, &at, false);
        } else if (c == '%') {
            if (!put_conversion(p, &at))
                return false;
        } else {
            text_byte(&p->text, c);
        }
    }
    return !p->ended;
}

/* The format is used again as long as arguments are left and it takes any. */
int
builtin_printf(char **argv)
{
    struct print p = { .text.arena = &sh.scratch };
    int first = argv[1] != NULL && strcmp(argv[1], "--") == 0 ? 2 : 1;
    char **before;

    if (argv[first] == NULL) {
        sh_error("printf: a format is missing");
        return 2;
    }
    p.arguments = argv + first + 1;
    do {
        before = p.arguments;
        if (!put_format(&p, argv[first]))
            break;
    } while (*p.arguments != NULL && p.arguments != before);
    sh_put(text_end(&p.text), p.text.length);
    return p.status;
}

/* --- read ---------------------------------------------------------------- */

struct line {
    struct text text;
    struct text quoted;     /* for each byte, whether a \ stood before it */
};

/* One byte; 0 at the end, -1 if a trap or ctrl-C is due. */
static int
read_byte(char *byte)
{
    for (;;) {
        ssize_t got = read(0, byte, 1);

        if (got >= 0)
            return (int)got;
        if (errno != EINTR)
            return 0;
        if (trap_is_pending())
            return -1;
        if (sh.interactive && signals_take_interrupt()) {
            signals_interrupt();
            return -1;
        }
    }
}

/* Up to a newline; the result of the last read_byte(). */
static int
read_line(struct line *line, bool raw)
{
    bool escaped = false;
    char byte;
    int got;

    while ((got = read_byte(&byte)) > 0) {
        if (byte == '\0')
            continue;
        if (escaped) {
            escaped = false;
            if (byte == '\n')
                continue;
            text_byte(&line->text, byte);
            text_byte(&line->quoted, 1);
        } else if (byte == '\\' && !raw) {
            escaped = true;
        } else if (byte == '\n') {
            break;
        } else {
            text_byte(&line->text, byte);
            text_byte(&line->quoted, 0);
        }
    }
    return got;
}

/* How the bytes of a line are separated. */
static int
kind_of(const struct line *line, size_t i, const char *ifs)
{
    char byte = line->text.bytes[i];

    if (line->quoted.bytes[i] || strchr(ifs, byte) == NULL)
        return 'x';
    return strchr(" \t\n", byte) != NULL ? ' ' : ':';
}

/* The field that starts at i; i goes past it and its separator. */
static const char *
take_field(const struct line *line, size_t *i, const char *ifs)
{
    size_t from = *i, end = line->text.length, to;

    while (*i < end && kind_of(line, *i, ifs) == 'x')
        (*i)++;
    to = *i;
    while (*i < end && kind_of(line, *i, ifs) == ' ')
        (*i)++;
    if (*i < end && kind_of(line, *i, ifs) == ':') {
        (*i)++;
        while (*i < end && kind_of(line, *i, ifs) == ' ')
            (*i)++;
    }
    return arena_copy(&sh.scratch, line->text.bytes + from, to - from);
}

/* What is left goes to the last name, with its separators, but without
 * blanks at its end, and without a separator that ends a single field. */
static const char *
take_rest(const struct line *line, size_t from, const char *ifs)
{
    size_t end = line->text.length, i = from;
    const char *field = take_field(line, &i, ifs);

    if (i == end)
        return field;
    while (end > from && kind_of(line, end - 1, ifs) == ' ')
        end--;
    return arena_copy(&sh.scratch, line->text.bytes + from, end - from);
}

static int
assign_fields(const struct line *line, char **names)
{
    const char *ifs = var_get("IFS");
    size_t i = 0, end = line->text.length;

    if (ifs == NULL)
        ifs = " \t\n";
    while (i < end && kind_of(line, i, ifs) == ' ')
        i++;
    for (; *names != NULL; names++) {
        const char *field = names[1] == NULL ? take_rest(line, i, ifs) :
            take_field(line, &i, ifs);

        if (!sh_is_name(*names, strlen(*names))) {
            sh_error("read: %s: not a name", *names);
            return 2;
        }
        if (!var_set(*names, field))
            return 2;
    }
    return 0;
}

int
builtin_read(char **argv)
{
    struct line line = {
        .text.arena = &sh.scratch, .quoted.arena = &sh.scratch
    };
    bool given[128] = { false };
    int i = builtin_options(argv, "r", given), got, status;

    if (i < 0)
        return 2;
    if (argv[i] == NULL) {
        sh_error("read: a name is missing");
        return 2;
    }
    got = read_line(&line, given['r']);
    if (got < 0)
        return 128 + 2;     /* the trap tells more */
    status = assign_fields(&line, argv + i);
    return status != 0 ? status : got == 0;
}
