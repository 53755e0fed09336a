/* dirname: a path without its last part. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "+z"

static const char *
directory_of(char *path)
{
    char *last;

    path_trim(path);
    last = strrchr(path, '/');
    if (last == NULL)
        return ".";
    if (strcmp(path, "/") == 0)
        return path;
    while (last > path && last[-1] == '/')
        last--;
    last[last == path] = '\0';
    return path;
}

int
main(int argc, char **argv)
{
    int letter, end = '\n';

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        end = '\0';
    tool_operands(argc, 1, -1);
    for (int i = optind; i < argc; i++)
        printf("%s%c", directory_of(argv[i]), end);
    return tool_finish();
}
