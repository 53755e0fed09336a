#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

pid_t
fork(void)
{
    return (pid_t)__result(__sys_fork());
}

/* A child that shares memory would have to be trusted; nobody may rely on it
 * (POSIX dropped vfork() for that reason). */
pid_t
vfork(void)
{
    return fork();
}

/* --- exec ----------------------------------------------------------------- */

int
execve(const char *path, char *const argv[], char *const envp[])
{
    return (int)__result(__sys_execve(path, argv, envp));
}

int
execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

int
fexecve(int fd, char *const argv[], char *const envp[])
{
    (void)fd;
    (void)argv;
    (void)envp;
    return __fail(ENOSYS);
}

/* A file that is no program is a script of the shell (POSIX, execvp). */
static int
try_exec(const char *path, char *const argv[], char *const envp[])
{
    size_t count = 0;
    char **script;

    execve(path, argv, envp);
    if (errno != ENOEXEC)
        return -1;
    while (argv[count])
        count++;
    script = malloc((count + 3) * sizeof *script);
    if (!script)
        return -1;
    script[0] = (char *)"sh";
    script[1] = (char *)path;
    memcpy(script + 2, argv + (count > 0), (count + (count == 0)) *
                                               sizeof *script);
    execve(_PATH_BSHELL, script, envp);
    free(script);
    return __fail(ENOEXEC);
}

int
execvpe(const char *name, char *const argv[], char *const envp[])
{
    const char *folders = getenv("PATH");
    int error = ENOENT;
    char path[PATH_MAX];

    if (strchr(name, '/'))
        return try_exec(name, argv, envp);
    if (!*name)
        return __fail(ENOENT);
    for (folders = folders ? folders : _PATH_DEFPATH; folders;) {
        const char *end = strchrnul(folders, ':');
        size_t size = (size_t)(end - folders);

        if (size + strlen(name) + 2 <= sizeof path) {
            memcpy(path, folders, size);
            strcpy(path + size, size ? "/" : "");
            strcat(path, name);
            try_exec(path, argv, envp);
            if (errno == EACCES)
                error = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                return -1;
        }
        folders = *end ? end + 1 : NULL;
    }
    return __fail(error);
}

int
execvp(const char *name, char *const argv[])
{
    return execvpe(name, argv, environ);
}

/* Arguments up to NULL as an array; how: 'e' with an environment behind,
 * 'p' along the PATH. */
static int
exec_list(const char *path, const char *first, va_list list, char how)
{
    char *const *envp = environ;
    size_t count = 1;
    va_list counted;
    char **argv;
    int result;

    va_copy(counted, list);
    while (first && va_arg(counted, char *))
        count++;
    va_end(counted);
    argv = malloc((count + 1) * sizeof *argv);
    if (!argv)
        return -1;
    argv[0] = (char *)first;
    for (size_t i = 1; first && i <= count; i++)
        argv[i] = va_arg(list, char *);
    if (how == 'e')
        envp = va_arg(list, char *const *);
    result = how == 'p' ? execvp(path, argv) : execve(path, argv, envp);
    free(argv);
    return result;
}

int
execl(const char *path, const char *first, ...)
{
    va_list list;
    int result;

    va_start(list, first);
    result = exec_list(path, first, list, 'l');
    va_end(list);
    return result;
}

int
execle(const char *path, const char *first, ...)
{
    va_list list;
    int result;

    va_start(list, first);
    result = exec_list(path, first, list, 'e');
    va_end(list);
    return result;
}

int
execlp(const char *name, const char *first, ...)
{
    va_list list;
    int result;

    va_start(list, first);
    result = exec_list(name, first, list, 'p');
    va_end(list);
    return result;
}

/* --- waiting -------------------------------------------------------------- */

pid_t
wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    return (pid_t)__result(__sys_wait4(pid, status, options, usage));
}

pid_t
wait3(int *status, int options, struct rusage *usage)
{
    return wait4(-1, status, options, usage);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
    return wait4(pid, status, options, NULL);
}

pid_t
wait(int *status)
{
    return wait4(-1, status, 0, NULL);
}

/* --- who we are ----------------------------------------------------------- */

#define PLAIN(type, name, parameters, call) \
    type name parameters                    \
    {                                       \
        return (type)__result(call);        \
    }

PLAIN(pid_t, getpid, (void), __sys_getpid())
PLAIN(pid_t, getppid, (void), __sys_getppid())
PLAIN(pid_t, getpgid, (pid_t pid), __sys_getpgid(pid))
PLAIN(pid_t, getpgrp, (void), __sys_getpgid(0))
PLAIN(int, setpgid, (pid_t pid, pid_t group), __sys_setpgid(pid, group))
PLAIN(pid_t, setpgrp, (void), __sys_setpgid(0, 0))
PLAIN(pid_t, getsid, (pid_t pid), __sys_getsid(pid))
PLAIN(pid_t, setsid, (void), __sys_setsid())
PLAIN(uid_t, getuid, (void), __sys_getuid(0))
PLAIN(uid_t, geteuid, (void), __sys_getuid(1))
PLAIN(gid_t, getgid, (void), __sys_getgid(0))
PLAIN(gid_t, getegid, (void), __sys_getgid(1))
PLAIN(int, setuid, (uid_t user), __sys_setuid(user))
PLAIN(int, seteuid, (uid_t user), __sys_setuid(user))
PLAIN(int, setgid, (gid_t group), __sys_setgid(group))
PLAIN(int, setegid, (gid_t group), __sys_setgid(group))
PLAIN(int, getrusage, (int who, struct rusage *usage),
      __sys_getrusage(who, usage))
