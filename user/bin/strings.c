/* strings: the text that is in any file. */
#include "user/bin/lib/buffer.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "afn:t:"

static size_t least = 4;
static char base;
static bool names;

static void
put(const struct buffer *text, uintmax_t at, const char *name)
{
    if (text->length < least)
        return;
    if (names)
        printf("%s: ", name);
    if (base == 'd')
        printf("%7ju ", at);
    else if (base == 'o')
        printf("%7jo ", at);
    else if (base == 'x')
        printf("%7jx ", at);
    fwrite(text->text, 1, text->length, stdout);
    putchar('\n');
}

static void
search(FILE *file, const char *name)
{
    struct buffer text = { 0 };
    uintmax_t at = 0;
    int c;

    do {
        c = getc(file);
        if (c != EOF && (isprint(c) || c == '\t')) {
            buffer_put(&text, (char)c);
        } else {
            put(&text, at - text.length, name);
            text.length = 0;
        }
        at++;
    } while (c != EOF);
    buffer_free(&text);
}

int
main(int argc, char **argv)
{
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        names |= letter == 'f';
        if (letter == 'n')
            least = (size_t)number_read(optarg, 1, INT_MAX, "a length");
        if (letter == 't') {
            if (strlen(optarg) != 1 || strchr("dox", *optarg) == NULL)
                tool_usage("%s: d, o or x is expected", optarg);
            base = *optarg;
        }
    }
    stream_each(argc, argv, search);
    return tool_finish();
}
