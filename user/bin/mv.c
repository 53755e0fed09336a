/* mv: gives files other names, or moves them to other volumes. */
#include "user/bin/lib/copy.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/remove.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "finTuv"

static bool force, ask, never, newer, verbose, to_itself;

/* Is it all right to lose what is at to? */
static bool
may_replace(const struct stat *from, const char *to)
{
    struct stat old;

    if (lstat(to, &old) != 0)
        return true;
    if (never || (newer && from->st_mtime <= old.st_mtime))
        return false;
    if (ask)
        return tool_ask("overwrite '%s'", to);
    if (!force && !S_ISLNK(old.st_mode) && access(to, W_OK) != 0 &&
        isatty(STDIN_FILENO))
        return tool_ask("overwrite '%s', which is write-protected", to);
    return true;
}

/* rename() would find nothing to do where both names are links to a file. */
static bool
is_same(const struct stat *from, const char *to)
{
    struct stat old;

    return lstat(to, &old) == 0 && path_same(from, &old) &&
           !S_ISDIR(old.st_mode);
}

/* To another volume: a copy, and if all of it is good, the old one goes. */
static void
move_far(const char *from, const struct stat *info, const char *to)
{
    static const struct copy_options copy = { .recursive = true, .keep = true,
                                              .force = true,
                                              .keep_links = true };
    static const struct remove_options removal = { .recursive = true,
                                                   .force = true };
    struct stat old;

    if (lstat(to, &old) == 0 &&
        (S_ISDIR(old.st_mode) ? rmdir(to) : S_ISDIR(info->st_mode)
         ? (errno = ENOTDIR, -1) : unlink(to)) != 0) {
        tool_warn(to);
        return;
    }
    if (copy_path(from, to, &copy))
        remove_path(from, &removal);
}

static void
move(const char *from, const char *to)
{
    struct stat info;

    if (lstat(from, &info) != 0) {
        tool_warn(from);
        return;
    }
    if (is_same(&info, to)) {
        tool_error("%s: is the same file as %s", from, to);
        return;
    }
    if (!may_replace(&info, to))
        return;
    if (rename(from, to) != 0) {
        if (errno != EXDEV) {
            tool_error("%s to %s: %s", from, to, strerror(errno));
            return;
        }
        move_far(from, &info, to);
    }
    if (verbose)
        printf("renamed '%s' -> '%s'\n", from, to);
}

static void
read_options(int argc, char **argv)
{
    int letter;

    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        newer |= letter == 'u';
        verbose |= letter == 'v';
        to_itself |= letter == 'T';
        if (strchr("fin", letter) != NULL) {
            force = letter == 'f'; /* the last of them counts */
            ask = letter == 'i';
            never = letter == 'n';
        }
    }
}

int
main(int argc, char **argv)
{
    const char *target;
    bool into;

    tool_start(1);
    read_options(argc, argv);
    tool_operands(argc, 2, to_itself ? 2 : -1);
    target = argv[--argc];
    into = !to_itself && path_is_directory(target);
    if (!into && argc - optind > 1) {
        errno = ENOTDIR;
        tool_die(target);
    }
    for (int i = optind; i < argc; i++) {
        char *to = copy_target(argv[i], target, into);

        move(argv[i], to);
        free(to);
    }
    return tool_finish();
}
