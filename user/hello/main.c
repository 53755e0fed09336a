/* The least that a child can do: greet by its parent's print session. */
#include "user/rt/rt.h"

int
main(uint64_t argument)
{
    print_to_session((handle_t)argument);
    print("hello: greetings from ring 3\n");
    return 0;
}
