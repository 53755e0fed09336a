/* rm: removes files and trees. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/remove.h"
#include "user/bin/lib/tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "dfirRv"

/* What nobody means, even if it could be done. */
static bool
is_refused(const char *path)
{
    char *base = path_base(path);
    bool dots = strcmp(base, ".") == 0 || strcmp(base, "..") == 0;
    bool root = *path == '/' && path[strspn(path, "/")] == '\0';

    free(base);
    if (dots)
        tool_error("%s: '.' and '..' are not removed", path);
    else if (root)
        tool_error("%s: the root is not removed", path);
    return dots || root;
}

int
main(int argc, char **argv)
{
    struct remove_options options = { 0 };
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        options.recursive |= letter == 'r' || letter == 'R';
        options.directories |= letter == 'd';
        options.verbose |= letter == 'v';
        if (letter == 'f' || letter == 'i') {
            options.force = letter == 'f'; /* the last of them counts */
            options.ask = letter == 'i';
        }
    }
    tool_operands(argc, options.force ? 0 : 1, -1);
    for (int i = optind; i < argc; i++)
        if (!is_refused(argv[i]))
            remove_path(argv[i], &options);
    return tool_finish();
}
