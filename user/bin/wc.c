/* wc: counts lines, words and bytes. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "cLlmw"
#define WIDTH_UNKNOWN 7 /* where no file size tells how large numbers get */

struct counts {
    uintmax_t lines, words, characters, bytes, longest;
};

static bool lines, words, characters, bytes, longest;
static bool named = true; /* names stand beside the numbers */
static struct counts total;
static int width = 1;

/* Columns of a line: a tab goes to the next multiple of eight. */
static uintmax_t
column_after(int c, uintmax_t column)
{
    if (c == '\t')
        return column + 8 - column % 8;
    if (c == '\n' || c == '\r' || c == '\f')
        return 0;
    return column + (isprint(c) != 0);
}

static void
count(FILE *file, struct counts *counts)
{
    uintmax_t column = 0;
    bool in_word = false;
    int c;

    while ((c = getc(file)) != EOF) {
        counts->bytes++;
        counts->lines += c == '\n';
        /* What goes on with a character of UTF-8 is not another one. */
        counts->characters += (c & 0xC0) != 0x80;
        if (isspace(c)) {
            in_word = false;
        } else if (!in_word && isprint(c)) {
            in_word = true;
            counts->words++;
        }
        column = column_after(c, column);
        if (column > counts->longest)
            counts->longest = column;
    }
}

static void
put_one(bool wanted, uintmax_t number, const char **separator)
{
    if (!wanted)
        return;
    printf("%s%*ju", *separator, width, number);
    *separator = " ";
}

static void
put(const struct counts *counts, const char *name)
{
    const char *separator = "";

    put_one(lines, counts->lines, &separator);
    put_one(words, counts->words, &separator);
    put_one(characters, counts->characters, &separator);
    put_one(bytes, counts->bytes, &separator);
    put_one(longest, counts->longest, &separator);
    printf("%s%s\n", *name != '\0' ? " " : "", name);
}

static void
count_file(FILE *file, const char *name)
{
    struct counts counts = { 0 };

    count(file, &counts);
    total.lines += counts.lines;
    total.words += counts.words;
    total.characters += counts.characters;
    total.bytes += counts.bytes;
    if (counts.longest > total.longest)
        total.longest = counts.longest;
    put(&counts, named ? name : "");
}

/* The numbers are as wide as the largest that there can be. */
static void
find_width(char **names, int files)
{
    uintmax_t sum = 0;
    int least = 1, digits;

    for (int i = 0; i < files || (i == 0 && files == 0); i++) {
        struct stat info;
        bool standard = files == 0 || strcmp(names[i], "-") == 0;

        if ((standard ? fstat(STDIN_FILENO, &info)
                      : stat(names[i], &info)) != 0)
            continue;
        if (S_ISREG(info.st_mode))
            sum += (uintmax_t)info.st_size;
        else
            least = WIDTH_UNKNOWN;
    }
    digits = snprintf(NULL, 0, "%ju", sum);
    width = digits > least ? digits : least;
}

int
main(int argc, char **argv)
{
    int letter, files;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        lines |= letter == 'l';
        words |= letter == 'w';
        characters |= letter == 'm';
        bytes |= letter == 'c';
        longest |= letter == 'L';
    }
    if (!lines && !words && !characters && !bytes && !longest)
        lines = words = bytes = true;
    files = argc - optind;
    if (files > 1 || lines + words + characters + bytes + longest > 1)
        find_width(argv + optind, files);
    if (files == 0) {
        named = false;
        count_file(stdin, "-");
        stream_close(stdin, "-");
        return tool_finish();
    }
    stream_each(argc, argv, count_file);
    if (files > 1)
        put(&total, "total");
    return tool_finish();
}
