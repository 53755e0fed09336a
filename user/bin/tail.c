/* tail: the last part of files. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS "c:fn:qvz"

static intmax_t number = 10;
static bool bytes, from_start; /* from there on, not the last so many */
static bool titles, printed, follow;
static int end = '\n';

static void
copy_rest(FILE *file)
{
    int c;

    while ((c = getc(file)) != EOF)
        putchar(c);
}

/* +1 is the first byte or line, and so is +0. */
static void
from_there(FILE *file)
{
    int c;

    for (intmax_t i = 1; i < number && (c = getc(file)) != EOF;
         i += bytes || c == end)
        continue;
    copy_rest(file);
}

static void
last_bytes(FILE *file)
{
    size_t room = 0, size = 0, at = 0;
    char *ring = NULL;
    int c;

    while ((c = getc(file)) != EOF) {
        if (size < (size_t)number) {
            ring = tool_grow(ring, size, &room, 1);
            ring[size++] = (char)c;
        } else if (size > 0) {
            ring[at] = (char)c;
            at = at + 1 < size ? at + 1 : 0;
        }
    }
    if (size > 0) {
        fwrite(ring + at, 1, size - at, stdout);
        fwrite(ring, 1, at, stdout);
    }
    free(ring);
}

static void
last_lines(FILE *file)
{
    size_t room = 0, size = 0, at = 0;
    struct line *ring = NULL, line = { 0 };

    while (line_read(&line, file, end)) {
        if (size < (size_t)number) {
            ring = tool_grow(ring, size, &room, sizeof(*ring));
            ring[size++] = line;
            line = (struct line){ 0 };
        } else if (size > 0) {
            struct line old = ring[at];

            ring[at] = line;
            line = old;
            at = at + 1 < size ? at + 1 : 0;
        }
    }
    for (size_t i = 0; i < size; i++) {
        const struct line *next = &ring[(at + i) % size];

        fwrite(next->text, 1, next->length, stdout);
        if (next->ended)
            putchar(end);
        free(next->text);
    }
    free(ring);
    free(line.text);
}

/* A file has its last bytes where its size says, without reading it all. */
static void
skip_ahead(FILE *file)
{
    if (bytes && fseeko(file, 0, SEEK_END) == 0) {
        off_t size = ftello(file);

        fseeko(file, size > number ? size - number : 0, SEEK_SET);
    }
}

static void
show(FILE *file, const char *name)
{
    if (titles)
        printf("%s==> %s <==\n", printed ? "\n" : "", stream_name(name));
    printed = true;
    if (from_start) {
        from_there(file);
        return;
    }
    skip_ahead(file);
    (bytes ? last_bytes : last_lines)(file);
}

/* What is appended to one file, until someone ends this. */
static void
follow_file(const char *name)
{
    FILE *file = stream_open(name);

    if (file == NULL)
        return;
    show(file, name);
    while (!ferror(file) && fflush(stdout) == 0) {
        nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
        clearerr(file);
        copy_rest(file);
    }
    stream_close(file, name);
}

static void
set_number(const char *text, bool of_bytes)
{
    bytes = of_bytes;
    from_start = *text == '+';
    number = number_scaled(text + (*text == '+' || *text == '-'), "a number");
}

/* "tail -5" is older than options with arguments. */
static void
old_number(char **argv)
{
    const char *text = argv[1];

    if (text != NULL && *text == '-' && isdigit((unsigned char)text[1])) {
        set_number(text, false);
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
        follow |= letter == 'f';
        if (letter == 'z')
            end = '\0';
    }
    titles = verbose || (!quiet && argc - optind > 1);
    if (follow) {
        tool_operands(argc, 1, 1);
        follow_file(argv[optind]);
    } else {
        stream_each(argc, argv, show);
    }
    return tool_finish();
}
