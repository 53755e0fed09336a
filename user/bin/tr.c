/* tr: replaces or removes characters. */
#include "user/bin/lib/escape.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "+Ccdst"

/* The characters of a set, in order. */
struct set {
    unsigned char *items;
    size_t count, room;
    size_t fill_at;    /* where "[x*]" stands, if has_fill */
    unsigned char fill;
    bool has_fill;
    bool in_order;     /* no class in it but the two below */
};

static bool deleting, squeezing;
static unsigned char map[256];
static bool in_first[256], squeezed[256];

static void
add(struct set *set, int c)
{
    set->items = tool_grow(set->items, set->count, &set->room, 1);
    set->items[set->count++] = (unsigned char)c;
}

static const struct {
    const char *name;
    int (*holds)(int c);
} classes[] = {
    { "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
    { "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
    { "lower", islower }, { "print", isprint }, { "punct", ispunct },
    { "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
};

/* "[:name:]"; NULL if there is none at p. */
static const char *
read_class(const char *p, struct set *set)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        size_t length = strlen(classes[i].name);

        if (strncmp(p, "[:", 2) != 0 ||
            strncmp(p + 2, classes[i].name, length) != 0 ||
            strncmp(p + 2 + length, ":]", 2) != 0)
            continue;
        if (classes[i].holds != islower && classes[i].holds != isupper)
            set->in_order = false;
        for (int c = 0; c < 256; c++)
            if (classes[i].holds(c))
                add(set, c);
        return p + length + 4;
    }
    return NULL;
}

static const char *
read_character(const char *p, int *c)
{
    *c = (unsigned char)*p++;
    if (*c == '\\' && *p != '\0') {
        *c = escape_read(&p, ESCAPE_FORMAT);
        if (*c == ESCAPE_NONE)
            *c = (unsigned char)*p++;
    }
    return p;
}

/* "[x*3]" and "[x*]", and "[=x=]". */
static const char *
read_bracket(const char *p, struct set *set)
{
    const char *rest;
    char *stop;
    unsigned long count;
    int c;

    if (p[0] != '[' || p[1] == '\0')
        return NULL;
    if (p[1] == '=' && p[2] != '\0' && p[3] == '=' && p[4] == ']') {
        add(set, (unsigned char)p[2]);
        return p + 5;
    }
    rest = read_character(p + 1, &c);
    if (*rest != '*')
        return NULL;
    count = strtoul(rest + 1, &stop, rest[1] == '0' ? 8 : 10);
    if (*stop != ']')
        return NULL;
    if (count == 0) {
        set->has_fill = true;
        set->fill = (unsigned char)c;
        set->fill_at = set->count;
    }
    for (unsigned long i = 0; i < count && i < 65536; i++)
        add(set, c);
    return stop + 1;
}

static void
read_set(struct set *set, const char *text)
{
    const char *p = text;

    *set = (struct set){ .in_order = true };
    while (*p != '\0') {
        const char *next = read_class(p, set);
        int first, last;

        if (next == NULL)
            next = read_bracket(p, set);
        if (next != NULL) {
            p = next;
            continue;
        }
        p = read_character(p, &first);
        last = first;
        if (p[0] == '-' && p[1] != '\0')
            p = read_character(p + 1, &last);
        if (last < first)
            tool_usage("%s: a range is backwards", text);
        for (int c = first; c <= last; c++)
            add(set, c);
    }
}

static void
complement(struct set *set)
{
    bool present[256] = { false };

    for (size_t i = 0; i < set->count; i++)
        present[set->items[i]] = true;
    set->count = 0;
    for (int c = 0; c < 256; c++)
        if (!present[c])
            add(set, c);
}

/* The second set gets as long as the first: by "[x*]", or its last one. */
static void
extend(struct set *set, size_t count)
{
    unsigned char last;

    if (set->has_fill && set->count < count) {
        size_t more = count - set->count, tail = set->count - set->fill_at;

        for (size_t i = 0; i < more; i++)
            add(set, set->fill);
        memmove(set->items + set->fill_at + more, set->items + set->fill_at,
                tail);
        memset(set->items + set->fill_at, set->fill, more);
    }
    if (set->count == 0 || set->count >= count)
        return;
    last = set->items[set->count - 1];
    while (set->count < count)
        add(set, last);
}

static void
make_map(const struct set *from, const struct set *to)
{
    for (size_t i = 0; i < from->count && i < to->count; i++)
        map[from->items[i]] = to->items[i];
}

static void
make_squeezed(const struct set *set)
{
    for (size_t i = 0; i < set->count; i++)
        squeezed[set->items[i]] = true;
}

static void
filter(FILE *file)
{
    int c, last = EOF;

    while ((c = getc(file)) != EOF) {
        if (deleting && in_first[c])
            continue;
        c = map[c];
        if (squeezing && squeezed[c] && c == last)
            continue;
        last = c;
        putchar(c);
    }
}

static void
prepare(struct set *first, struct set *second, bool two, bool complemented,
        bool cut)
{
    if (complemented)
        complement(first);
    if (two && !deleting) {
        if (second->count == 0 && !second->has_fill && !cut &&
            first->count > 0)
            tool_usage("the second set must not be empty");
        if (!second->in_order)
            tool_usage("the second set can have no classes but [:lower:] "
                       "and [:upper:]");
        if (!cut)
            extend(second, first->count);
        make_map(first, second);
    }
    for (size_t i = 0; i < first->count; i++)
        in_first[first->items[i]] = true;
    make_squeezed(two ? second : first);
}

int
main(int argc, char **argv)
{
    bool complemented = false, cut = false, two;
    struct set first, second = { 0 };
    int letter, needed;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        complemented |= letter == 'c' || letter == 'C';
        deleting |= letter == 'd';
        squeezing |= letter == 's';
        cut |= letter == 't';
    }
    needed = deleting == squeezing ? 2 : 1;
    tool_operands(argc, needed, deleting && !squeezing ? 1 : 2);
    two = argc - optind == 2;
    for (int c = 0; c < 256; c++)
        map[c] = (unsigned char)c;
    read_set(&first, argv[optind]);
    if (two)
        read_set(&second, argv[optind + 1]);
    prepare(&first, &second, two, complemented, cut);
    filter(stdin);
    stream_close(stdin, "-");
    return tool_finish();
}
