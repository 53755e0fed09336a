/* yes: writes the same line for ever. */
#include "user/bin/lib/tool.h"

#include <stdio.h>
#include <unistd.h>

#define OPTIONS "+"

int
main(int argc, char **argv)
{
    tool_start(1);
    while (tool_getopt(argc, argv, OPTIONS) != -1)
        continue;
    while (!ferror(stdout)) {
        if (optind == argc)
            fputs("y", stdout);
        for (int i = optind; i < argc; i++)
            printf("%s%s", i > optind ? " " : "", argv[i]);
        putchar('\n');
    }
    return tool_finish();
}
