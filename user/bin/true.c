/* true: does nothing, successfully. */
#include "user/bin/lib/tool.h"

#define OPTIONS ""

int
main(int argc, char **argv)
{
    tool_start(1);
    if (argc == 2)
        tool_answer(argv[1]);
    return 0;
}
