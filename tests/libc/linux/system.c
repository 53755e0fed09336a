/*
 * The system layer over Linux, for tests: one raw system call each, where
 * structures agree, and what turns them over where they do not.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

static long
call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define CALL4(n, a, b, c, d) \
    call(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CALL3(n, a, b, c) CALL4(n, a, b, c, 0)
#define CALL2(n, a, b)    CALL4(n, a, b, 0, 0)
#define CALL1(n, a)       CALL4(n, a, 0, 0, 0)
#define CALL0(n)          CALL4(n, 0, 0, 0, 0)

/* name(parameters) { return CALL(number, arguments) } */
#define PLAIN(type, name, parameters, result) \
    type name parameters                      \
    {                                         \
        return (type)result;                  \
    }

/* --- files ---------------------------------------------------------------- */

PLAIN(int, __sys_openat, (int at, const char *path, int flags, mode_t mode),
      CALL4(257, at, path, flags, mode))
PLAIN(int, __sys_close, (int fd), CALL1(3, fd))
PLAIN(ssize_t, __sys_read, (int fd, void *data, size_t size),
      CALL3(0, fd, data, size))
PLAIN(ssize_t, __sys_write, (int fd, const void *data, size_t size),
      CALL3(1, fd, data, size))
PLAIN(ssize_t, __sys_pread, (int fd, void *data, size_t size, off_t at),
      CALL4(17, fd, data, size, at))
PLAIN(ssize_t, __sys_pwrite, (int fd, const void *data, size_t size, off_t at),
      CALL4(18, fd, data, size, at))
PLAIN(off_t, __sys_lseek, (int fd, off_t offset, int whence),
      CALL3(8, fd, offset, whence))
PLAIN(int, __sys_fstat, (int fd, struct stat *stat), CALL2(5, fd, stat))
PLAIN(int, __sys_fstatat,
      (int at, const char *path, struct stat *stat, int flags),
      CALL4(262, at, path, stat, flags))
PLAIN(int, __sys_ftruncate, (int fd, off_t size), CALL2(77, fd, size))
PLAIN(int, __sys_fsync, (int fd), CALL1(74, fd))
PLAIN(int, __sys_fcntl, (int fd, int command, unsigned long argument),
      CALL3(72, fd, command, argument))
PLAIN(int, __sys_dup, (int fd), CALL1(32, fd))
PLAIN(int, __sys_dup3, (int from, int to, int flags),
      CALL3(292, from, to, flags))
PLAIN(int, __sys_pipe2, (int fds[2], int flags), CALL2(293, fds, flags))
PLAIN(ssize_t, __sys_readlinkat,
      (int at, const char *path, char *data, size_t size),
      CALL4(267, at, path, data, size))

void
__sys_sync(void)
{
    CALL0(162);
}

/* The kernel's struct termios is the first 36 bytes of ours. */
int
__sys_ioctl(int fd, unsigned long request, void *argument)
{
    return (int)CALL3(16, fd, request, argument);
}

int
__sys_poll(struct pollfd *fds, unsigned long count,
           const struct timespec *timeout, const sigset_t *mask)
{
    struct timespec left;

    if (timeout)
        left = *timeout;
    return (int)call(271, (long)fds, (long)count,
                     (long)(timeout ? &left : NULL), (long)mask, 8, 0);
}

