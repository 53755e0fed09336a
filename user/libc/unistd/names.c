#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

/* Functions on names: name(parameters) is the system layer's `call`. */
#define NAME_CALL(name, parameters, call) \
    int name parameters                   \
    {                                     \
        return (int)__result(call);       \
    }

NAME_CALL(fstat, (int fd, struct stat *stat), __sys_fstat(fd, stat))
NAME_CALL(stat, (const char *restrict path, struct stat *restrict stat),
          __sys_fstatat(AT_FDCWD, path, stat, 0))
NAME_CALL(lstat, (const char *restrict path, struct stat *restrict stat),
          __sys_fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW))
NAME_CALL(fstatat, (int folder, const char *restrict path,
                    struct stat *restrict stat, int flags),
          __sys_fstatat(folder, path, stat, flags))
NAME_CALL(access, (const char *path, int mode),
          __sys_faccessat(AT_FDCWD, path, mode, 0))
NAME_CALL(faccessat, (int folder, const char *path, int mode, int flags),
          __sys_faccessat(folder, path, mode, flags))
NAME_CALL(unlink, (const char *path), __sys_unlinkat(AT_FDCWD, path, 0))
NAME_CALL(unlinkat, (int folder, const char *path, int flags),
          __sys_unlinkat(folder, path, flags))
NAME_CALL(rmdir, (const char *path),
          __sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR))
NAME_CALL(mkdir, (const char *path, mode_t mode),
          __sys_mkdirat(AT_FDCWD, path, mode))
NAME_CALL(mkdirat, (int folder, const char *path, mode_t mode),
          __sys_mkdirat(folder, path, mode))
NAME_CALL(mknod, (const char *path, mode_t mode, dev_t device),
          __sys_mknodat(AT_FDCWD, path, mode, device))
NAME_CALL(mknodat, (int folder, const char *path, mode_t mode, dev_t device),
          __sys_mknodat(folder, path, mode, device))
NAME_CALL(mkfifo, (const char *path, mode_t mode),
          __sys_mknodat(AT_FDCWD, path, (mode & ~S_IFMT) | S_IFIFO, 0))
NAME_CALL(mkfifoat, (int folder, const char *path, mode_t mode),
          __sys_mknodat(folder, path, (mode & ~S_IFMT) | S_IFIFO, 0))
NAME_CALL(rename, (const char *from, const char *to),
          __sys_renameat(AT_FDCWD, from, AT_FDCWD, to))
NAME_CALL(renameat, (int from_folder, const char *from, int to_folder,
                     const char *to),
          __sys_renameat(from_folder, from, to_folder, to))
NAME_CALL(link, (const char *from, const char *to),
          __sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0))
NAME_CALL(linkat, (int from_folder, const char *from, int to_folder,
                   const char *to, int flags),
          __sys_linkat(from_folder, from, to_folder, to, flags))
NAME_CALL(symlink, (const char *target, const char *path),
          __sys_symlinkat(target, AT_FDCWD, path))
NAME_CALL(symlinkat, (const char *target, int folder, const char *path),
          __sys_symlinkat(target, folder, path))
NAME_CALL(chmod, (const char *path, mode_t mode),
          __sys_fchmodat(AT_FDCWD, path, mode, 0))
NAME_CALL(fchmod, (int fd, mode_t mode), __sys_fchmod(fd, mode))
NAME_CALL(fchmodat, (int folder, const char *path, mode_t mode, int flags),
          __sys_fchmodat(folder, path, mode, flags))
NAME_CALL(chown, (const char *path, uid_t owner, gid_t group),
          __sys_fchownat(AT_FDCWD, path, owner, group, 0))
NAME_CALL(lchown, (const char *path, uid_t owner, gid_t group),
          __sys_fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW))
NAME_CALL(fchown, (int fd, uid_t owner, gid_t group),
          __sys_fchown(fd, owner, group))
NAME_CALL(fchownat, (int folder, const char *path, uid_t owner, gid_t group,
                     int flags),
          __sys_fchownat(folder, path, owner, group, flags))
NAME_CALL(utimensat, (int folder, const char *path,
                      const struct timespec times[2], int flags),
          __sys_utimensat(folder, path, times, flags))
NAME_CALL(futimens, (int fd, const struct timespec times[2]),
          __sys_utimensat(fd, NULL, times, 0))
NAME_CALL(chdir, (const char *path), __sys_chdir(path))
NAME_CALL(fchdir, (int fd), __sys_fchdir(fd))

ssize_t
readlinkat(int folder, const char *restrict path, char *restrict text,
           size_t size)
{
    return __result(__sys_readlinkat(folder, path, text, size));
}

ssize_t
readlink(const char *restrict path, char *restrict text, size_t size)
{
    return readlinkat(AT_FDCWD, path, text, size);
}

mode_t
umask(mode_t mask)
{
    return __sys_umask(mask);
}

