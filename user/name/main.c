/* name: the mount table (user/proto/name.h). */
#include "user/rt/service.h"

int
main(uint64_t argument)
{
    service_begin(argument);
    service_ready(0);
    print("up\n");
    for (;;) {
        struct sys_message m;
        sys_receive(service_need("name"), 0, &m);
    }
}
