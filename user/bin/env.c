/* env: runs a program in another environment, or shows this one. */
#include "user/bin/lib/run.h"
#include "user/bin/lib/tool.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "+0C:iu:"
#define TROUBLE 125 /* what 126 and 127 leave for env itself */

extern char **environ;

/* False if the word is not NAME=VALUE. */
static bool
set_variable(char *word)
{
    char *value = strchr(word, '=');

    if (value == NULL)
        return false;
    *value++ = '\0';
    if (setenv(word, value, 1) != 0)
        tool_die(word);
    return true;
}

int
main(int argc, char **argv)
{
    static char *nothing[] = { NULL };
    const char *folder = NULL;
    int letter, end = '\n';

    tool_start(TROUBLE);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        if (letter == 'i')
            environ = nothing;
        else if (letter == 'u' && unsetenv(optarg) != 0)
            tool_die(optarg);
        else if (letter == 'C')
            folder = optarg;
        else if (letter == '0')
            end = '\0';
    }
    if (optind < argc && strcmp(argv[optind], "-") == 0) {
        environ = nothing;
        optind++;
    }
    while (optind < argc && set_variable(argv[optind]))
        optind++;
    if (optind == argc) {
        for (char **word = environ; *word != NULL; word++)
            printf("%s%c", *word, end);
        return tool_finish();
    }
    if (end == '\0')
        tool_usage("-0 is for showing the environment");
    if (folder != NULL && chdir(folder) != 0)
        tool_die(folder);
    return run_instead(argv + optind);
}
