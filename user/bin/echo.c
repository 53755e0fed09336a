/* echo: writes its arguments. */
#include "user/bin/lib/escape.h"
#include "user/bin/lib/tool.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS "eEn"

static void
put_escaped(const char *p)
{
    while (*p != '\0') {
        int c = (unsigned char)*p++;

        if (c == '\\') {
            c = escape_read(&p, ESCAPE_ECHO);
            if (c == ESCAPE_STOP)
                tool_exit();
            if (c == ESCAPE_NONE)
                c = '\\';
        }
        putchar(c);
    }
}

/* Anything else that begins with "-" is text. */
static bool
is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0' &&
           argument[1 + strspn(argument + 1, OPTIONS)] == '\0';
}

int
main(int argc, char **argv)
{
    bool newline = true, escapes = false;
    int i;

    tool_start(1);
    if (argc == 2)
        tool_answer(argv[1]);
    for (i = 1; i < argc && is_option(argv[i]); i++) {
        for (const char *p = argv[i] + 1; *p != '\0'; p++) {
            if (*p == 'n')
                newline = false;
            else
                escapes = *p == 'e';
        }
    }
    for (; i < argc; i++) {
        if (escapes)
            put_escaped(argv[i]);
        else
            fputs(argv[i], stdout);
        if (i + 1 < argc)
            putchar(' ');
    }
    if (newline)
        putchar('\n');
    return tool_finish();
}
