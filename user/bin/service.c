/* service: tells about init's services, and controls them. */
#include "user/bin/lib/init.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS ""

static const char *const orders[] = { "kill", "restart", "start", "stop" };

static void
list_services(void)
{
    struct line line = { 0 };
    FILE *file = stream_open(INIT_PATH);

    if (file == NULL)
        return;
    while (line_read(&line, file, '\n'))
        line_write(&line, stdout, '\n');
    stream_close(file, INIT_PATH);
}

static void
give_order(const char *order, const char *service)
{
    if (init_tell(order, service))
        return;
    if (errno == ENOENT)
        tool_error("%s: no such service", service);
    else if (errno == EBUSY)
        tool_error("%s: it is %s", service,
                   strcmp(order, "start") == 0 ? "started already"
                                               : "not running");
    else
        tool_warn(service);
}

int
main(int argc, char **argv)
{
    tool_start(1);
    while (tool_getopt(argc, argv, OPTIONS) != -1)
        continue;
    if (optind == argc) {
        list_services();
        return tool_finish();
    }
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (strcmp(argv[optind], orders[i]) != 0)
            continue;
        tool_operands(argc, 2, -1);
        while (++optind < argc)
            give_order(orders[i], argv[optind]);
        return tool_finish();
    }
    tool_usage("%s: kill, restart, start or stop is expected", argv[optind]);
}
