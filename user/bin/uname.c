/* uname: the name of the system. */
#include "user/bin/lib/tool.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define OPTIONS "amnrsv"

int
main(int argc, char **argv)
{
    static const char order[] = "snrvm";
    bool wanted[sizeof(order) - 1] = { false }, any = false;
    const char *values[sizeof(order) - 1], *separator = "";
    struct utsname system;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        any = true;
        for (size_t i = 0; order[i] != '\0'; i++)
            wanted[i] |= letter == 'a' || letter == order[i];
    }
    tool_operands(argc, 0, 0);
    if (uname(&system) < 0)
        tool_die("uname");
    values[0] = system.sysname;
    values[1] = system.nodename;
    values[2] = system.release;
    values[3] = system.version;
    values[4] = system.machine;
    wanted[0] |= !any;
    for (size_t i = 0; order[i] != '\0'; i++) {
        if (!wanted[i])
            continue;
        printf("%s%s", separator, values[i]);
        separator = " ";
    }
    putchar('\n');
    return tool_finish();
}
