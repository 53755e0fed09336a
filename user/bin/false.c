/* false: does nothing, unsuccessfully. */
#include "user/bin/lib/tool.h"

#define OPTIONS ""

int
main(int argc, char **argv)
{
    tool_start(1);
    tool_status = 1; /* whatever is asked */
    if (argc == 2)
        tool_answer(argv[1]);
    return 1;
}
