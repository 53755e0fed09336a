#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

int
openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list list;

    if (flags & O_CREAT) {
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    return (int)__result(__sys_openat(folder, path, flags, mode));
}

int
open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list list;

    if (flags & O_CREAT) {
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    return (int)__result(__sys_openat(AT_FDCWD, path, flags, mode));
}

int
creat(const char *path, mode_t mode)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int
close(int fd)
{
    return (int)__result(__sys_close(fd));
}

ssize_t
read(int fd, void *data, size_t size)
{
    return __result(__sys_read(fd, data, size));
}

ssize_t
write(int fd, const void *data, size_t size)
{
    return __result(__sys_write(fd, data, size));
}

ssize_t
pread(int fd, void *data, size_t size, off_t offset)
{
    return __result(__sys_pread(fd, data, size, offset));
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return __result(__sys_pwrite(fd, data, size, offset));
}

/* Pieces go one by one: who needs them in one write has to make one. */
static ssize_t
each_piece(int fd, const struct iovec *pieces, int count, int writing)
{
    ssize_t all = 0;

    if (count < 0 || count > IOV_MAX)
        return __fail(EINVAL);
    for (int i = 0; i < count; i++) {
        ssize_t one = writing ? write(fd, pieces[i].iov_base,
                                      pieces[i].iov_len)
                              : read(fd, pieces[i].iov_base,
                                     pieces[i].iov_len);

        if (one < 0)
            return all > 0 ? all : -1;
        all += one;
        if ((size_t)one < pieces[i].iov_len)
            break;
    }
    return all;
}

ssize_t
readv(int fd, const struct iovec *pieces, int count)
{
    return each_piece(fd, pieces, count, 0);
}

ssize_t
writev(int fd, const struct iovec *pieces, int count)
{
    return each_piece(fd, pieces, count, 1);
}

off_t
lseek(int fd, off_t offset, int whence)
{
    return __result(__sys_lseek(fd, offset, whence));
}

int
fcntl(int fd, int command, ...)
{
    unsigned long argument;
    va_list list;

    va_start(list, command);
    argument = va_arg(list, unsigned long);
    va_end(list);
    return (int)__result(__sys_fcntl(fd, command, argument));
}

int
ioctl(int fd, unsigned long request, ...)
{
    void *argument;
    va_list list;

    va_start(list, request);
    argument = va_arg(list, void *);
    va_end(list);
    return (int)__result(__sys_ioctl(fd, request, argument));
}

int
dup(int fd)
{
    return (int)__result(__sys_dup(fd));
}

int
dup2(int from, int to)
{
    if (from == to)
        return fcntl(from, F_GETFD, 0) < 0 ? -1 : to;
    return (int)__result(__sys_dup3(from, to, 0));
}

int
dup3(int from, int to, int flags)
{
    return (int)__result(__sys_dup3(from, to, flags));
}

int
pipe2(int fds[2], int flags)
{
    return (int)__result(__sys_pipe2(fds, flags));
}

int
pipe(int fds[2])
{
    return pipe2(fds, 0);
}

int
fsync(int fd)
{
    return (int)__result(__sys_fsync(fd));
}

int
fdatasync(int fd)
{
    return fsync(fd);
}

void
sync(void)
{
    __sys_sync();
}

int
ftruncate(int fd, off_t size)
{
    return (int)__result(__sys_ftruncate(fd, size));
}

int
truncate(const char *path, off_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), result;

    if (fd < 0)
        return -1;
    result = __sys_ftruncate(fd, size);
    __sys_close(fd);
    return (int)__result(result);
}

int
posix_fadvise(int fd, off_t offset, off_t size, int advice)
{
    struct stat stat;

    (void)offset;
    (void)size;
    return advice < 0 || advice > 5 ? EINVAL : -__sys_fstat(fd, &stat);
}

/* A byte at the end of what has to exist: there are no holes to fill. */
int
posix_fallocate(int fd, off_t offset, off_t size)
{
    struct stat stat;
    int result;

    if (offset < 0 || size <= 0)
        return EINVAL;
    result = __sys_fstat(fd, &stat);
    if (result == 0 && stat.st_size < offset + size)
        result = __sys_ftruncate(fd, offset + size);
    return -result;
}

int
lockf(int fd, int command, off_t size)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_CUR,
                         .l_len = size};

    if (command == F_TEST) {
        if (fcntl(fd, F_GETLK, &lock) < 0)
            return -1;
        return lock.l_type == F_UNLCK ? 0 : __fail(EACCES);
    }
    if (command == F_ULOCK)
        lock.l_type = F_UNLCK;
    return fcntl(fd, command == F_LOCK ? F_SETLKW : F_SETLK, &lock);
}

/* Locks of the whole file by fcntl(), which see other processes only. */
int
flock(int fd, int operation)
{
    struct flock lock = {.l_whence = SEEK_SET};
    int kind = operation & ~LOCK_NB;

    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return __fail(EINVAL);
    lock.l_type = kind == LOCK_SH ? F_RDLCK
                  : kind == LOCK_EX ? F_WRLCK : F_UNLCK;
    return fcntl(fd, operation & LOCK_NB ? F_SETLK : F_SETLKW, &lock);
}

int
fstatvfs(int fd, struct statvfs *stat)
{
    return (int)__result(__sys_fstatvfs(fd, stat));
}

int
statvfs(const char *restrict path, struct statvfs *restrict stat)
{
    return (int)__result(__sys_statvfs(path, stat));
}

void
swab(const void *restrict from, void *restrict to, ssize_t size)
{
    const char *s = from;
    char *d = to;

    for (ssize_t i = 0; i + 1 < size; i += 2) {
        d[i] = s[i + 1];
        d[i + 1] = s[i];
    }
}
