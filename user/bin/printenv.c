/* printenv: shows variables of the environment. */
#include "user/bin/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "+0"

extern char **environ;

int
main(int argc, char **argv)
{
    int letter, end = '\n';

    tool_start(2);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        end = '\0';
    for (char **word = environ; optind == argc && *word != NULL; word++)
        printf("%s%c", *word, end);
    for (int i = optind; i < argc; i++) {
        const char *value = strchr(argv[i], '=') == NULL ? getenv(argv[i])
                                                         : NULL;

        if (value != NULL)
            printf("%s%c", value, end);
        else
            tool_status = 1;
    }
    return tool_finish();
}