/* Linux: inode, offset, length, type, name. Ours is larger by its name. */
struct linux_dirent {
    unsigned long inode;
    long offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

#include <dirent.h>

ssize_t
__sys_getdents(int fd, void *data, size_t size)
{
    char raw[1024] __attribute__((aligned(8)));
    struct dirent *out = data;
    size_t room = size / sizeof *out * 24; /* no entry of Linux is smaller */
    long got;

    got = CALL3(217, fd, raw, room < sizeof raw ? room : sizeof raw);
    if (got <= 0)
        return got;
    for (char *at = raw; at < raw + got;) {
        struct linux_dirent *entry = (void *)at;

        if ((char *)(out + 1) > (char *)data + size)
            return -EINVAL;
        *out = (struct dirent){entry->inode, entry->offset, sizeof *out,
                               entry->type, ""};
        strlcpy(out->d_name, entry->name, sizeof out->d_name);
        out++;
        at += entry->length;
    }
    return (char *)out - (char *)data;
}

struct linux_statfs {
    long type, bsize, blocks, bfree, bavail, files, ffree;
    long fsid, namelen, frsize, flags, spare[4];
};

static int
turn_statfs(long result, const struct linux_statfs *from, struct statvfs *to)
{
    *to = (struct statvfs){
        .f_bsize = (unsigned long)from->bsize,
        .f_frsize = (unsigned long)from->frsize,
        .f_blocks = (fsblkcnt_t)from->blocks,
        .f_bfree = (fsblkcnt_t)from->bfree,
        .f_bavail = (fsblkcnt_t)from->bavail,
        .f_files = (fsfilcnt_t)from->files,
        .f_ffree = (fsfilcnt_t)from->ffree,
        .f_favail = (fsfilcnt_t)from->ffree,
        .f_fsid = (unsigned long)from->fsid,
        .f_flag = (unsigned long)from->flags,
        .f_namemax = (unsigned long)from->namelen,
    };
    return (int)result;
}

int
__sys_fstatvfs(int fd, struct statvfs *stat)
{
    struct linux_statfs raw = {0};

    return turn_statfs(CALL2(138, fd, &raw), &raw, stat);
}

int
__sys_statvfs(const char *path, struct statvfs *stat)
{
    struct linux_statfs raw = {0};

    return turn_statfs(CALL2(137, path, &raw), &raw, stat);
}

/* --- names ---------------------------------------------------------------- */

PLAIN(int, __sys_faccessat, (int at, const char *path, int mode, int flags),
      (flags ? CALL4(439, at, path, mode, flags)
             : CALL3(269, at, path, mode)))
PLAIN(int, __sys_unlinkat, (int at, const char *path, int flags),
      CALL3(263, at, path, flags))
PLAIN(int, __sys_mkdirat, (int at, const char *path, mode_t mode),
      CALL3(258, at, path, mode))
PLAIN(int, __sys_mknodat, (int at, const char *path, mode_t mode, dev_t dev),
      CALL4(259, at, path, mode, dev))
PLAIN(int, __sys_renameat,
      (int from_at, const char *from, int to_at, const char *to),
      CALL4(264, from_at, from, to_at, to))
PLAIN(int, __sys_linkat,
      (int from_at, const char *from, int to_at, const char *to, int flags),
      call(265, from_at, (long)from, to_at, (long)to, flags, 0))
PLAIN(int, __sys_symlinkat, (const char *target, int at, const char *path),
      CALL3(266, target, at, path))
PLAIN(int, __sys_fchmod, (int fd, mode_t mode), CALL2(91, fd, mode))
PLAIN(int, __sys_fchmodat, (int at, const char *path, mode_t mode, int flags),
      (flags ? -EOPNOTSUPP : CALL3(268, at, path, mode)))
PLAIN(int, __sys_fchown, (int fd, uid_t owner, gid_t group),
      CALL3(93, fd, owner, group))
PLAIN(int, __sys_fchownat,
      (int at, const char *path, uid_t owner, gid_t group, int flags),
      call(260, at, (long)path, owner, group, flags, 0))
PLAIN(int, __sys_utimensat,
      (int at, const char *path, const struct timespec times[2], int flags),
      CALL4(280, at, path, times, flags))
PLAIN(int, __sys_chdir, (const char *path), CALL1(80, path))
PLAIN(int, __sys_fchdir, (int fd), CALL1(81, fd))
PLAIN(int, __sys_getcwd, (char *data, size_t size), CALL2(79, data, size))
PLAIN(mode_t, __sys_umask, (mode_t mask), CALL1(95, mask))

/* --- memory --------------------------------------------------------------- */

PLAIN(long, __sys_mmap,
      (void *address, size_t size, int protection, int flags, int fd,
       off_t offset),
      call(9, (long)address, (long)size, protection, flags, fd, offset))
PLAIN(int, __sys_munmap, (void *address, size_t size),
      CALL2(11, address, size))
PLAIN(int, __sys_mprotect, (void *address, size_t size, int protection),
      CALL3(10, address, size, protection))
PLAIN(int, __sys_msync, (void *address, size_t size, int flags),
      CALL3(26, address, size, flags))
PLAIN(int, __sys_madvise, (void *address, size_t size, int advice),
      CALL3(28, address, size, advice))

/* --- processes ------------------------------------------------------------ */

void
__sys_exit(int status)
{
    for (;;)
        CALL1(231, status);
}

PLAIN(pid_t, __sys_fork, (void), CALL0(57))
PLAIN(int, __sys_execve,
      (const char *path, char *const argv[], char *const envp[]),
      CALL3(59, path, argv, envp))
PLAIN(pid_t, __sys_wait4,
      (pid_t pid, int *status, int options, struct rusage *usage),
      CALL4(61, pid, status, options, usage))
PLAIN(int, __sys_kill, (pid_t pid, int number), CALL2(62, pid, number))
PLAIN(pid_t, __sys_getpid, (void), CALL0(39))
PLAIN(pid_t, __sys_getppid, (void), CALL0(110))
PLAIN(pid_t, __sys_getpgid, (pid_t pid), CALL1(121, pid))
PLAIN(int, __sys_setpgid, (pid_t pid, pid_t group), CALL2(109, pid, group))
PLAIN(pid_t, __sys_getsid, (pid_t pid), CALL1(124, pid))
PLAIN(pid_t, __sys_setsid, (void), CALL0(112))
PLAIN(uid_t, __sys_getuid, (int effective), CALL0(effective ? 107 : 102))
PLAIN(gid_t, __sys_getgid, (int effective), CALL0(effective ? 108 : 104))
PLAIN(int, __sys_setuid, (uid_t user), CALL1(105, user))
PLAIN(int, __sys_setgid, (gid_t group), CALL1(106, group))
PLAIN(int, __sys_getpriority, (int which, id_t who), CALL2(140, which, who))
PLAIN(int, __sys_setpriority, (int which, id_t who, int priority),
      CALL3(141, which, who, priority))
PLAIN(int, __sys_getrusage, (int who, struct rusage *usage),
      CALL2(98, who, usage))
PLAIN(int, __sys_rlimit,
      (int resource, const struct rlimit *new, struct rlimit *old),
      CALL4(302, 0, resource, new, old))

void
__sys_yield(void)
{
    CALL0(24);
}

/* --- signals -------------------------------------------------------------- */

struct linux_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

void linux_restore(void);
__asm__(".text\n"
        "linux_restore:\n"
        "    mov $15, %eax\n"
        "    syscall\n");

int
__sys_sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
    struct linux_sigaction in, out;
    long result;

