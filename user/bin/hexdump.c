/* hexdump: bytes as numbers. */
#include "user/bin/lib/dump.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "bcCdn:os:vx"

static char form = 'h';

static void
put_canonical(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < DUMP_BYTES; i++) {
        if (i % 8 == 0)
            putchar(' ');
        if (i < count)
            printf(" %02x", bytes[i]);
        else
            fputs("   ", stdout);
    }
    fputs("  |", stdout);
    for (size_t i = 0; i < count; i++)
        putchar(isprint(bytes[i]) ? bytes[i] : '.');
    putchar('|');
}

static void
put_character(unsigned char c)
{
    static const char letters[] = "0abtnvfr";
    static const char values[] = "\0\a\b\t\n\v\f\r";
    const char *found = memchr(values, c, sizeof(values) - 1);

    if (found != NULL)
        printf("  \\%c", letters[found - values]);
    else
        printf(isprint(c) ? "   %c" : " %03o", (unsigned)c);
}

static void
put(const unsigned char *bytes, size_t count, uintmax_t at)
{
    size_t unit = strchr("bc", form) != NULL ? 1 : 2;

    printf(form == 'C' ? "%08jx" : "%07jx", at);
    if (form == 'C')
        put_canonical(bytes, count);
    for (size_t i = 0; i < DUMP_BYTES && form != 'C'; i += unit) {
        unsigned number = (unsigned)dump_number(bytes + i, unit);

        if (i >= count) /* the lines are equally long */
            printf("%*s", form == 'h' ? 5 : unit == 1 ? 4 : 8, "");
        else if (form == 'b')
            printf(" %03o", number);
        else if (form == 'c')
            put_character(bytes[i]);
        else if (form == 'd')
            printf("   %05u", number);
        else if (form == 'o')
            printf("  %06o", number);
        else
            printf(form == 'x' ? "    %04x" : " %04x", number);
    }
    putchar('\n');
}

int
main(int argc, char **argv)
{
    struct dump dump = { .most = UINTMAX_MAX, .put = put };
    uintmax_t end;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        if (letter == 'n')
            dump.most = (uintmax_t)number_scaled(optarg, "a number of bytes");
        else if (letter == 's')
            dump.skip = (uintmax_t)number_scaled(optarg, "a number of bytes");
        else if (letter == 'v')
            dump.all = true;
        else
            form = (char)letter;
    }
    end = dump_files(&dump, argv + optind, argc - optind);
    if (end > 0)
        printf(form == 'C' ? "%08jx\n" : "%07jx\n", end);
    return tool_finish();
}
