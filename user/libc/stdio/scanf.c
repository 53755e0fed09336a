#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "user/libc/stdio/internal.h"

/* Characters that a conversion took, with room that grows. */
struct text {
    char small[128];
    char *data;
    size_t length, size;
};

struct scan {
    FILE *file;
    va_list list, start; /* the arguments from here on, and from the first */
    size_t taken;
    size_t width;   /* characters that this conversion may still take */
    bool end;       /* the input ended */
    struct text text;
};

struct field {
    bool skip, allocate, inverted;
    char size, conversion;
    unsigned number;
    unsigned long set[4];
};

/* --- input ---------------------------------------------------------------- */

static int
next(struct scan *scan)
{
    int c;

    if (scan->width == 0)
        return EOF;
    c = file_get(scan->file);
    if (c == EOF) {
        scan->end = true;
        return EOF;
    }
    scan->width--;
    scan->taken++;
    return c;
}

static void
back(struct scan *scan, int c)
{
    if (c == EOF)
        return;
    __file_unget(scan->file, c);
    scan->taken--;
    scan->width++;
}

static bool
keep(struct text *text, char c)
{
    if (text->length + 1 >= text->size) {
        char *grown = malloc(2 * text->size);

        if (!grown)
            return false;
        memcpy(grown, text->data, text->length);
        if (text->data != text->small)
            free(text->data);
        text->data = grown;
        text->size *= 2;
    }
    text->data[text->length++] = c;
    text->data[text->length] = '\0';
    return true;
}

static void
reset(struct text *text)
{
    text->length = 0;
    text->data[0] = '\0';
}

static void
skip_blanks(struct scan *scan)
{
    size_t width = scan->width;
    int c;

    scan->width = SIZE_MAX;
    do
        c = next(scan);
    while (isspace(c));
    back(scan, c);
    scan->width = width;
}

/* --- the longest prefix of a number --------------------------------------- */

/* The next character if it is in the set, taken; else 0. */
static int
take(struct scan *scan, const char *set)
{
    int c = next(scan);

    if (c > 0 && strchr(set, c)) {
        keep(&scan->text, (char)c);
        return c;
    }
    back(scan, c);
    return 0;
}

static size_t
take_all(struct scan *scan, const char *set)
{
    size_t count = 0;

    while (take(scan, set))
        count++;
    return count;
}

#define DIGITS "0123456789"
#define HEX    DIGITS "abcdefABCDEF"

static bool
take_integer(struct scan *scan, int *base)
{
    size_t digits = 0;

    take(scan, "+-");
    if ((*base == 0 || *base == 16) && take(scan, "0")) {
        digits = 1;
        if (take(scan, "xX")) {
            *base = 16;
            /* As the C standard has it, "0x" and no digit is a mismatch. */
            digits = 0;
        } else if (*base == 0) {
            *base = 8;
        }
    }
    if (*base == 0)
        *base = 10;
    digits += take_all(scan, *base == 16 ? HEX : *base == 8 ? "01234567"
                                                            : DIGITS);
    return digits > 0;
}

/* A word letter by letter, as far as it goes. */
static bool
take_word(struct scan *scan, const char *word)
{
    for (; *word; word++) {
        char both[3] = {*word, (char)toupper((unsigned char)*word), 0};

        if (!take(scan, both))
            return false;
    }
    return true;
}

static bool
take_infinity(struct scan *scan)
{
    if (!take_word(scan, "nf"))
        return false;
    return !take(scan, "iI") || take_word(scan, "nity");
}

static bool
take_nan(struct scan *scan)
{
    if (!take_word(scan, "an"))
        return false;
    if (!take(scan, "("))
        return true;
    take_all(scan, HEX "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ_");
    return take(scan, ")");
}

static bool
take_float(struct scan *scan)
{
    const char *set = DIGITS, *letter = "eE";
    size_t digits = 0;

    take(scan, "+-");
    if (take(scan, "iI"))
        return take_infinity(scan);
    if (take(scan, "nN"))
        return take_nan(scan);
    if (take(scan, "0")) {
        digits = 1;
        if (take(scan, "xX")) {
            digits = 0;
            set = HEX;
            letter = "pP";
        }
    }
    digits += take_all(scan, set);
    if (take(scan, "."))
        digits += take_all(scan, set);
    if (digits == 0)
        return false;
    if (take(scan, letter)) {
        take(scan, "+-");
        return take_all(scan, DIGITS) > 0;
    }
    return true;
}

/* --- storing -------------------------------------------------------------- */

static void *
target(struct scan *scan, const struct field *field)
{
    void *result = NULL;
    va_list list;

    if (field->number == 0)
        return va_arg(scan->list, void *);
    va_copy(list, scan->start);
    for (unsigned i = 0; i < field->number; i++)
        result = va_arg(list, void *);
    va_end(list);
    return result;
}

