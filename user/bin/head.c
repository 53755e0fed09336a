/* head: the first part of files. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "c:n:qvz"

static intmax_t number = 10;
static bool bytes, all_but; /* all but the last so many */
static bool titles, printed;
static int end = '\n';

static void
first_bytes(FILE *file)
{
    int c;

    for (intmax_t i = 0; i < number && (c = getc(file)) != EOF; i++)
        putchar(c);
}

static void
first_lines(FILE *file)
{
    int c;

    for (intmax_t i = 0; i < number && (c = getc(file)) != EOF;
         i += c == end)
        putchar(c);
}

/* A ring of the bytes that may be among the last. */
static void
all_but_bytes(FILE *file)
{
    size_t room = 0, size = 0, at = 0;
    char *ring = NULL;
    int c;

    while ((c = getc(file)) != EOF) {
        if (size < (size_t)number) {
            ring = tool_grow(ring, size, &room, 1);
            ring[size++] = (char)c;
            continue;
        }
        if (size == 0) {
            putchar(c);
            continue;
        }
        putchar((unsigned char)ring[at]);
        ring[at] = (char)c;
        at = at + 1 < size ? at + 1 : 0;
    }
    free(ring);
}

static void
put(const struct line *line)
{
    fwrite(line->text, 1, line->length, stdout);
    if (line->ended)
        putchar(end);
}

static void
all_but_lines(FILE *file)
{
    size_t room = 0, size = 0, at = 0;
    struct line *ring = NULL, line = { 0 };

    while (line_read(&line, file, end)) {
        struct line old;

        if (size < (size_t)number) {
            ring = tool_grow(ring, size, &room, sizeof(*ring));
            ring[size++] = line;
            line = (struct line){ 0 };
            continue;
        }
        if (size == 0) {
            put(&line);
            continue;
        }
        old = ring[at];
        put(&old);
        ring[at] = line;
        line = old;
        at = at + 1 < size ? at + 1 : 0;
    }
    for (size_t i = 0; i < size; i++)
        free(ring[i].text);
    free(ring);
    free(line.text);
}

static void
show(FILE *file, const char *name)
{
    if (titles)
        printf("%s==> %s <==\n", printed ? "\n" : "", stream_name(name));
    printed = true;
    if (all_but)
        (bytes ? all_but_bytes : all_but_lines)(file);
    else
        (bytes ? first_bytes : first_lines)(file);
}

static void
set_number(const char *text, bool of_bytes)
{
    bytes = of_bytes;
    all_but = *text == '-';
    number = number_scaled(text + all_but, "a number");
}

/* "head -5" is older than options with arguments. */
static void
old_number(char **argv)
{
    const char *text = argv[1];

    if (text != NULL && *text == '-' && isdigit((unsigned char)text[1])) {
        set_number(text + 1, false);
        optind = 2;
    }
}

int
main(int argc, char **argv)
{
    bool quiet = false, verbose = false;
    int letter;

    tool_start(1);
    old_number(argv);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        if (letter == 'c' || letter == 'n')
            set_number(optarg, letter == 'c');
        if (letter == 'q' || letter == 'v') {
            quiet = letter == 'q';
            verbose = letter == 'v';
        }
        if (letter == 'z')
            end = '\0';
    }
    titles = verbose || (!quiet && argc - optind > 1);
    stream_each(argc, argv, show);
    return tool_finish();
}
