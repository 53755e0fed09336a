/* od: bytes as octal and other numbers, or characters. */
#include "user/bin/lib/dump.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "A:bcdj:N:ost:vx"
#define TYPES_MOST 16

/* A line of output for each block, in one form. */
struct type {
    char letter; /* a c d o u x */
    size_t unit; /* bytes of a number */
    int width;   /* columns of a number, with a blank before it */
};

static struct type types[TYPES_MOST];
static size_t type_count;
static size_t block_unit; /* the columns of all types stand in line */
static int block_width;   /* columns of the largest unit, of the widest type */
static char base = 'o';

static const char *const names[] = {
    "nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs",  "ht",
    "nl",  "vt",  "ff",  "cr",  "so",  "si",  "dle", "dc1", "dc2", "dc3",
    "dc4", "nak", "syn", "etb", "can", "em",  "sub", "esc", "fs",  "gs",
    "rs",  "us",  "sp",
};

/* Digits that the largest number needs, and a sign for d. */
static int
width_of(char letter, size_t unit)
{
    static const int widths[4][9] = {
        { 0, 4, 6, 0, 11, 0, 0, 0, 20 },  /* d */
        { 0, 3, 6, 0, 11, 0, 0, 0, 22 },  /* o */
        { 0, 3, 5, 0, 10, 0, 0, 0, 20 },  /* u */
        { 0, 2, 4, 0, 8, 0, 0, 0, 16 },   /* x */
    };
    static const char letters[] = "doux";
    const char *found = strchr(letters, letter);

    return found != NULL ? widths[found - letters][unit] + 1 : 4;
}

static void
add_type(char letter, size_t unit)
{
    if (type_count == TYPES_MOST)
        tool_usage("too many types");
    types[type_count++] =
        (struct type){ letter, unit, width_of(letter, unit) };
}

static size_t
read_unit(const char **p)
{
    static const char letters[] = "CSIL";
    static const size_t sizes[] = { 1, 2, 4, 8 };
    const char *found = **p != '\0' ? strchr(letters, **p) : NULL;
    size_t unit;

    if (found != NULL) {
        ++*p;
        return sizes[found - letters];
    }
    if (!isdigit((unsigned char)**p))
        return 4;
    unit = (size_t)(*(*p)++ - '0');
    return isdigit((unsigned char)**p) ? 0 : unit;
}

static void
read_types(const char *text)
{
    for (const char *p = text; *p != '\0';) {
        char letter = *p++;
        size_t unit = 1;

        if (strchr("acdoux", letter) == NULL)
            tool_usage("%s: types are a, c, d, o, u and x", text);
        if (letter != 'a' && letter != 'c')
            unit = read_unit(&p);
        if (unit != 1 && unit != 2 && unit != 4 && unit != 8)
            tool_usage("%s: a size is 1, 2, 4 or 8 (C, S, I, L)", text);
        add_type(letter, unit);
    }
}

/* How wide a block's largest unit has to be, that all types fit. */
static void
line_up(void)
{
    for (size_t i = 0; i < type_count; i++)
        if (types[i].unit > block_unit)
            block_unit = types[i].unit;
    for (size_t i = 0; i < type_count; i++) {
        int width = types[i].width * (int)(block_unit / types[i].unit);

        if (width > block_width)
            block_width = width;
    }
}

static void
put_address(uintmax_t at)
{
    if (base == 'd')
        printf("%07ju", at);
    else if (base == 'o')
        printf("%07jo", at);
    else if (base == 'x')
        printf("%06jx", at);
}

static void
put_character(unsigned char c, int width)
{
    static const char letters[] = "0abtnvfr";
    static const char values[] = "\0\a\b\t\n\v\f\r";
    const char *found = memchr(values, c, sizeof(values) - 1);

    if (found != NULL)
        printf("%*s\\%c", width - 2, "", letters[found - values]);
    else if (isprint(c))
        printf("%*c", width, c);
    else
        printf("%*s%03o", width - 3, "", c);
}

