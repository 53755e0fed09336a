#include "user/bin/lib/run.h"

#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int
run_instead(char **argv)
{
    int error;

    execvp(argv[0], argv);
    error = errno;
    tool_warn(argv[0]);
    return error == ENOENT || error == ENOTDIR ? RUN_NOT_FOUND
                                               : RUN_NOT_EXECUTABLE;
}

int
run_program(char **argv)
{
    pid_t child;
    int status;

    fflush(stdout);
    child = fork();
    if (child < 0)
        tool_die(argv[0]);
    if (child == 0)
        _exit(run_instead(argv));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            tool_die(argv[0]);
    return WIFSIGNALED(status) ? RUN_SIGNAL + WTERMSIG(status)
                               : WEXITSTATUS(status);
}
