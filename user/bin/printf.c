/* printf: writes its arguments under a format. */
#include "user/bin/lib/escape.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS ""
#define WIDTH_MOST 1000000

/* What the format has not used yet. */
static char **arguments;
static bool used; /* an argument, in this round through the format */

/* One conversion of the format. */
struct conversion {
    char flags[8];
    int width, precision; /* -1: none */
    char letter;
};

static const char *
next_argument(void)
{
    if (*arguments == NULL)
        return NULL;
    used = true;
    return *arguments++;
}

/* What is left of a number is told, but its value counts. */
static void
check_number(const char *text, const char *end)
{
    if (errno == ERANGE)
        tool_warn(text);
    else if (end == text)
        tool_error("%s: a number is expected", text);
    else if (*end != '\0')
        tool_error("%s: not all of it is a number", text);
}

/* "'a" is the code of a. */
static bool
is_character(const char *text)
{
    return (*text == '\'' || *text == '"') && text[1] != '\0';
}

static intmax_t
signed_argument(void)
{
    const char *text = next_argument();
    intmax_t value;
    char *end;

    if (text == NULL || *text == '\0')
        return 0;
    if (is_character(text))
        return (unsigned char)text[1];
    errno = 0;
    value = strtoimax(text, &end, 0);
    check_number(text, end);
    return value;
}

static uintmax_t
unsigned_argument(void)
{
    const char *text = next_argument();
    uintmax_t value;
    char *end;

    if (text == NULL || *text == '\0')
        return 0;
    if (is_character(text))
        return (unsigned char)text[1];
    errno = 0;
    value = strtoumax(text, &end, 0);
    check_number(text, end);
    return value;
}

static double
double_argument(void)
{
    const char *text = next_argument();
    double value;
    char *end;

    if (text == NULL || *text == '\0')
        return 0;
    if (is_character(text))
        return (unsigned char)text[1];
    errno = 0;
    value = strtod(text, &end);
    check_number(text, end);
    return value;
}

/* A width or precision: digits, or "*" and the next argument. */
static const char *
read_size(const char *p, int *size, bool *negative)
{
    intmax_t value = 0;

    if (*p == '*') {
        value = signed_argument();
        if (value < 0) {
            *negative = true;
            value = value < -WIDTH_MOST ? WIDTH_MOST : -value;
        }
        p++;
    }
    for (; *p >= '0' && *p <= '9'; p++)
        if (value <= WIDTH_MOST)
            value = value * 10 + (*p - '0');
    *size = value > WIDTH_MOST ? WIDTH_MOST : (int)value;
    return p;
}

/* Parse what follows a '%'; NULL if it is no conversion. */
static const char *
read_conversion(const char *p, struct conversion *to)
{
    bool negative = false, none = false;
    size_t count = strspn(p, "-+ #0");

    if (count >= sizeof(to->flags) - 1)
        return NULL;
    memcpy(to->flags, p, count);
    to->flags[count] = '\0';
    p = read_size(p + count, &to->width, &negative);
    if (negative)
        strcat(to->flags, "-");
    to->precision = -1;
    if (*p == '.') {
        p = read_size(p + 1, &to->precision, &none);
        if (none)
            to->precision = -1;
    }
    p += strspn(p, "hlLjzt"); /* nothing here has a size of its own */
    to->letter = *p;
    if (*p == '\0' || strchr("diouxXcsbeEfFgGaA", *p) == NULL)
        return NULL;
    return p + 1;
}

/* "%-5.3jd" from its parts, with the length and letter in end. */
static void
make_format(char text[24], const struct conversion *from, const char *end)
{
    snprintf(text, 24, "%%%s*%s%s", from->flags,
             from->precision >= 0 ? ".*" : "", end);
}

/* A format that is put together cannot be checked by the compiler. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#endif
#define PUT(format, from, value)                                             \
    ((from)->precision >= 0                                                  \
         ? printf(format, (from)->width, (from)->precision, value)           \
         : printf(format, (from)->width, value))

/* Text with its escapes replaced, which may hold any byte. False: stop. */
static bool
put_escaped(const struct conversion *from, const char *p)
{
    char *text = tool_alloc(strlen(p) + 1);
    size_t length = 0, width = (size_t)from->width;
    bool stop = false, left = strchr(from->flags, '-') != NULL;

    while (*p != '\0' && !stop) {
        int c = (unsigned char)*p++;

        if (c == '\\') {
            c = escape_read(&p, ESCAPE_ECHO);
            stop = c == ESCAPE_STOP;
            if (c == ESCAPE_NONE)
                c = '\\';
        }
        if (!stop)
            text[length++] = (char)c;
    }
    if (from->precision >= 0 && length > (size_t)from->precision)
        length = (size_t)from->precision;
    for (size_t i = length; i < width && !left; i++)
        putchar(' ');
    fwrite(text, 1, length, stdout);
    for (size_t i = length; i < width && left; i++)
        putchar(' ');
    free(text);
    return !stop;
}

/* One argument by one conversion; false at \c. */
static bool
convert(const struct conversion *from)
{
    char format[24], end[3] = { 'j', from->letter, '\0' };
    const char *text;

    switch (from->letter) {
    case 'd':
    case 'i':
        make_format(format, from, end);
        PUT(format, from, signed_argument());
        return true;
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        make_format(format, from, end);
        PUT(format, from, unsigned_argument());
        return true;
    case 'c':
    case 's':
    case 'b':
        text = next_argument();
        if (text == NULL)
            text = "";
        if (from->letter == 'b')
            return put_escaped(from, text);
        make_format(format, from, "s");
        if (from->letter == 'c')
            printf("%*c", strchr(from->flags, '-') != NULL
                   ? -from->width : from->width, *text);
        else
            PUT(format, from, text);
        return true;
    default:
        make_format(format, from, end + 1);
        PUT(format, from, double_argument());
        return true;
    }
}

/* The format once through; false at \c in an argument. */
static bool
run(const char *p)
{
    struct conversion conversion;

    while (*p != '\0') {
        int c = (unsigned char)*p++;

        if (c == '%' && *p == '%') {
            p++;
        } else if (c == '%') {
            const char *end = read_conversion(p, &conversion);

            if (end == NULL)
                tool_fatal("%%%s: not a conversion", p);
            if (!convert(&conversion))
                return false;
            p = end;
            continue;
        } else if (c == '\\') {
            c = *p == 'c' ? ESCAPE_STOP : escape_read(&p, ESCAPE_FORMAT);
            if (c == ESCAPE_STOP)
                return false;
            if (c == ESCAPE_NONE)
                c = '\\';
        }
        putchar(c);
    }
    return true;
}

int
main(int argc, char **argv)
{
    int first = 1;

    tool_start(1);
    if (argc == 2)
        tool_answer(argv[1]);
    if (argc > 1 && strcmp(argv[1], "--") == 0)
        first++;
    if (first >= argc)
        tool_usage("a format is missing");
    arguments = argv + first + 1;
    do {
        used = false;
        if (!run(argv[first]))
            break;
    } while (used && *arguments != NULL);
    if (*arguments != NULL && !used)
        tool_note("%s: more arguments than the format takes", *arguments);
    return tool_finish();
}
