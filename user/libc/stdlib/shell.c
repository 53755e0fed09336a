#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/libc/stdio/internal.h"

static void
run_shell(const char *command)
{
    execl(_PATH_BSHELL, "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static int
wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

/* POSIX: the caller ignores SIGINT and SIGQUIT, and keeps SIGCHLD blocked. */
int
system(const char *command)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    sigset_t child_only, before;
    int status;
    pid_t child;

    if (!command)
        return access(_PATH_BSHELL, X_OK) == 0;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    sigemptyset(&child_only);
    sigaddset(&child_only, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_only, &before);
    child = fork();
    if (child == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        run_shell(command);
    }
    status = child < 0 ? -1 : wait_for(child);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

FILE *
popen(const char *command, const char *mode)
{
    bool reading = *mode == 'r';
    int fds[2];
    FILE *file;

    if (*mode != 'r' && *mode != 'w') {
        errno = EINVAL;
        return NULL;
    }
    if (pipe2(fds, O_CLOEXEC) != 0)
        return NULL;
    file = fdopen(fds[!reading], mode);
    if (file) {
        file->pid = fork();
        if (file->pid == 0) {
            int end = fds[reading], number = reading ? 1 : 0;

            if (end == number)
                fcntl(end, F_SETFD, 0);
            else
                dup2(end, number);
            run_shell(command);
        }
        if (file->pid > 0) {
            close(fds[reading]);
            if (!strchr(mode, 'e'))
                fcntl(fds[!reading], F_SETFD, 0);
            return file;
        }
        fclose(file);
        fds[!reading] = -1;
    }
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return NULL;
}

int
pclose(FILE *file)
{
    pid_t child = file->pid;

    fclose(file);
    return wait_for(child);
}
