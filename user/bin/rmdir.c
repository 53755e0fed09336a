/* rmdir: removes empty directories. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "pv"

static bool verbose;

static bool
remove_one(const char *path)
{
    if (verbose)
        printf("%s: removing directory, '%s'\n", tool_name, path);
    if (rmdir(path) == 0)
        return true;
    tool_warn(path);
    return false;
}

/* a/b/c, then a/b, then a. */
static void
remove_parents(char *path)
{
    for (;;) {
        char *slash;

        path_trim(path);
        slash = strrchr(path, '/');
        if (slash == NULL || slash == path)
            return;
        *slash = '\0';
        path_trim(path);
        if (!remove_one(path))
            return;
    }
}

int
main(int argc, char **argv)
{
    bool parents = false;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        parents |= letter == 'p';
        verbose |= letter == 'v';
    }
    tool_operands(argc, 1, -1);
    for (int i = optind; i < argc; i++)
        if (remove_one(argv[i]) && parents)
            remove_parents(argv[i]);
    return tool_finish();
}
