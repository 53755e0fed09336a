#include "user/bin/lib/stream.h"

#include "user/bin/lib/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
stream_name(const char *name)
{
    return strcmp(name, "-") == 0 ? "standard input" : name;
}

FILE *
stream_open(const char *name)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");

    if (file == NULL)
        tool_warn(name);
    return file;
}

bool
stream_close(FILE *file, const char *name)
{
    bool good = !ferror(file);

    if (!good)
        tool_warn(stream_name(name));
    if (file == stdin)
        clearerr(file);
    else
        fclose(file);
    return good;
}

void
stream_each(int argc, char **argv, void (*work)(FILE *file, const char *name))
{
    static char dash[] = "-", *standard[] = { dash };
    char **names = optind < argc ? argv + optind : standard;
    int count = optind < argc ? argc - optind : 1;

    for (int i = 0; i < count; i++) {
        FILE *file = stream_open(names[i]);

        if (file == NULL)
            continue;
        work(file, names[i]);
        stream_close(file, names[i]);
    }
}

bool
line_read(struct line *line, FILE *file, int end)
{
    ssize_t length;

    length = getdelim(&line->text, &line->room, end, file);
    if (length < 0)
        return false;
    line->ended = (unsigned char)line->text[length - 1] == end;
    line->length = (size_t)length - line->ended;
    line->text[line->length] = '\0';
    return true;
}

void
line_write(const struct line *line, FILE *file, int end)
{
    fwrite(line->text, 1, line->length, file);
    putc(end, file);
}

bool
write_all(int descriptor, const void *bytes, size_t count)
{
    const char *next = bytes;

    while (count > 0) {
        ssize_t done = write(descriptor, next, count);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        next += done;
        count -= (size_t)done;
    }
    return true;
}

static intmax_t
parse(const char *text, const char **rest, const char *what)
{
    char *end;
    intmax_t number;

    errno = 0;
    number = strtoimax(text, &end, 10);
    if (end == text || errno == ERANGE)
        tool_usage("%s: %s is expected", text, what);
    *rest = end;
    return number;
}

intmax_t
number_read(const char *text, intmax_t least, intmax_t most, const char *what)
{
    const char *rest;
    intmax_t number = parse(text, &rest, what);

    if (*rest != '\0' || number < least || number > most)
        tool_usage("%s: %s is expected", text, what);
    return number;
}

intmax_t
number_scaled(const char *text, const char *what)
{
    static const struct {
        char letter;
        intmax_t factor;
    } scales[] = { { '\0', 1 }, { 'b', 512 }, { 'k', 1024 }, { 'K', 1024 },
                   { 'M', 1024 * 1024 }, { 'G', 1024 * 1024 * 1024 } };
    const char *rest;
    intmax_t number = parse(text, &rest, what);

    for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
        if (*rest != scales[i].letter || (*rest != '\0' && rest[1] != '\0'))
            continue;
        if (number < 0 || number > INTMAX_MAX / scales[i].factor)
            break;
        return number * scales[i].factor;
    }
    tool_usage("%s: %s is expected", text, what);
}
