#ifndef _SYS_WAIT_H
#define _SYS_WAIT_H

#include <bits/features.h>

typedef int pid_t;
typedef unsigned id_t;
typedef enum { P_ALL, P_PID, P_PGID } idtype_t;

#define WNOHANG    1
#define WUNTRACED  2
#define WSTOPPED   2
#define WEXITED    4
#define WCONTINUED 8

#define WEXITSTATUS(status)  (((status) >> 8) & 255)
#define WTERMSIG(status)     ((status) & 127)
#define WSTOPSIG(status)     WEXITSTATUS(status)
#define WCOREDUMP(status)    ((status) & 128)
#define WIFEXITED(status)    (WTERMSIG(status) == 0)
#define WIFSTOPPED(status)   (((status) & 255) == 127)
#define WIFSIGNALED(status)  (WTERMSIG(status) != 0 && !WIFSTOPPED(status))
#define WIFCONTINUED(status) ((status) == 0xffff)

__C_BEGIN

pid_t wait(int *);
pid_t waitpid(pid_t, int *, int);

#ifdef __SHOW_MISC
struct rusage;
pid_t wait3(int *, int, struct rusage *);
pid_t wait4(pid_t, int *, int, struct rusage *);
#endif

__C_END

#endif
