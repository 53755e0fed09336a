/* reboot: starts the machine anew. */
#include "user/bin/lib/init.h"
#include "user/bin/lib/tool.h"

#include <unistd.h>

#define OPTIONS ""

int
main(int argc, char **argv)
{
    tool_start(1);
    while (tool_getopt(argc, argv, OPTIONS) != -1)
        continue;
    tool_operands(argc, 0, 0);
    if (!init_tell("reboot", NULL))
        tool_die(INIT_PATH);
    return tool_finish();
}