static void
store_integer(void *to, char size, unsigned long value)
{
    switch (size) {
    case 'H':
        *(unsigned char *)to = (unsigned char)value;
        break;
    case 'h':
        *(unsigned short *)to = (unsigned short)value;
        break;
    case 0:
        *(unsigned *)to = (unsigned)value;
        break;
    default:
        *(unsigned long *)to = value;
    }
}

static bool
scan_integer(struct scan *scan, const struct field *field)
{
    char c = field->conversion;
    int base = c == 'i'                      ? 0
               : c == 'o'                    ? 8
               : (c | 32) == 'x' || c == 'p' ? 16 : 10;
    const char *text = scan->text.data;
    int error = errno;
    unsigned long value;

    if (c == 'p' && take_word(scan, "(nil)"))
        value = 0;
    else if (scan->text.length == 0 && !take_integer(scan, &base))
        return false;
    else if (c == 'd' || c == 'i')
        value = (unsigned long)strtol(text, NULL, base);
    else
        value = strtoul(text, NULL, base);
    errno = error;
    if (!field->skip)
        store_integer(target(scan, field), c == 'p' ? 'l' : field->size,
                      value);
    return true;
}

static bool
scan_float(struct scan *scan, const struct field *field)
{
    int error = errno;

    if (!take_float(scan))
        return false;
    if (field->skip)
        return true;
    if (field->size == 'L' || field->size == 'q')
        *(long double *)target(scan, field) = strtold(scan->text.data, NULL);
    else if (field->size == 'l')
        *(double *)target(scan, field) = strtod(scan->text.data, NULL);
    else
        *(float *)target(scan, field) = strtof(scan->text.data, NULL);
    errno = error;
    return true;
}

static bool
in_set(const struct field *field, int c)
{
    return field->set[c / 64] >> c % 64 & 1;
}

/* What was taken as wide characters, with a NUL behind unless it was %c. */
static bool
store_wide(struct scan *scan, const struct field *field)
{
    size_t room = scan->text.length + 1, count = 0, used = 0;
    mbstate_t state = {0, 0, 0};
    void *to = target(scan, field);
    wchar_t *wide = to;

    if (field->allocate) {
        wide = malloc(room * sizeof *wide);
        *(wchar_t **)to = wide;
        if (!wide)
            return false;
    }
    while (used < scan->text.length) {
        size_t one = mbrtowc(wide + count, scan->text.data + used,
                             scan->text.length - used, &state);

        if (one >= (size_t)-2)
            return false;
        used += one ? one : 1;
        count++;
    }
    if (field->conversion != 'c')
        wide[count] = 0;
    return true;
}

/* %c, %s, %[: width characters, or those that the field wants. */
static bool
scan_text(struct scan *scan, const struct field *field)
{
    struct text *text = &scan->text;
    bool all = field->conversion == 'c';
    char *to;
    int c;

    if (all && scan->width == SIZE_MAX)
        scan->width = 1;
    while ((c = next(scan)) != EOF) {
        if (!all && !in_set(field, c))
            break;
        if (!keep(text, (char)c))
            return false;
    }
    if (!all)
        back(scan, c);
    if (text->length == 0)
        return false;
    if (field->skip)
        return true;
    if (field->size == 'l')
        return store_wide(scan, field);
    to = target(scan, field);
    if (field->allocate) {
        char *copy = malloc(text->length + 1);

        *(char **)(void *)to = copy;
        to = copy;
        if (!copy)
            return false;
    }
    memcpy(to, text->data, text->length);
    if (!all)
        to[text->length] = '\0';
    return true;
}

/* --- the format ----------------------------------------------------------- */

/* What stands between [ and ]. */
static const char *
parse_set(const char *s, struct field *field)
{
    const unsigned char *at = (const unsigned char *)s;
    bool inverted = *at == '^', first = true;

    at += inverted;
    for (; *at && (first || *at != ']'); at++, first = false) {
        unsigned from = *at, to = from;

        if (at[1] == '-' && at[2] && at[2] != ']') {
            to = at[2];
            at += 2;
        }
        for (; from <= to; from++)
            field->set[from / 64] |= 1ul << from % 64;
    }
    for (int i = 0; inverted && i < 4; i++)
        field->set[i] = ~field->set[i];
    return *at ? (const char *)at + 1 : NULL;
}

static size_t
parse_number(const char **s)
{
    size_t value = 0;

    for (; isdigit((unsigned char)**s); ++*s)
        if (value < SIZE_MAX / 20)
            value = value * 10 + (size_t)(**s - '0');
    return value;
}