static void
put_name(unsigned char c, int width)
{
    c &= 127;
    if (c <= ' ')
        printf("%*s", width, names[c]);
    else if (c == 127)
        printf("%*s", width, "del");
    else
        printf("%*c", width, c);
}

static void
put_number(const unsigned char *bytes, const struct type *type, int width)
{
    uintmax_t number = dump_number(bytes, type->unit);
    uintmax_t top = (uintmax_t)1 << (type->unit * 8 - 1);
    int digits = type->width - 1;

    if (type->letter == 'd' && number >= top && type->unit < 8)
        printf("%*jd", width, (intmax_t)number - (intmax_t)(top * 2));
    else if (type->letter == 'd')
        printf("%*" PRId64, width, (int64_t)number);
    else if (type->letter == 'u')
        printf("%*ju", width, number);
    else if (type->letter == 'x')
        printf("%*s%0*jx", width - digits, "", digits, number);
    else
        printf("%*s%0*jo", width - digits, "", digits, number);
}

/* The columns of each unit share the width of the block's largest one. */
static void
put_type(const unsigned char *bytes, size_t count, const struct type *type)
{
    int parts = (int)(block_unit / type->unit);

    for (size_t i = 0; i < count; i += type->unit) {
        int left = parts - (int)(i % block_unit / type->unit);
        int spare = block_width - parts * type->width;
        int width = type->width + spare * left / parts -
                    spare * (left - 1) / parts;

        if (type->letter == 'a')
            put_name(bytes[i], width);
        else if (type->letter == 'c')
            put_character(bytes[i], width);
        else
            put_number(bytes + i, type, width);
    }
}

static void
put(const unsigned char *bytes, size_t count, uintmax_t at)
{
    for (size_t i = 0; i < type_count; i++) {
        if (i == 0)
            put_address(at);
        else
            printf("%*s", base == 'n' ? 0 : base == 'x' ? 6 : 7, "");
        put_type(bytes, count, &types[i]);
        putchar('\n');
    }
}

/* Decimal, or with 0 and 0x before it octal and hexadecimal. */
static uintmax_t
read_bytes(const char *text)
{
    char *end;
    uintmax_t number = strtoumax(text, &end, 0);

    if (end == text || *text == '-' || (*end != '\0' &&
        (end[1] != '\0' || strchr("bkm", *end) == NULL)))
        tool_usage("%s: a number of bytes is expected", text);
    return number * (*end == 'b' ? 512 : *end == 'k' ? 1024
                     : *end == 'm' ? 1048576 : 1);
}

static void
set_option(int letter, struct dump *dump)
{
    switch (letter) {
    case 'A':
        if (strlen(optarg) != 1 || strchr("doxn", *optarg) == NULL)
            tool_usage("%s: d, o, x or n is expected", optarg);
        base = *optarg;
        break;
    case 'j': dump->skip = read_bytes(optarg); break;
    case 'N': dump->most = read_bytes(optarg); break;
    case 'v': dump->all = true; break;
    case 't': read_types(optarg); break;
    case 'b': add_type('o', 1); break;
    case 'c': add_type('c', 1); break;
    case 'd': add_type('u', 2); break;
    case 'o': add_type('o', 2); break;
    case 's': add_type('d', 2); break;
    case 'x': add_type('x', 2); break;
    }
}

int
main(int argc, char **argv)
{
    struct dump dump = { .most = UINTMAX_MAX, .put = put };
    uintmax_t end;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        set_option(letter, &dump);
    if (type_count == 0)
        add_type('o', 2);
    line_up();
    end = dump_files(&dump, argv + optind, argc - optind);
    if (end > 0 || tool_status == 0) {
        put_address(end);
        if (base != 'n')
            putchar('\n');
    }
    return tool_finish();
}
