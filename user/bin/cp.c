/* cp: copies of files and trees. */
#include "user/bin/lib/copy.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "adfHiLnpPrRTuv"

static struct copy_options options;
static bool links_chosen, to_itself;

static void
set_links(bool keep, bool follow_top)
{
    links_chosen = true;
    options.keep_links = keep;
    options.follow_top = follow_top;
}

static void
set_option(int letter)
{
    options.recursive |= strchr("arR", letter) != NULL;
    options.keep |= letter == 'p' || letter == 'a';
    options.force |= letter == 'f';
    options.newer |= letter == 'u';
    options.verbose |= letter == 'v';
    to_itself |= letter == 'T';
    if (letter == 'i' || letter == 'n') {
        options.ask = letter == 'i'; /* the last of them counts */
        options.never = letter == 'n';
    }
    if (letter == 'P' || letter == 'd' || letter == 'a')
        set_links(true, false);
    else if (letter == 'H' || letter == 'L')
        set_links(letter == 'H', true);
}

int
main(int argc, char **argv)
{
    const char *target;
    bool into;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        set_option(letter);
    tool_operands(argc, 2, to_itself ? 2 : -1);
    if (!links_chosen)
        options.keep_links = options.recursive;
    target = argv[--argc];
    into = !to_itself && path_is_directory(target);
    if (!into && argc - optind > 1) {
        errno = ENOTDIR;
        tool_die(target);
    }
    for (int i = optind; i < argc; i++) {
        char *to = copy_target(argv[i], target, into);

        copy_path(argv[i], to, &options);
        free(to);
    }
    return tool_finish();
}
