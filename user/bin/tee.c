/* tee: copies its input to its output and to files. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define OPTIONS "ai"

struct sink {
    int file; /* -1: it failed, and gets nothing more */
    const char *name;
};

int
main(int argc, char **argv)
{
    static char bytes[65536];
    int letter, mode = O_TRUNC;
    struct sink *sinks;
    size_t count;
    ssize_t size;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        if (letter == 'a')
            mode = O_APPEND;
        else
            signal(SIGINT, SIG_IGN);
    }
    count = (size_t)(argc - optind) + 1;
    sinks = tool_alloc(count * sizeof(*sinks));
    sinks[0] = (struct sink){ STDOUT_FILENO, "standard output" };
    for (size_t i = 1; i < count; i++) {
        sinks[i].name = argv[optind + (int)i - 1];
        sinks[i].file = open(sinks[i].name, O_WRONLY | O_CREAT | mode, 0666);
        if (sinks[i].file < 0)
            tool_warn(sinks[i].name);
    }
    while ((size = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0 ||
           (size < 0 && errno == EINTR)) {
        for (size_t i = 0; size > 0 && i < count; i++) {
            if (sinks[i].file < 0 ||
                write_all(sinks[i].file, bytes, (size_t)size))
                continue;
            tool_warn(sinks[i].name);
            sinks[i].file = -1;
        }
    }
    if (size < 0)
        tool_warn("standard input");
    for (size_t i = 1; i < count; i++)
        if (sinks[i].file >= 0 && close(sinks[i].file) != 0)
            tool_warn(sinks[i].name);
    free(sinks);
    return tool_finish();
}
