/* cat: files, one after the other. */
#include "user/bin/lib/copy.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "AbeEnstTuv"

static bool number, number_filled, squeeze, show_ends, show_tabs, show_rest;

/* These go on from one file to the next. */
static uintmax_t lines;
static bool at_start = true, was_empty;

/* As cat -v has done it since 4BSD: ^X and M-X. */
static void
put_visible(int c)
{
    bool tab = c == '\t';

    if (show_rest && c >= 128) {
        fputs("M-", stdout);
        c -= 128;
    }
    if (tab ? show_tabs : (show_rest && (c < 32 || c == 127))) {
        putchar('^');
        c ^= 64;
    }
    putchar(c);
}

static void
put_number(bool empty)
{
    if (number_filled ? !empty : number)
        printf("%6ju\t", ++lines);
}

static void
show_file(FILE *file, const char *name)
{
    int c;

    (void)name;
    while ((c = getc(file)) != EOF) {
        bool empty = at_start && c == '\n';

        if (squeeze && empty && was_empty)
            continue;
        if (at_start)
            put_number(empty);
        was_empty = empty;
        at_start = c == '\n';
        if (c == '\n' && show_ends)
            putchar('$');
        if (c == '\n')
            putchar(c);
        else
            put_visible(c);
    }
}

/* "cat a >> a" would read what it wrote, for ever. */
static bool
feeds_itself(int file)
{
    struct stat in, out;

    return fstat(file, &in) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
           S_ISREG(in.st_mode) && path_same(&in, &out) &&
           lseek(file, 0, SEEK_CUR) < in.st_size;
}

static void
copy_file(const char *name)
{
    int file = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY);

    if (file < 0) {
        tool_warn(name);
        return;
    }
    if (feeds_itself(file))
        tool_error("%s: is the output as well", stream_name(name));
    else
        copy_bytes(file, stream_name(name), STDOUT_FILENO, "standard output");
    if (file != STDIN_FILENO)
        close(file);
}

static void
set_option(int letter)
{
    number |= letter == 'n';
    number_filled |= letter == 'b';
    squeeze |= letter == 's';
    show_ends |= letter == 'e' || letter == 'E' || letter == 'A';
    show_tabs |= letter == 't' || letter == 'T' || letter == 'A';
    show_rest |= letter == 'v' || letter == 'e' || letter == 't' ||
                 letter == 'A';
}

int
main(int argc, char **argv)
{
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        set_option(letter);
    if (number || number_filled || squeeze || show_ends || show_tabs ||
        show_rest) {
        stream_each(argc, argv, show_file);
        return tool_finish();
    }
    if (optind == argc)
        copy_file("-");
    for (int i = optind; i < argc; i++)
        copy_file(argv[i]);
    return tool_finish();
}
