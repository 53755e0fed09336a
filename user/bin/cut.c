/* cut: parts of each line. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "b:c:d:f:nsz"

/* From first to last, counted from 1. */
struct range {
    size_t first, last;
};

static struct range *ranges;
static size_t range_count, range_room;
static char mode; /* b or f */
static int delimiter = '\t';
static bool only_delimited;
static int end = '\n';

static const char *
read_bound(const char *p, size_t *bound)
{
    if (!isdigit((unsigned char)*p))
        return p;
    for (*bound = 0; isdigit((unsigned char)*p); p++) {
        if (*bound > SIZE_MAX / 20)
            return NULL;
        *bound = *bound * 10 + (size_t)(*p - '0');
    }
    return p;
}

/* N, N-, N-M or -M; NULL if it is none of them. */
static const char *
read_range(const char *p, struct range *range)
{
    const char *start = p;

    *range = (struct range){ 1, SIZE_MAX };
    p = read_bound(p, &range->first);
    if (p == NULL)
        return NULL;
    if (*p == '-')
        p = p[1] == '\0' && p == start ? NULL
                                       : read_bound(p + 1, &range->last);
    else if (p != start)
        range->last = range->first;
    else
        return NULL;
    return range->first == 0 || range->last < range->first ? NULL : p;
}

static void
read_list(const char *text)
{
    const char *p = text;

    for (;;) {
        struct range range;

        p = read_range(p, &range);
        if (p == NULL || (*p != '\0' && *p != ',' && *p != ' '))
            tool_usage("%s: a list such as 1,3-5,7- is expected", text);
        ranges = tool_grow(ranges, range_count, &range_room, sizeof(*ranges));
        ranges[range_count++] = range;
        if (*p++ == '\0')
            break;
    }
}

static bool
is_wanted(size_t number)
{
    for (size_t i = 0; i < range_count; i++)
        if (number >= ranges[i].first && number <= ranges[i].last)
            return true;
    return false;
}

static void
put_bytes(const struct line *line)
{
    for (size_t i = 0; i < line->length; i++)
        if (is_wanted(i + 1))
            putchar((unsigned char)line->text[i]);
    putchar(end);
}

static void
put_fields(const struct line *line)
{
    const char *p = line->text, *last = line->text + line->length;
    bool first = true;

    if (memchr(p, delimiter, line->length) == NULL) {
        if (!only_delimited)
            line_write(line, stdout, end);
        return;
    }
    for (size_t number = 1; p <= last; number++) {
        const char *stop = memchr(p, delimiter, (size_t)(last - p));

        if (stop == NULL)
            stop = last;
        if (is_wanted(number)) {
            if (!first)
                putchar(delimiter);
            first = false;
            fwrite(p, 1, (size_t)(stop - p), stdout);
        }
        p = stop + 1;
    }
    putchar(end);
}

static void
cut(FILE *file, const char *name)
{
    struct line line = { 0 };

    (void)name;
    while (line_read(&line, file, end))
        (mode == 'f' ? put_fields : put_bytes)(&line);
    free(line.text);
}

int
main(int argc, char **argv)
{
    bool has_delimiter = false;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        only_delimited |= letter == 's';
        has_delimiter |= letter == 'd';
        if (letter == 'z')
            end = '\0';
        if (letter == 'd') {
            if (strlen(optarg) > 1)
                tool_usage("%s: one character is expected", optarg);
            delimiter = (unsigned char)*optarg;
        }
        if (letter == 'b' || letter == 'c' || letter == 'f') {
            if (mode != '\0')
                tool_usage("only one list can be given");
            mode = letter == 'f' ? 'f' : 'b';
            read_list(optarg);
        }
    }
    if (mode == '\0')
        tool_usage("a list of bytes, characters or fields is missing");
    if (mode != 'f' && (has_delimiter || only_delimited))
        tool_usage("-d and -s are for fields");
    stream_each(argc, argv, cut);
    return tool_finish();
}