int
remove(const char *path)
{
    int result = __sys_unlinkat(AT_FDCWD, path, 0);

    /* Of a folder, POSIX and Linux say different things. */
    if (result == -EISDIR || result == -EPERM)
        result = __sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
    return (int)__result(result);
}

static int
set_times(int folder, const char *path, const struct timeval times[2],
          int flags)
{
    struct timespec fine[2];

    for (int i = 0; times && i < 2; i++) {
        if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000)
            return __fail(EINVAL);
        fine[i] = (struct timespec){times[i].tv_sec, times[i].tv_usec * 1000};
    }
    return (int)__result(
        __sys_utimensat(folder, path, times ? fine : NULL, flags));
}

int
utimes(const char *path, const struct timeval times[2])
{
    return set_times(AT_FDCWD, path, times, 0);
}

int
lutimes(const char *path, const struct timeval times[2])
{
    return set_times(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

int
futimes(int fd, const struct timeval times[2])
{
    return set_times(fd, NULL, times, 0);
}

int
utime(const char *path, const struct utimbuf *times)
{
    struct timeval both[2];

    if (times) {
        both[0] = (struct timeval){times->actime, 0};
        both[1] = (struct timeval){times->modtime, 0};
    }
    return utimes(path, times ? both : NULL);
}

char *
getcwd(char *text, size_t size)
{
    char path[PATH_MAX];

    if (text && size == 0) {
        errno = EINVAL;
        return NULL;
    }
    if (__result(__sys_getcwd(path, sizeof path)) < 0)
        return NULL;
    if (!text) /* as others have it: make one */
        return strdup(path);
    if (strlcpy(text, path, size) >= size) {
        errno = ERANGE;
        return NULL;
    }
    return text;
}

char *
get_current_dir_name(void)
{
    return getcwd(NULL, 0);
}

/* --- realpath() ----------------------------------------------------------- */

struct walk {
    char done[PATH_MAX]; /* absolute, without links */
    char left[2 * PATH_MAX]; /* what is still to be walked */
    unsigned links;
};

static void
go_up(struct walk *walk)
{
    char *slash = strrchr(walk->done, '/');

    *(slash == walk->done ? slash + 1 : slash) = '\0';
}

/* A link was found: its text comes before what is left. */
static int
follow(struct walk *walk, char *target, size_t size)
{
    if (++walk->links > SYMLOOP_MAX)
        return -ELOOP;
    if (size + strlen(walk->left) + 2 > sizeof walk->left || size >= PATH_MAX)
        return -ENAMETOOLONG;
    memmove(walk->left + size + 1, walk->left, strlen(walk->left) + 1);
    walk->left[size] = '/';
    memcpy(walk->left, target, size);
    if (*target == '/')
        strcpy(walk->done, "/");
    else
        go_up(walk);
    return 0;
}

/* Take the first part of `left`, which is not empty. */
static int
step(struct walk *walk)
{
    char target[PATH_MAX];
    size_t size = strcspn(walk->left, "/"), length = strlen(walk->done);
    bool last = walk->left[size] == '\0';
    char name[NAME_MAX + 1];
    struct stat stat;
    ssize_t got;

    if (size > NAME_MAX || length + size + 2 > PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(name, walk->left, size);
    name[size] = '\0';
    memmove(walk->left, walk->left + size + !last,
            strlen(walk->left + size + !last) + 1);
    if (size == 0 || strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        go_up(walk);
        return 0;
    }
    if (length > 1)
        strcat(walk->done, "/");
    strcat(walk->done, name);
    got = __sys_readlinkat(AT_FDCWD, walk->done, target, sizeof target);
    if (got >= 0)
        return follow(walk, target, (size_t)got);
    if (got != -EINVAL)
        return (int)got;
    if (last)
        return 0;
    got = __sys_fstatat(AT_FDCWD, walk->done, &stat, 0);
    return got == 0 && !S_ISDIR(stat.st_mode) ? -ENOTDIR : (int)got;
}

static int
resolve(struct walk *walk, const char *path)
{
    int result = 0;

    if (!*path)
        return -ENOENT;
    if (strlcpy(walk->left, path, sizeof walk->left) >= PATH_MAX)
        return -ENAMETOOLONG;
    walk->links = 0;
    strcpy(walk->done, "/");
    if (*path != '/')
        result = __sys_getcwd(walk->done, sizeof walk->done);
    while (result >= 0 && walk->left[0])
        result = step(walk);
    return result < 0 ? result : 0;
}

char *
realpath(const char *restrict path, char *restrict resolved)
{
    struct walk walk;

    if (!path) {
        errno = EINVAL;
        return NULL;
    }
    if (__result(resolve(&walk, path)) != 0)
        return NULL;
    return resolved ? strcpy(resolved, walk.done) : strdup(walk.done);
}
