/* pwd: the name of the current directory. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "LP"

static bool
has_dots(const char *path)
{
    for (const char *p = path; (p = strstr(p, "/.")) != NULL; p++)
        if (p[2 + (p[2] == '.')] == '/' || p[2 + (p[2] == '.')] == '\0')
            return true;
    return false;
}

/* The name by which the shell got here, if it can be believed. */
static const char *
logical(void)
{
    const char *path = getenv("PWD");
    struct stat there, here;

    if (path == NULL || *path != '/' || has_dots(path) ||
        stat(path, &there) != 0 || stat(".", &here) != 0 ||
        !path_same(&there, &here))
        return NULL;
    return path;
}

static char *
physical(void)
{
    for (size_t room = 256;; room *= 2) {
        char *path = tool_alloc(room);

        if (getcwd(path, room) != NULL)
            return path;
        if (errno != ERANGE)
            tool_die("the current directory");
        free(path);
    }
}

int
main(int argc, char **argv)
{
    const char *path = NULL;
    bool links = false;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        links = letter == 'L';
    if (links)
        path = logical();
    puts(path != NULL ? path : physical());
    return tool_finish();
}
