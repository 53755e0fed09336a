/* mktemp: makes a file or directory with a name that nobody has. */
#include "user/bin/lib/buffer.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "dp:qtu"
#define LEAST_MARKS 3 /* of X at the end */
#define MARKS 6       /* what mkstemp() fills in */

static void
add(struct buffer *text, const char *more)
{
    buffer_add(text, more, strlen(more));
}

/* The template, in its directory, with as many X as mkstemp() wants. */
static void
make_name(struct buffer *name, bool in_folder, const char *folder,
          const char *template)
{
    size_t marks;

    if (folder == NULL)
        folder = getenv("TMPDIR");
    if (in_folder) {
        add(name, folder != NULL && *folder != '\0' ? folder : "/tmp");
        add(name, "/");
    }
    add(name, template);
    for (marks = 0; marks < name->length &&
                    name->text[name->length - marks - 1] == 'X'; marks++)
        continue;
    if (marks < LEAST_MARKS)
        tool_usage("%s: at least %d X are expected at the end", template,
                   LEAST_MARKS);
    for (; marks < MARKS; marks++)
        buffer_put(name, 'X');
}

int
main(int argc, char **argv)
{
    const char *folder = NULL, *template = "tmp.XXXXXXXXXX";
    bool directory = false, quiet = false, dry = false, in_folder = false;
    struct buffer name = { 0 };
    int letter, file;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        directory |= letter == 'd';
        quiet |= letter == 'q';
        dry |= letter == 'u';
        in_folder |= letter == 't' || letter == 'p';
        if (letter == 'p')
            folder = optarg;
    }
    tool_operands(argc, 0, 1);
    if (optind < argc)
        template = argv[optind];
    else
        in_folder = true;
    make_name(&name, in_folder, folder, template);
    if (directory ? mkdtemp(name.text) == NULL
                  : (file = mkstemp(name.text)) < 0 || close(file) != 0) {
        tool_status = tool_trouble;
        if (!quiet)
            tool_warn(name.text);
        tool_exit();
    }
    /* Nobody would know of it if its name could not be written. */
    if ((puts(name.text) == EOF || fflush(stdout) != 0 || dry) &&
        (directory ? rmdir : unlink)(name.text) != 0)
        tool_warn(name.text);
    return tool_finish();
}