    if (new)
        in = (struct linux_sigaction){new->sa_handler,
                                      (unsigned)new->sa_flags | 0x04000000u,
                                      linux_restore, new->sa_mask.__bits};
    result = CALL4(13, number, new ? &in : NULL, old ? &out : NULL, 8);
    if (result == 0 && old) {
        memset(old, 0, sizeof *old);
        old->sa_handler = out.handler;
        old->sa_flags = (int)(out.flags & ~0x04000000u);
        old->sa_mask.__bits = out.mask;
    }
    return (int)result;
}

PLAIN(int, __sys_sigprocmask, (int how, const sigset_t *new, sigset_t *old),
      CALL4(14, how, new, old, 8))
PLAIN(int, __sys_sigpending, (sigset_t *set), CALL2(127, set, 8))
PLAIN(int, __sys_sigsuspend, (const sigset_t *mask), CALL2(130, mask, 8))
PLAIN(int, __sys_sigwait, (const sigset_t *set), CALL4(128, set, 0, 0, 8))
PLAIN(int, __sys_sigaltstack, (const stack_t *new, stack_t *old),
      CALL2(131, new, old))

/* --- time and the rest ---------------------------------------------------- */

PLAIN(int, __sys_clock_gettime, (clockid_t clock, struct timespec *time),
      CALL2(228, clock, time))
PLAIN(int, __sys_clock_settime, (clockid_t clock, const struct timespec *time),
      CALL2(227, clock, time))
PLAIN(int, __sys_clock_getres, (clockid_t clock, struct timespec *time),
      CALL2(229, clock, time))
PLAIN(int, __sys_clock_nanosleep,
      (clockid_t clock, int flags, const struct timespec *time,
       struct timespec *left),
      CALL4(230, clock, flags, time, left))
PLAIN(int, __sys_getitimer, (int which, struct itimerval *value),
      CALL2(36, which, value))
PLAIN(int, __sys_setitimer,
      (int which, const struct itimerval *new, struct itimerval *old),
      CALL3(38, which, new, old))
PLAIN(ssize_t, __sys_getrandom, (void *data, size_t size, unsigned flags),
      CALL3(318, data, size, flags))
PLAIN(int, __sys_uname, (struct utsname *name), CALL1(63, name))

long
__sys_sysconf(int name)
{
    unsigned char mask[128] = {0};
    long count = 0, size;

    if (name != _SC_NPROCESSORS_CONF && name != _SC_NPROCESSORS_ONLN)
        return -EINVAL;
    size = CALL3(204, 0, sizeof mask, mask);
    for (long i = 0; i < size; i++)
        count += __builtin_popcount(mask[i]);
    return count;
}

#define ARCH_SET_FS 0x1002

int
__sys_set_thread_pointer(void *block)
{
    return (int)CALL2(158, ARCH_SET_FS, block);
}
