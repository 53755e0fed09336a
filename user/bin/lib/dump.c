#include "user/bin/lib/dump.h"

#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <string.h>

/* Where we are in the files. */
struct input {
    char **names;
    int count;
    FILE *file;
    const char *name;
};

static int
next_byte(struct input *from)
{
    for (;;) {
        int c = from->file != NULL ? getc(from->file) : EOF;

        if (c != EOF)
            return c;
        if (from->file != NULL)
            stream_close(from->file, from->name);
        from->file = NULL;
        if (from->count == 0)
            return EOF;
        from->name = *from->names++;
        from->count--;
        from->file = stream_open(from->name);
    }
}

uintmax_t
dump_number(const unsigned char *bytes, size_t count)
{
    uintmax_t number = 0;

    while (count > 0)
        number = number << 8 | bytes[--count];
    return number;
}

uintmax_t
dump_files(const struct dump *dump, char **names, int count)
{
    static char dash[] = "-", *standard[] = { dash };
    struct input from = { count > 0 ? names : standard,
                          count > 0 ? count : 1, NULL, NULL };
    unsigned char bytes[DUMP_BYTES], last[DUMP_BYTES];
    uintmax_t at = 0;
    bool has_last = false, starred = false;
    size_t used;
    int c = 0;

    for (; at < dump->skip && (c = next_byte(&from)) != EOF; at++)
        continue;
    if (at < dump->skip)
        tool_fatal("there are only %ju bytes to skip", at);
    for (;; at += used) {
        for (used = 0; used < DUMP_BYTES &&
                       at - dump->skip + used < dump->most &&
                       (c = next_byte(&from)) != EOF; used++)
            bytes[used] = (unsigned char)c;
        if (used == 0)
            return at;
        if (!dump->all && has_last && used == DUMP_BYTES &&
            memcmp(bytes, last, DUMP_BYTES) == 0) {
            if (!starred)
                puts("*");
            starred = true;
            continue;
        }
        starred = false;
        has_last = true;
        memcpy(last, bytes, used);
        memset(bytes + used, 0, DUMP_BYTES - used);
        dump->put(bytes, used, at);
    }
}
