/* basename: the last part of a path. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "+as:z"

static void
put(const char *path, const char *suffix, int end)
{
    char *base = path_base(path);
    size_t length = strlen(base), cut = suffix != NULL ? strlen(suffix) : 0;

    if (cut < length && cut > 0 && strcmp(base + length - cut, suffix) == 0)
        base[length - cut] = '\0';
    printf("%s%c", base, end);
    free(base);
}

int
main(int argc, char **argv)
{
    const char *suffix = NULL;
    bool several = false;
    int letter, end = '\n';

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        several |= letter == 'a' || letter == 's';
        if (letter == 's')
            suffix = optarg;
        else if (letter == 'z')
            end = '\0';
    }
    tool_operands(argc, 1, several ? -1 : 2);
    if (!several && argc - optind == 2)
        suffix = argv[--argc];
    for (int i = optind; i < argc; i++)
        put(argv[i], suffix, end);
    return tool_finish();
}
