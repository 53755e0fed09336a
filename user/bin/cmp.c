/* cmp: tells where two files differ. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "i:ln:s"
#define DIFFERENT 1
#define TROUBLE 2

static bool list, silent;
static intmax_t most = INTMAX_MAX, skipped;
static const char *names[2];

static void
tell_end(int which, intmax_t bytes, intmax_t lines, bool in_line)
{
    tool_status = DIFFERENT;
    if (silent)
        return;
    fflush(stdout);
    if (bytes == 0)
        fprintf(stderr, "cmp: EOF on %s which is empty\n", names[which]);
    else if (list)
        fprintf(stderr, "cmp: EOF on %s after byte %jd\n", names[which],
                bytes);
    else
        fprintf(stderr, "cmp: EOF on %s after byte %jd, %sline %jd\n",
                names[which], bytes, in_line ? "in " : "", lines);
}

/* True when nothing more has to be compared. */
static bool
tell_difference(int a, int b, intmax_t at, intmax_t line)
{
    tool_status = DIFFERENT;
    if (silent)
        return true;
    if (list) {
        printf("%jd %3o %3o\n", at, (unsigned)a, (unsigned)b);
        return false;
    }
    printf("%s %s differ: char %jd, line %jd\n", names[0], names[1], at, line);
    return true;
}

static void
compare(FILE *left, FILE *right)
{
    intmax_t line = 1, at = 0;
    bool in_line = false;

    while (at < most) {
        int a = getc(left), b = getc(right);

        if (a == EOF || b == EOF) {
            if (a != b && !ferror(left) && !ferror(right))
                tell_end(a == EOF ? 0 : 1, at, in_line ? line : line - 1,
                         in_line);
            return;
        }
        at++;
        if (a != b && tell_difference(a, b, at, line))
            return;
        in_line = a != '\n';
        line += a == '\n';
    }
}

static FILE *
open_at(const char *name)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");

    if (file == NULL && silent)
        tool_status = TROUBLE;
    else if (file == NULL)
        tool_warn(name);
    for (intmax_t i = 0; file != NULL && i < skipped; i++)
        if (getc(file) == EOF)
            break;
    return file;
}

int
main(int argc, char **argv)
{
    FILE *files[2];
    int letter;

    tool_start(TROUBLE);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        list |= letter == 'l';
        silent |= letter == 's';
        if (letter == 'n')
            most = number_scaled(optarg, "a number of bytes");
        else if (letter == 'i')
            skipped = number_scaled(optarg, "a number of bytes");
    }
    tool_operands(argc, 1, 2);
    names[0] = argv[optind];
    names[1] = argc - optind == 2 ? argv[optind + 1] : "-";
    files[0] = open_at(names[0]);
    files[1] = open_at(names[1]);
    if (files[0] == NULL || files[1] == NULL)
        tool_exit();
    if (files[0] != files[1])
        compare(files[0], files[1]);
    if (!stream_close(files[0], names[0]) || !stream_close(files[1], names[1]))
        tool_status = TROUBLE;
    return tool_finish();
}
