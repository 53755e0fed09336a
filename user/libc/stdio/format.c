#include <errno.h>
#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "user/libc/stdio/internal.h"

/* --- putting -------------------------------------------------------------- */

static bool
put(struct sink *sink, const char *text, size_t size)
{
    sink->total += size;
    return size == 0 || sink->put(sink, text, size);
}

bool
__format_repeat(struct sink *sink, char c, size_t count)
{
    char piece[64];

    memset(piece, c, sizeof piece);
    while (count > 0) {
        size_t size = count < sizeof piece ? count : sizeof piece;

        if (!put(sink, piece, size))
            return false;
        count -= size;
    }
    return true;
}

bool
__format_field(struct sink *sink, const struct spec *spec, const char *prefix,
               const char *body, size_t size, size_t zeros)
{
    size_t length = strlen(prefix) + zeros + size;
    size_t padding = (size_t)spec->width > length
                         ? (size_t)spec->width - length : 0;

    if (spec->zero && !spec->left) {
        zeros += padding;
        padding = 0;
    }
    if (!spec->left && !__format_repeat(sink, ' ', padding))
        return false;
    if (!put(sink, prefix, strlen(prefix)) ||
        !__format_repeat(sink, '0', zeros) || !put(sink, body, size))
        return false;
    return !spec->left || __format_repeat(sink, ' ', padding);
}

/* --- arguments ------------------------------------------------------------ */

union argument {
    unsigned long number;
    long double real;
    void *pointer;
};

#define MAX_ARGUMENTS 64

/*
 * Arguments come in order from the list; or by number ("%2$d"): then their
 * types are found in a first pass, and all of them are fetched.
 */
struct arguments {
    va_list list;
    bool numbered;
    unsigned count;
    char types[MAX_ARGUMENTS]; /* as of fetch(); 0: not used */
    union argument values[MAX_ARGUMENTS];
};

static void
fetch(struct arguments *arguments, char type, union argument *value)
{
    switch (type) {
    case 'd':
        value->number = (unsigned long)(long)va_arg(arguments->list, int);
        break;
    case 'l':
        value->number = va_arg(arguments->list, unsigned long);
        break;
    case 'f':
        value->real = va_arg(arguments->list, double);
        break;
    case 'F':
        value->real = va_arg(arguments->list, long double);
        break;
    default:
        value->pointer = va_arg(arguments->list, void *);
    }
}

/* The type that a conversion fetches; 0: no conversion. */
static char
type_of(const struct spec *spec)
{
    switch (spec->conversion) {
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
        return strchr("lqjztL", spec->size) && spec->size ? 'l' : 'd';
    case 'c':
        return 'd';
    case 'C':
        return 'd';
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
    case 'a': case 'A':
        return spec->size == 'L' ? 'F' : 'f';
    case 's': case 'S': case 'p': case 'n':
        return 'p';
    }
    return 0;
}

/* --- the text of a conversion --------------------------------------------- */

/* Digits; INT_MAX where they are too many. */
static int
parse_number(const char **s)
{
    long value = 0;

    for (; **s >= '0' && **s <= '9'; ++*s) {
        value = value * 10 + (**s - '0');
        if (value > INT_MAX)
            value = INT_MAX;
    }
    return (int)value;
}

/* A '*' was seen: an int from the arguments, by number or the next one. In the
 * first pass it only says that there is one. */
static int
star(const char **s, struct arguments *arguments, bool first_pass)
{
    const char *digits = *s;
    int number = parse_number(s);
    union argument value = {0};

    if (number > 0 && **s == '$') {
        ++*s;
        if (number > MAX_ARGUMENTS)
            return 0;
        if (first_pass)
            arguments->types[number - 1] = 'd';
        return (int)arguments->values[number - 1].number;
    }
    *s = digits;
    if (!first_pass)
        fetch(arguments, 'd', &value);
    return (int)value.number;
}

static void
parse_flags(const char **s, struct spec *spec)
{
    for (;; ++*s) {
        switch (**s) {
        case '-':
            spec->left = true;
            break;
        case '+':
            spec->plus = true;
            break;
        case ' ':
            spec->space = true;
            break;
        case '#':
            spec->alternate = true;
            break;
        case '0':
            spec->zero = true;
            break;
        case '\'': /* the "C" locale groups nothing */
            break;
        default:
            return;
        }
    }
}