static const char *
parse_field(const char *s, struct scan *scan, struct field *field)
{
    size_t number = parse_number(&s);

    *field = (struct field){0};
    scan->width = number ? number : SIZE_MAX;
    if (number && *s == '$') {
        s++;
        field->number = (unsigned)number;
        number = 0;
        scan->width = SIZE_MAX;
    }
    if (!number && *s == '*') {
        s++;
        field->skip = true;
    }
    if (!number && isdigit((unsigned char)*s)) {
        number = parse_number(&s);
        scan->width = number ? number : SIZE_MAX;
    }
    if (*s == 'm') {
        s++;
        field->allocate = true;
    }
    if (*s && strchr("hljztLq", *s)) {
        field->size = *s++;
        if (*s == field->size && (*s == 'h' || *s == 'l'))
            field->size = *s++ == 'h' ? 'H' : 'q';
    }
    field->conversion = *s;
    if (*s == 'S' || *s == 'C') {
        field->conversion = (char)(*s | 32);
        field->size = 'l';
    }
    if (field->conversion == 's') {
        memset(field->set, 0xff, sizeof field->set);
        for (int c = 0; c < 128; c++)
            if (isspace(c))
                field->set[c / 64] &= ~(1ul << c % 64);
    }
    if (!*s)
        return NULL;
    return *s == '[' ? parse_set(s + 1, field) : s + 1;
}

/* 1: converted and stored; 0: fine, but not counted; -1: stop. */
static int
convert(struct scan *scan, const struct field *field)
{
    char c = field->conversion;
    bool good;

    reset(&scan->text);
    if (c == 'n') {
        if (!field->skip)
            store_integer(target(scan, field), field->size, scan->taken);
        return 0;
    }
    if (c != 'c' && c != '[')
        skip_blanks(scan);
    scan->end = false;
    switch (c) {
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': case 'p':
        good = scan_integer(scan, field);
        break;
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
    case 'a': case 'A':
        good = scan_float(scan, field);
        break;
    case 'c': case 's': case '[':
        good = scan_text(scan, field);
        break;
    default:
        return -1;
    }
    /* Input that ended before anything came is an input failure. */
    scan->end = !good && scan->end && scan->text.length == 0;
    return !good ? -1 : !field->skip;
}

/* What is no conversion: white space matches any amount of it. */
static bool
match(struct scan *scan, char wanted)
{
    int c;

    scan->end = false;
    scan->width = SIZE_MAX;
    if (isspace((unsigned char)wanted)) {
        skip_blanks(scan);
        scan->end = false;
        return true;
    }
    c = next(scan);
    if (c == (unsigned char)wanted)
        return true;
    back(scan, c);
    return false;
}

static int
scan_all(struct scan *scan, const char *s)
{
    struct field field;
    int count = 0;

    while (*s) {
        int result;

        if (*s != '%' || s[1] == '%') {
            if (*s == '%') {
                scan->width = SIZE_MAX;
                skip_blanks(scan);
            }
            if (!match(scan, *s))
                break;
            s += *s == '%' ? 2 : 1;
            continue;
        }
        s = parse_field(s + 1, scan, &field);
        result = s ? convert(scan, &field) : -1;
        if (result < 0)
            break;
        count += result;
        scan->end = false;
    }
    return scan->end && count == 0 ? EOF : count;
}

int
vfscanf(FILE *restrict file, const char *restrict format, va_list list)
{
    struct scan scan = {.file = file, .width = SIZE_MAX};
    int result;

    scan.text.data = scan.text.small;
    scan.text.size = sizeof scan.text.small;
    va_copy(scan.list, list);
    va_copy(scan.start, list);
    flockfile(file);
    result = scan_all(&scan, format);
    funlockfile(file);
    va_end(scan.start);
    va_end(scan.list);
    if (scan.text.data != scan.text.small)
        free(scan.text.data);
    return result;
}

int
vscanf(const char *restrict format, va_list list)
{
    return vfscanf(stdin, format, list);
}

int
fscanf(FILE *restrict file, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vfscanf(file, format, list);
    va_end(list);
    return result;
}

int
scanf(const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vfscanf(stdin, format, list);
    va_end(list);
    return result;
}

static ssize_t
no_more(FILE *file, void *data, size_t size)
{
    (void)file;
    (void)data;
    (void)size;
    return 0;
}

/* The text itself is the buffer; what is pushed back was read from it. */
int
vsscanf(const char *restrict text, const char *restrict format, va_list list)
{
    static const struct file_calls calls = {no_more, NULL, NULL, NULL};
    struct __file file = {.flags = F_READ | F_READING, .calls = &calls};

    file.buffer = file.at = (unsigned char *)text;
    file.end = file.buffer + strlen(text);
    file.size = (size_t)(file.end - file.buffer);
    return vfscanf(&file, format, list);
}

int
sscanf(const char *restrict text, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vsscanf(text, format, list);
    va_end(list);
    return result;
}
