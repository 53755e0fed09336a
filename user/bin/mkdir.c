/* mkdir: makes directories. */
#include "user/bin/lib/format.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "m:pv"

static bool parents, verbose, has_mode;
static mode_t mode, masked;

static bool
make(const char *path, mode_t with)
{
    if (mkdir(path, with) != 0)
        return false;
    if (verbose)
        printf("%s: created directory '%s'\n", tool_name, path);
    return true;
}

/* All but the last part; there may be slashes anywhere. */
static bool
make_parents(char *path)
{
    for (char *p = path; *p != '\0'; p++) {
        bool made;

        if (p == path || *p != '/' || p[-1] == '/' ||
            p[strspn(p, "/")] == '\0')
            continue;
        *p = '\0';
        made = make(path, 0777 | S_IWUSR | S_IXUSR);
        if (!made && !path_is_directory(path)) {
            tool_warn(path);
            *p = '/';
            return false;
        }
        if (made)
            chmod(path, (0777 & ~masked) | S_IWUSR | S_IXUSR);
        *p = '/';
    }
    return true;
}

static void
make_one(char *path)
{
    if (parents && !make_parents(path))
        return;
    if (!make(path, has_mode ? mode & 0777 : 0777)) {
        int error = errno;

        if (parents && path_is_directory(path))
            return;
        errno = error;
        tool_warn(path);
        return;
    }
    /* The mode that was asked for holds whatever the umask says. */
    if (has_mode && chmod(path, mode) != 0)
        tool_warn(path);
}

int
main(int argc, char **argv)
{
    int letter;

    tool_start(1);
    masked = umask(0);
    umask(masked);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        parents |= letter == 'p';
        verbose |= letter == 'v';
        if (letter == 'm') {
            has_mode = true;
            if (!mode_apply(optarg, 0777, true, &mode))
                tool_usage("%s: a mode is expected", optarg);
        }
    }
    tool_operands(argc, 1, -1);
    for (int i = optind; i < argc; i++)
        make_one(argv[i]);
    return tool_finish();
}
