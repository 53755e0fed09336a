/*
 * The system layer: all that the C library asks of the system below it. The
 * rest of the library is portable C over these functions.
 *
 * user/libc/kindling/ brings them over Kindling's io protocol, tests/libc/linux
 * over Linux, for tests. Arguments, structures and numbers are those of the
 * public headers. A result below 0 is -errno; nothing here sets errno, may be
 * called by another name, or is a cancellation point. Functions with `at` take
 * AT_FDCWD and AT_* flags as POSIX has them.
 */
#ifndef LIBC_INTERNAL_SYSTEM_H
#define LIBC_INTERNAL_SYSTEM_H

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/utsname.h>

/* --- files ---------------------------------------------------------------- */

int __sys_openat(int folder, const char *path, int flags, mode_t mode);
int __sys_close(int fd);
ssize_t __sys_read(int fd, void *data, size_t size);
ssize_t __sys_write(int fd, const void *data, size_t size);
ssize_t __sys_pread(int fd, void *data, size_t size, off_t offset);
ssize_t __sys_pwrite(int fd, const void *data, size_t size, off_t offset);
off_t __sys_lseek(int fd, off_t offset, int whence);
int __sys_fstat(int fd, struct stat *stat);
int __sys_fstatat(int folder, const char *path, struct stat *stat, int flags);
int __sys_fstatvfs(int fd, struct statvfs *stat);
int __sys_statvfs(const char *path, struct statvfs *stat);
int __sys_ftruncate(int fd, off_t size);
int __sys_fsync(int fd);
void __sys_sync(void);
int __sys_fcntl(int fd, int command, unsigned long argument);
int __sys_dup(int fd);
int __sys_dup3(int from, int to, int flags); /* from == to: EINVAL */
int __sys_pipe2(int fds[2], int flags);
/* TIOC*, FIONREAD, and the terminal's state by TCGETS and TCSETS (+ action). */
int __sys_ioctl(int fd, unsigned long request, void *argument);
#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSBRK 0x5409
#define TCXONC 0x540A
#define TCFLSH 0x540B
int __sys_poll(struct pollfd *fds, unsigned long count,
               const struct timespec *timeout, const sigset_t *mask);
/* Directory entries as struct dirent, d_reclen bytes each. */
ssize_t __sys_getdents(int fd, void *data, size_t size);

/* --- names ---------------------------------------------------------------- */

int __sys_faccessat(int folder, const char *path, int mode, int flags);
int __sys_unlinkat(int folder, const char *path, int flags);
int __sys_mkdirat(int folder, const char *path, mode_t mode);
int __sys_mknodat(int folder, const char *path, mode_t mode, dev_t device);
int __sys_renameat(int from_folder, const char *from, int to_folder,
                   const char *to);
int __sys_linkat(int from_folder, const char *from, int to_folder,
                 const char *to, int flags);
int __sys_symlinkat(const char *target, int folder, const char *path);
ssize_t __sys_readlinkat(int folder, const char *path, char *data,
                         size_t size);
int __sys_fchmod(int fd, mode_t mode);
int __sys_fchmodat(int folder, const char *path, mode_t mode, int flags);
int __sys_fchown(int fd, uid_t owner, gid_t group);
int __sys_fchownat(int folder, const char *path, uid_t owner, gid_t group,
                   int flags);
/* path may be NULL: then folder is the file itself. */
int __sys_utimensat(int folder, const char *path,
                    const struct timespec times[2], int flags);
int __sys_chdir(const char *path);
int __sys_fchdir(int fd);
int __sys_getcwd(char *data, size_t size); /* ERANGE where it does not fit */
mode_t __sys_umask(mode_t mask);

/* --- memory --------------------------------------------------------------- */

/* The address, or -errno. */
long __sys_mmap(void *address, size_t size, int protection, int flags, int fd,
                off_t offset);
int __sys_munmap(void *address, size_t size);
int __sys_mprotect(void *address, size_t size, int protection);
int __sys_msync(void *address, size_t size, int flags);
int __sys_madvise(void *address, size_t size, int advice);

/* --- processes ------------------------------------------------------------ */

__NORETURN void __sys_exit(int status);
pid_t __sys_fork(void);
int __sys_execve(const char *path, char *const argv[], char *const envp[]);
pid_t __sys_wait4(pid_t pid, int *status, int options, struct rusage *usage);
int __sys_kill(pid_t pid, int number);
pid_t __sys_getpid(void);
pid_t __sys_getppid(void);
pid_t __sys_getpgid(pid_t pid);
int __sys_setpgid(pid_t pid, pid_t group);
pid_t __sys_getsid(pid_t pid);
pid_t __sys_setsid(void);
uid_t __sys_getuid(int effective);
gid_t __sys_getgid(int effective);
int __sys_setuid(uid_t user);
int __sys_setgid(gid_t group);
int __sys_getpriority(int which, id_t who); /* 20 - priority, 1 to 40 */
int __sys_setpriority(int which, id_t who, int priority);
int __sys_getrusage(int who, struct rusage *usage);
int __sys_rlimit(int resource, const struct rlimit *new, struct rlimit *old);
void __sys_yield(void);

/* --- signals -------------------------------------------------------------- */

int __sys_sigaction(int number, const struct sigaction *new,
                    struct sigaction *old);
int __sys_sigprocmask(int how, const sigset_t *new, sigset_t *old);
int __sys_sigpending(sigset_t *set);
int __sys_sigsuspend(const sigset_t *mask);
int __sys_sigwait(const sigset_t *set); /* the signal's number */
int __sys_sigaltstack(const stack_t *new, stack_t *old);

/* --- time and the rest ---------------------------------------------------- */

struct itimerval;
int __sys_clock_gettime(clockid_t clock, struct timespec *time);
int __sys_clock_settime(clockid_t clock, const struct timespec *time);
int __sys_clock_getres(clockid_t clock, struct timespec *resolution);
int __sys_clock_nanosleep(clockid_t clock, int flags,
                          const struct timespec *time, struct timespec *left);
int __sys_getitimer(int which, struct itimerval *value);
int __sys_setitimer(int which, const struct itimerval *new,
                    struct itimerval *old);
ssize_t __sys_getrandom(void *data, size_t size, unsigned flags);
int __sys_uname(struct utsname *name);
long __sys_sysconf(int name); /* CPUs and pages of memory; else EINVAL */
int __sys_set_thread_pointer(void *block);

#endif