PLAIN(int, getrlimit, (int resource, struct rlimit *limit),
      __sys_rlimit(resource, NULL, limit))
PLAIN(int, setrlimit, (int resource, const struct rlimit *limit),
      __sys_rlimit(resource, limit, NULL))
PLAIN(int, setpriority, (int which, id_t who, int priority),
      __sys_setpriority(which, who, priority))
PLAIN(int, uname, (struct utsname *name), __sys_uname(name))
PLAIN(ssize_t, getrandom, (void *data, size_t size, unsigned flags),
      __sys_getrandom(data, size, flags))

int
getentropy(void *data, size_t size)
{
    if (size > 256)
        return __fail(EIO);
    return __result(__sys_getrandom(data, size, 0)) < 0 ? -1 : 0;
}

int
issetugid(void)
{
    return 0;
}

int
getpriority(int which, id_t who)
{
    int result = __sys_getpriority(which, who);

    return result < 0 ? __fail(-result) : 20 - result;
}

int
nice(int change)
{
    int before = getpriority(PRIO_PROCESS, 0), now = before + change;

    now = now > 19 ? 19 : now < -20 ? -20 : now;
    return setpriority(PRIO_PROCESS, 0, now) < 0 ? -1 : now;
}

int
sched_yield(void)
{
    __sys_yield();
    return 0;
}

int
getgroups(int size, gid_t groups[])
{
    if (size > 0)
        groups[0] = getegid();
    return 1;
}

char *
getlogin(void)
{
    static char name[64];
    const char *user = getenv("LOGNAME");

    if (!user) {
        errno = ENXIO;
        return NULL;
    }
    strlcpy(name, user, sizeof name);
    return name;
}

int
getlogin_r(char *text, size_t size)
{
    const char *name = getlogin();

    if (!name)
        return ENXIO;
    return strlcpy(text, name, size) < size ? 0 : ERANGE;
}

int
gethostname(char *text, size_t size)
{
    struct utsname name;

    if (uname(&name) != 0)
        return -1;
    return strlcpy(text, name.nodename, size) < size ? 0
                                                     : __fail(ENAMETOOLONG);
}

clock_t
times(struct tms *times)
{
    struct rusage usage;
    struct timespec now;
    clock_t *to[2][2] = {{&times->tms_utime, &times->tms_stime},
                         {&times->tms_cutime, &times->tms_cstime}};

    for (int i = 0; i < 2; i++) {
        if (getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage) != 0)
            return -1;
        *to[i][0] = usage.ru_utime.tv_sec * 100 +
                    usage.ru_utime.tv_usec / 10000;
        *to[i][1] = usage.ru_stime.tv_sec * 100 +
                    usage.ru_stime.tv_usec / 10000;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 100 + now.tv_nsec / 10000000;
}

/* --- limits --------------------------------------------------------------- */

long
sysconf(int name)
{
    switch (name) {
    case _SC_ARG_MAX:
        return ARG_MAX;
    case _SC_CHILD_MAX:
        return CHILD_MAX;
    case _SC_CLK_TCK:
        return 100;
    case _SC_NGROUPS_MAX:
        return NGROUPS_MAX;
    case _SC_OPEN_MAX:
        return getdtablesize();
    case _SC_STREAM_MAX:
        return 1000;
    case _SC_TZNAME_MAX:
        return TZNAME_MAX;
    case _SC_JOB_CONTROL: case _SC_SAVED_IDS:
        return 1;
    case _SC_VERSION: case _SC_2_VERSION:
        return _POSIX_VERSION;
    case _SC_PAGESIZE:
        return PAGESIZE;
    case _SC_LINE_MAX:
        return LINE_MAX;
    case _SC_RE_DUP_MAX:
        return RE_DUP_MAX;
    case _SC_IOV_MAX:
        return IOV_MAX;
    case _SC_LOGIN_NAME_MAX:
        return LOGIN_NAME_MAX;
    case _SC_TTY_NAME_MAX:
        return TTY_NAME_MAX;
    case _SC_SYMLOOP_MAX:
        return SYMLOOP_MAX;
    case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX;
    case _SC_EXPR_NEST_MAX:
        return EXPR_NEST_MAX;
    case _SC_COLL_WEIGHTS_MAX:
        return COLL_WEIGHTS_MAX;
    }
    return __result(__sys_sysconf(name));
}

int
getpagesize(void)
{
    return PAGESIZE;
}

int
getdtablesize(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
        return OPEN_MAX;
    return (int)limit.rlim_cur;
}

long
fpathconf(int fd, int name)
{
    (void)fd;
    switch (name) {
    case _PC_LINK_MAX:
        return 127;
    case _PC_MAX_CANON: case _PC_MAX_INPUT: case _PC_NAME_MAX:
        return 255;
    case _PC_PATH_MAX: case _PC_PIPE_BUF: case _PC_SYMLINK_MAX:
        return 4096;
    case _PC_CHOWN_RESTRICTED: case _PC_NO_TRUNC:
        return 1;
    case _PC_VDISABLE:
        return _POSIX_VDISABLE;
    case _PC_FILESIZEBITS:
        return FILESIZEBITS;
    }
    return __fail(EINVAL);
}

long
pathconf(const char *path, int name)
{
    return access(path, F_OK) == 0 ? fpathconf(-1, name) : -1;
}

size_t
confstr(int name, char *text, size_t size)
{
    if (name != _CS_PATH) {
        errno = EINVAL;
        return 0;
    }
    return strlcpy(text, _PATH_STDPATH, text ? size : 0) + 1;
}
