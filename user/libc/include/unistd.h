#ifndef _UNISTD_H
#define _UNISTD_H

#include <bits/features.h>
#include <sys/types.h>

#define NULL __NULL

typedef __INTPTR_TYPE__ intptr_t;

#define _POSIX_VERSION      200809L
#define _POSIX2_VERSION     200809L
#define _POSIX_JOB_CONTROL  1
#define _POSIX_SAVED_IDS    1
#define _POSIX_NO_TRUNC     1
#define _POSIX_REGEXP       1
#define _POSIX_SHELL        1
#define _POSIX_VDISABLE     0
#define _POSIX_FSYNC        200809L
#define _POSIX_MAPPED_FILES 200809L
#define _POSIX_MEMORY_PROTECTION 200809L
#define _POSIX_MONOTONIC_CLOCK   200809L
#define _POSIX_TIMERS       (-1)
#define _POSIX_THREADS      (-1)
#define _XOPEN_VERSION      700

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

#ifdef __SHOW_XSI
#define F_ULOCK 0
#define F_LOCK  1
#define F_TLOCK 2
#define F_TEST  3
#endif

enum {
    _PC_LINK_MAX, _PC_MAX_CANON, _PC_MAX_INPUT, _PC_NAME_MAX, _PC_PATH_MAX,
    _PC_PIPE_BUF, _PC_CHOWN_RESTRICTED, _PC_NO_TRUNC, _PC_VDISABLE,
    _PC_FILESIZEBITS = 13, _PC_SYMLINK_MAX = 19
};

enum {
    _SC_ARG_MAX, _SC_CHILD_MAX, _SC_CLK_TCK, _SC_NGROUPS_MAX, _SC_OPEN_MAX,
    _SC_STREAM_MAX, _SC_TZNAME_MAX, _SC_JOB_CONTROL, _SC_SAVED_IDS,
    _SC_VERSION = 29, _SC_PAGESIZE = 30, _SC_PAGE_SIZE = 30,
    _SC_BC_BASE_MAX = 36, _SC_BC_DIM_MAX, _SC_BC_SCALE_MAX,
    _SC_BC_STRING_MAX, _SC_COLL_WEIGHTS_MAX, _SC_EXPR_NEST_MAX = 42,
    _SC_LINE_MAX, _SC_RE_DUP_MAX, _SC_2_VERSION = 46, _SC_IOV_MAX = 60,
    _SC_LOGIN_NAME_MAX = 71, _SC_TTY_NAME_MAX = 72,
    _SC_NPROCESSORS_CONF = 83, _SC_NPROCESSORS_ONLN, _SC_PHYS_PAGES,
    _SC_AVPHYS_PAGES, _SC_SYMLOOP_MAX = 173, _SC_HOST_NAME_MAX = 180
};

#define _CS_PATH 0

__C_BEGIN

extern char *optarg;
extern int opterr, optind, optopt;

__NORETURN void _exit(int);
int access(const char *, int);
unsigned alarm(unsigned);
int chdir(const char *);
int chown(const char *, uid_t, gid_t);
int close(int);
size_t confstr(int, char *, size_t);
int dup(int);
int dup2(int, int);
int execl(const char *, const char *, ...);
int execle(const char *, const char *, ...);
int execlp(const char *, const char *, ...);
int execv(const char *, char *const[]);
int execve(const char *, char *const[], char *const[]);
int execvp(const char *, char *const[]);
int faccessat(int, const char *, int, int);
int fchdir(int);
int fchown(int, uid_t, gid_t);
int fchownat(int, const char *, uid_t, gid_t, int);
int fdatasync(int);
int fexecve(int, char *const[], char *const[]);
pid_t fork(void);
long fpathconf(int, int);
int fsync(int);
int ftruncate(int, off_t);
char *getcwd(char *, size_t);
gid_t getegid(void);
uid_t geteuid(void);
gid_t getgid(void);
int getgroups(int, gid_t[]);
int gethostname(char *, size_t);
char *getlogin(void);
int getlogin_r(char *, size_t);
int getopt(int, char *const[], const char *);
pid_t getpgid(pid_t);
pid_t getpgrp(void);
pid_t getpid(void);
pid_t getppid(void);
pid_t getsid(pid_t);
uid_t getuid(void);
int isatty(int);
int lchown(const char *, uid_t, gid_t);
int link(const char *, const char *);
int linkat(int, const char *, int, const char *, int);
off_t lseek(int, off_t, int);
long pathconf(const char *, int);
int pause(void);
int pipe(int[2]);
ssize_t pread(int, void *, size_t, off_t);
ssize_t pwrite(int, const void *, size_t, off_t);
ssize_t read(int, void *, size_t);
ssize_t readlink(const char *__restrict, char *__restrict, size_t);
ssize_t readlinkat(int, const char *__restrict, char *__restrict, size_t);
int rmdir(const char *);
int setegid(gid_t);
int seteuid(uid_t);
int setgid(gid_t);
int setpgid(pid_t, pid_t);
pid_t setsid(void);
int setuid(uid_t);
unsigned sleep(unsigned);
int symlink(const char *, const char *);
int symlinkat(const char *, int, const char *);
long sysconf(int);
pid_t tcgetpgrp(int);
int tcsetpgrp(int, pid_t);
int truncate(const char *, off_t);
char *ttyname(int);
int ttyname_r(int, char *, size_t);
int unlink(const char *);
int unlinkat(int, const char *, int);
ssize_t write(int, const void *, size_t);

#ifdef __SHOW_XSI
int lockf(int, int, off_t);
int nice(int);
pid_t setpgrp(void);
void swab(const void *__restrict, void *__restrict, ssize_t);
void sync(void);
#endif

#ifdef __SHOW_MISC
int dup3(int, int, int);
int execvpe(const char *, char *const[], char *const[]);
char *get_current_dir_name(void);
int getdtablesize(void);
int getentropy(void *, size_t);
int getpagesize(void);
int issetugid(void);
int pipe2(int[2], int);
int usleep(unsigned);
pid_t vfork(void);
#endif

#ifdef __SHOW_GNU
extern char **environ;
#endif

__C_END

#endif