static char
parse_size(const char **s)
{
    char c = **s;

    if (!c || !strchr("hljztLq", c))
        return 0;
    ++*s;
    if (c == **s && (c == 'h' || c == 'l')) {
        ++*s;
        return c == 'h' ? 'H' : 'q';
    }
    return c;
}

/* What follows '%'. number: of the argument, 0: the next. */
static void
parse_spec(const char **s, struct spec *spec, struct arguments *arguments,
           unsigned *number, bool first_pass)
{
    const char *start = *s;
    int value = parse_number(s);

    *spec = (struct spec){.precision = -1};
    *number = 0;
    if (value > 0 && **s == '$') {
        ++*s;
        *number = (unsigned)value;
    } else {
        *s = start;
    }
    parse_flags(s, spec);
    if (**s == '*') {
        ++*s;
        spec->width = star(s, arguments, first_pass);
        if (spec->width < 0) {
            spec->left = true;
            spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
        }
    } else {
        spec->width = parse_number(s);
    }
    if (**s == '.') {
        ++*s;
        if (**s == '*') {
            ++*s;
            spec->precision = star(s, arguments, first_pass);
        } else {
            spec->precision = parse_number(s);
        }
        if (spec->precision < 0)
            spec->precision = -1;
    }
    spec->size = parse_size(s);
    spec->conversion = **s ? *(*s)++ : '\0';
}

/* --- conversions ---------------------------------------------------------- */

/* The argument cut to its size. */
static unsigned long
sized(const struct spec *spec, unsigned long value, bool is_signed)
{
    switch (spec->size) {
    case 'H':
        return is_signed ? (unsigned long)(signed char)value
                         : (unsigned char)value;
    case 'h':
        return is_signed ? (unsigned long)(short)value
                         : (unsigned short)value;
    case 0:
        return is_signed ? (unsigned long)(int)value : (unsigned)value;
    }
    return value;
}

static char *
digits_of(unsigned long value, unsigned base, bool upper, char *end)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

    for (; value; value /= base)
        *--end = digits[value % base];
    return end;
}

static bool
format_integer(struct sink *sink, struct spec *spec, unsigned long value)
{
    char digits[24], *end = digits + sizeof digits, *start;
    char c = spec->conversion;
    bool is_signed = c == 'd' || c == 'i';
    unsigned base = c == 'o' ? 8 : (c | 32) == 'x' || c == 'p' ? 16 : 10;
    const char *prefix = "";
    size_t size, zeros = 0;

    value = sized(spec, value, is_signed);
    if (is_signed && (long)value < 0) {
        prefix = "-";
        value = -value;
    } else if (is_signed || c == 'p') {
        prefix = spec->plus ? "+" : spec->space ? " " : "";
    }
    if (base == 16 && spec->alternate && value)
        prefix = c == 'X' ? "0X" : c == 'p' && spec->plus ? "+0x" : "0x";
    start = digits_of(value, base, c == 'X', end);
    size = (size_t)(end - start);
    if (spec->precision >= 0)
        spec->zero = false;
    if (size == 0 && spec->precision != 0)
        zeros = 1;
    if (spec->precision > 0 && (size_t)spec->precision > size)
        zeros = (size_t)spec->precision - size;
    if (base == 8 && spec->alternate && zeros == 0)
        zeros = 1;
    return __format_field(sink, spec, prefix, start, size, zeros);
}

static bool
format_string(struct sink *sink, struct spec *spec, const char *text)
{
    size_t most = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

    spec->zero = false;
    if (!text)
        text = most >= 6 ? "(null)" : "";
    return __format_field(sink, spec, "", text,
                          most == SIZE_MAX ? strlen(text)
                                           : strnlen(text, most), 0);
}

/* Wide characters go out as UTF-8; the precision counts bytes, and none is
 * cut. */
static bool
format_wide(struct sink *sink, struct spec *spec, const wchar_t *text)
{
    size_t most = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
    size_t size = 0, count = 0;
    char piece[4];

    spec->zero = false;
    if (!text)
        return format_string(sink, spec, NULL);
    for (; size < most && text[count]; count++) {
        size_t one = wcrtomb(piece, text[count], NULL);

        if (one == (size_t)-1)
            return false;
        if (one > most - size)
            break;
        size += one;
    }
    spec->width = (size_t)spec->width > size ? spec->width - (int)size : 0;
    if (!spec->left && !__format_repeat(sink, ' ', (size_t)spec->width))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!put(sink, piece, wcrtomb(piece, text[i], NULL)))
            return false;
    return !spec->left || __format_repeat(sink, ' ', (size_t)spec->width);
}

