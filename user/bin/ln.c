/* ln: another name for a file, or a symbolic link to it. */
#include "user/bin/lib/copy.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "finsTv"

static bool symbolic, force, ask, verbose;

/* Make room for the link; false if what is there has to stay. */
static bool
clear_place(const char *from, const char *to)
{
    struct stat old, info;

    if (lstat(to, &old) != 0)
        return true;
    if (S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        tool_warn(to);
        return false;
    }
    if (!symbolic && stat(from, &info) == 0 && path_same(&old, &info)) {
        tool_error("%s: is the same file as %s", to, from);
        return false;
    }
    if (ask && !tool_ask("replace '%s'", to))
        return false;
    if (unlink(to) == 0)
        return true;
    tool_warn(to);
    return false;
}

static void
link_one(const char *from, const char *to)
{
    struct stat info;

    if (!symbolic && lstat(from, &info) != 0) {
        tool_warn(from);
        return;
    }
    if ((force || ask) && !clear_place(from, to))
        return;
    if ((symbolic ? symlink(from, to) : link(from, to)) != 0)
        tool_error("%s to %s: %s", to, from, strerror(errno));
    else if (verbose)
        printf("'%s' %s '%s'\n", to, symbolic ? "->" : "=>", from);
}

int
main(int argc, char **argv)
{
    bool to_itself = false, no_follow = false, into;
    const char *target = ".";
    struct stat info;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        symbolic |= letter == 's';
        no_follow |= letter == 'n';
        to_itself |= letter == 'T';
        verbose |= letter == 'v';
        if (letter == 'f' || letter == 'i') {
            force = letter == 'f';
            ask = letter == 'i';
        }
    }
    tool_operands(argc, to_itself ? 2 : 1, to_itself ? 2 : -1);
    if (argc - optind > 1)
        target = argv[--argc];
    into = !to_itself && path_is_directory(target) &&
           !(no_follow && lstat(target, &info) == 0 && S_ISLNK(info.st_mode));
    if (!into && argc - optind > 1) {
        errno = ENOTDIR;
        tool_die(target);
    }
    for (int i = optind; i < argc; i++) {
        char *to = copy_target(argv[i], target, into);

        link_one(argv[i], to);
        free(to);
    }
    return tool_finish();
}
