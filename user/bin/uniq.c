/* uniq: drops lines that repeat the line before. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define OPTIONS "cdf:is:uw:z"

static bool counts, only_repeated, only_single, no_case;
static size_t skip_fields, skip_characters, width = SIZE_MAX;
static int end = '\n';

/* The part of a line that is compared. */
static const char *
key_of(const struct line *line, size_t *length)
{
    const char *p = line->text, *last = line->text + line->length;

    for (size_t i = 0; i < skip_fields; i++) {
        while (p < last && isblank((unsigned char)*p))
            p++;
        while (p < last && !isblank((unsigned char)*p))
            p++;
    }
    p += skip_characters < (size_t)(last - p) ? skip_characters
                                              : (size_t)(last - p);
    *length = (size_t)(last - p) < width ? (size_t)(last - p) : width;
    return p;
}

static bool
equal(const struct line *left, const struct line *right)
{
    size_t length, other;
    const char *a = key_of(left, &length), *b = key_of(right, &other);

    if (length != other)
        return false;
    if (!no_case)
        return memcmp(a, b, length) == 0;
    for (size_t i = 0; i < length; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    return true;
}

static void
put(const struct line *line, uintmax_t count)
{
    if ((only_repeated && count == 1) || (only_single && count > 1))
        return;
    if (counts)
        printf("%7ju ", count);
    line_write(line, stdout, end);
}

static void
filter(FILE *file, const char *name)
{
    struct line line = { 0 }, next = { 0 };
    uintmax_t count = 0;

    (void)name;
    while (line_read(&next, file, end)) {
        struct line old = line;

        if (count > 0 && equal(&line, &next)) {
            count++;
            continue;
        }
        if (count > 0)
            put(&line, count);
        line = next;
        next = old;
        count = 1;
    }
    if (count > 0)
        put(&line, count);
    free(line.text);
    free(next.text);
}

static size_t
size_option(void)
{
    return (size_t)number_read(optarg, 0, INT32_MAX, "a number");
}

int
main(int argc, char **argv)
{
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        counts |= letter == 'c';
        only_repeated |= letter == 'd';
        only_single |= letter == 'u';
        no_case |= letter == 'i';
        if (letter == 'f')
            skip_fields = size_option();
        else if (letter == 's')
            skip_characters = size_option();
        else if (letter == 'w')
            width = size_option();
        else if (letter == 'z')
            end = '\0';
    }
    tool_operands(argc, 0, 2);
    if (argc - optind == 2 && strcmp(argv[optind + 1], "-") != 0 &&
        freopen(argv[--argc], "w", stdout) == NULL)
        tool_die(argv[argc]);
    else if (argc - optind == 2)
        argc--;
    stream_each(argc, argv, filter);
    return tool_finish();
}
