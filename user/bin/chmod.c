/* chmod: changes the modes of files. */
#include "user/bin/lib/format.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "cfRv"

static bool quiet, changes, verbose;
static const char *wanted;

static void
tell(const char *path, mode_t old, mode_t mode)
{
    char before[11], after[11];

    old &= MODE_BITS;
    if (!verbose && (!changes || old == mode))
        return;
    format_mode(old, before);
    format_mode(mode, after);
    if (old == mode)
        printf("mode of '%s' retained as %04o (%s)\n", path, (unsigned)mode,
               after + 1);
    else
        printf("mode of '%s' changed from %04o (%s) to %04o (%s)\n", path,
               (unsigned)old, before + 1, (unsigned)mode, after + 1);
}

static void
complain(const char *path, int error)
{
    if (quiet)
        tool_status = tool_trouble;
    else
        tool_error("%s: %s", path, strerror(error));
}

static void
visit(struct walk *at, enum walk_event event)
{
    const bool *recursive = at->data;
    mode_t mode;

    if (event == WALK_LEAVE)
        return;
    if (event != WALK_ENTRY) {
        complain(at->path, event == WALK_LOOP ? ELOOP : at->error);
        return;
    }
    at->skip = !*recursive;
    if (S_ISLNK(at->info.st_mode)) {
        if (at->depth == 0)
            complain(at->path, ENOENT);
        return;
    }
    mode_apply(wanted, at->info.st_mode, S_ISDIR(at->info.st_mode), &mode);
    if (chmod(at->path, mode) == 0)
        tell(at->path, at->info.st_mode, mode);
    else
        complain(at->path, errno);
}

/* "-w" is a mode, not an option. */
static bool
is_mode(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0' &&
           strchr("rwxXstugo,", argument[1]) != NULL;
}

int
main(int argc, char **argv)
{
    bool recursive = false;
    mode_t mode;
    int letter;

    tool_start(1);
    while (!(optind < argc && is_mode(argv[optind])) &&
           (letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        changes |= letter == 'c';
        quiet |= letter == 'f';
        recursive |= letter == 'R';
        verbose |= letter == 'v';
    }
    tool_operands(argc, 2, -1);
    wanted = argv[optind++];
    if (!mode_apply(wanted, 0, false, &mode))
        tool_usage("%s: a mode is expected", wanted);
    for (int i = optind; i < argc; i++)
        walk_tree(argv[i], WALK_TOP_LINKS, visit, &recursive);
    return tool_finish();
}
