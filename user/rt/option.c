#include "user/rt/rt.h"

#include "kernel/lib/mem.h"

/* A name of autorun= is the last: the rest of the line is its value. */
const char *
option_value(const char *line, const char *name, size_t *length)
{
    size_t size = strlen(name);

    for (const char *p = line; *p != '\0';) {
        size_t word = 0;

        while (p[word] != '\0' && p[word] != ' ' && p[word] != '\t')
            word++;
        if (word > size && strncmp(p, name, size) == 0 && p[size] == '=') {
            bool rest = strcmp(name, "autorun") == 0;

            *length = rest ? strlen(p) - size - 1 : word - size - 1;
            return p + size + 1;
        }
        if (strncmp(p, "autorun=", 8) == 0)
            return NULL;
        p += word;
        while (*p == ' ' || *p == '\t')
            p++;
    }
    return NULL;
}
