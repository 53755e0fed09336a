/* which: where the programs are that commands run. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "a"

static bool
is_program(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           access(path, X_OK) == 0;
}

/* The first of all directories of PATH that have it, or each of them. */
static bool
search(const char *name, bool all)
{
    const char *next = getenv("PATH");
    bool found = false;

    if (strchr(name, '/') != NULL) {
        if (is_program(name))
            puts(name);
        return is_program(name);
    }
    while (next != NULL && (all || !found)) {
        size_t length = strcspn(next, ":");
        char *folder = tool_alloc(length + 2), *path;

        memcpy(folder, length > 0 ? next : ".", length > 0 ? length : 1);
        folder[length > 0 ? length : 1] = '\0';
        path = path_join(folder, name);
        if (is_program(path)) {
            puts(path);
            found = true;
        }
        free(path);
        free(folder);
        next = next[length] == ':' ? next + length + 1 : NULL;
    }
    return found;
}

int
main(int argc, char **argv)
{
    bool all = false;
    int letter;

    tool_start(2);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        all = true;
    if (optind == argc)
        tool_status = 1;
    for (int i = optind; i < argc; i++)
        if (!search(argv[i], all) && tool_status == 0)
            tool_status = 1;
    return tool_finish();
}