static bool
format_character(struct sink *sink, struct spec *spec, unsigned long value)
{
    char byte = (char)value;
    wchar_t wide[2] = {(wchar_t)value, 0};

    spec->zero = false;
    spec->precision = -1;
    if ((spec->size == 'l' || spec->conversion == 'C') && wide[0])
        return format_wide(sink, spec, wide);
    return __format_field(sink, spec, "", &byte, 1, 0);
}

static bool
format_pointer(struct sink *sink, struct spec *spec, void *pointer)
{
    if (!pointer) {
        spec->precision = -1;
        return format_string(sink, spec, "(nil)");
    }
    spec->alternate = true;
    spec->size = 'l';
    return format_integer(sink, spec, (unsigned long)pointer);
}

static void
store_count(const struct spec *spec, void *to, size_t count)
{
    switch (spec->size) {
    case 'H':
        *(signed char *)to = (signed char)count;
        break;
    case 'h':
        *(short *)to = (short)count;
        break;
    case 0:
        *(int *)to = (int)count;
        break;
    default:
        *(long *)to = (long)count;
    }
}

static bool
format_one(struct sink *sink, struct spec *spec, const union argument *value)
{
    switch (spec->conversion) {
    case 'c': case 'C':
        return format_character(sink, spec, value->number);
    case 's':
        if (spec->size == 'l')
            return format_wide(sink, spec, value->pointer);
        return format_string(sink, spec, value->pointer);
    case 'S':
        return format_wide(sink, spec, value->pointer);
    case 'p':
        return format_pointer(sink, spec, value->pointer);
    case 'n':
        store_count(spec, value->pointer, sink->total);
        return true;
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
        return format_integer(sink, spec, value->number);
    }
    return __format_float(sink, spec, value->real);
}

/* --- the format ----------------------------------------------------------- */

/* Find the types of numbered arguments and fetch them; false: not valid. */
static bool
first_pass(const char *s, struct arguments *arguments)
{
    struct spec spec;
    unsigned number, count = 0;

    while ((s = strchr(s, '%'))) {
        s++;
        if (*s == '%') {
            s++;
            continue;
        }
        parse_spec(&s, &spec, arguments, &number, true);
        if (!spec.conversion || number > MAX_ARGUMENTS)
            return false;
        if (number > 0)
            arguments->types[number - 1] = type_of(&spec);
    }
    while (count < MAX_ARGUMENTS && arguments->types[count])
        count++;
    for (unsigned i = 0; i < count; i++)
        fetch(arguments, arguments->types[i], &arguments->values[i]);
    arguments->count = count;
    return true;
}

/* Does the first conversion have a number? Then all must have one. */
static bool
is_numbered(const char *s)
{
    while ((s = strchr(s, '%'))) {
        s++;
        if (*s == '%') {
            s++;
            continue;
        }
        return parse_number(&s) > 0 && *s == '$';
    }
    return false;
}

static bool
format_next(struct sink *sink, const char **s, struct arguments *arguments)
{
    const char *start = *s;
    union argument value;
    struct spec spec;
    unsigned number;
    char type;

    parse_spec(s, &spec, arguments, &number, false);
    if (spec.conversion == '%')
        return put(sink, "%", 1);
    type = type_of(&spec);
    if (!type || (number > 0) != arguments->numbered ||
        number > arguments->count)
        return __fail(EINVAL) == 0;
    (void)start;
    if (number > 0)
        value = arguments->values[number - 1];
    else
        fetch(arguments, type, &value);
    return format_one(sink, &spec, &value);
}

int
__format(struct sink *sink, const char *s, va_list list)
{
    struct arguments arguments = {.numbered = is_numbered(s)};
    bool good = true;

    va_copy(arguments.list, list);
    if (arguments.numbered && !first_pass(s, &arguments))
        good = __fail(EINVAL) == 0;
    while (good && *s) {
        const char *end = strchrnul(s, '%');

        good = put(sink, s, (size_t)(end - s));
        s = end;
        if (good && *s) {
            s++;
            good = format_next(sink, &s, &arguments);
        }
        if (good && sink->total > INT_MAX)
            good = __fail(EOVERFLOW) == 0;
    }
    va_end(arguments.list);
    return good ? (int)sink->total : -1;
}
