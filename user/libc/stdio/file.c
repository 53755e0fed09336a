#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/libc/internal/system.h"
#include "user/libc/stdio/internal.h"

static struct lock list_lock;
static FILE *all_files;

/* --- streams of file descriptors ------------------------------------------ */

static ssize_t
fd_read(FILE *file, void *data, size_t size)
{
    return __sys_read(file->fd, data, size);
}

static ssize_t
fd_write(FILE *file, const void *data, size_t size)
{
    return __sys_write(file->fd, data, size);
}

static off_t
fd_seek(FILE *file, off_t offset, int whence)
{
    return __sys_lseek(file->fd, offset, whence);
}

static int
fd_close(FILE *file)
{
    return __sys_close(file->fd);
}

const struct file_calls __fd_calls = {fd_read, fd_write, fd_seek, fd_close};

static unsigned char in_buffer[UNGET + BUFSIZ], out_buffer[UNGET + BUFSIZ];

static struct __file in = {
    .flags = F_READ | F_STATIC, .fd = 0, .calls = &__fd_calls,
    .buffer = in_buffer + UNGET, .size = BUFSIZ,
    .at = in_buffer + UNGET, .end = in_buffer + UNGET};
static struct __file out = {
    .flags = F_WRITE | F_STATIC | F_UNDECIDED, .fd = 1, .calls = &__fd_calls,
    .buffer = out_buffer + UNGET, .size = BUFSIZ,
    .at = out_buffer + UNGET, .end = out_buffer + UNGET};
static struct __file error = {
    .flags = F_WRITE | F_STATIC | F_DIRECT, .fd = 2, .calls = &__fd_calls,
    .buffer = error.small + UNGET, .size = 1, .at = error.small + UNGET,
    .end = error.small + UNGET};

#undef stdin
#undef stdout
#undef stderr
FILE *const stdin = &in;
FILE *const stdout = &out;
FILE *const stderr = &error;

/* --- all streams ---------------------------------------------------------- */

static int
flush_all(void)
{
    int result = __file_flush(&out);

    __lock(&list_lock);
    for (FILE *file = all_files; file; file = file->next)
        result |= __file_flush(file);
    __unlock(&list_lock);
    return result;
}

/* At the end: output goes out, and input that was read ahead and not used goes
 * back where that is possible, for who shares the file (POSIX, exit()). */
static void
finish(void)
{
    flush_all();
    if ((in.flags & F_READING) && in.at < in.end)
        __sys_lseek(in.fd, in.at - in.end, SEEK_CUR);
}

FILE *
__file_new(unsigned flags, const struct file_calls *calls)
{
    FILE *file = calloc(1, sizeof *file);

    if (!file)
        return NULL;
    file->flags = flags;
    file->fd = -1;
    file->calls = calls;
    __lock(&list_lock);
    file->next = all_files;
    if (all_files)
        all_files->previous = file;
    all_files = file;
    __unlock(&list_lock);
    __stdio_at_exit = finish;
    return file;
}

void
__file_free(FILE *file)
{
    if (file->flags & F_OWN_BUFFER)
        free(file->buffer - UNGET);
    free(file->line);
    file->line = NULL;
    if (file->flags & F_STATIC) {
        file->flags = F_STATIC;
        file->buffer = file->at = file->end = file->small + UNGET;
        file->size = 1;
        return;
    }
    __lock(&list_lock);
    if (file->previous)
        file->previous->next = file->next;
    else
        all_files = file->next;
    if (file->next)
        file->next->previous = file->previous;
    __unlock(&list_lock);
    free(file);
}

int
fflush_unlocked(FILE *file)
{
    if (!file)
        return flush_all();
    if ((file->flags & F_READING) && file->calls->seek) {
        /* POSIX: the file's offset becomes that of the stream. */
        off_t left = file->end - file->at;

        if (left == 0 || file->calls->seek(file, -left, SEEK_CUR) >= 0) {
            file->at = file->end = file->buffer;
            file->flags &= ~(unsigned)F_READING;
        }
        return 0;
    }
    return __file_flush(file);
}

/* --- opening and closing -------------------------------------------------- */

bool
__file_mode(const char *mode, unsigned *flags, int *open_flags)
{
    bool update = strchr(mode, '+') != NULL;

    switch (*mode) {
    case 'r':
        *open_flags = 0;
        break;
    case 'w':
        *open_flags = O_CREAT | O_TRUNC;
        break;
    case 'a':
        *open_flags = O_CREAT | O_APPEND;
        break;
    default:
        return false;
    }
    *flags = *mode == 'r' ? F_READ : F_WRITE;
    if (*mode == 'a')
        *flags |= F_APPEND;
    if (update)
        *flags |= F_READ | F_WRITE;
    *open_flags |= update ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    if (strchr(mode, 'x'))
        *open_flags |= O_EXCL;
    if (strchr(mode, 'e'))
        *open_flags |= O_CLOEXEC;
    return true;
}

FILE *
fdopen(int fd, const char *mode)
{
    unsigned flags;
    int open_flags, status;
    FILE *file;

    if (!__file_mode(mode, &flags, &open_flags)) {
        errno = EINVAL;
        return NULL;
    }
    status = __sys_fcntl(fd, F_GETFL, 0);
    if (status < 0) {
        errno = -status;
        return NULL;
    }
    file = __file_new(flags | F_UNDECIDED, &__fd_calls);
    if (!file)
        return NULL;
    file->fd = fd;
    if ((open_flags & O_APPEND) && !(status & O_APPEND))
        __sys_fcntl(fd, F_SETFL, (unsigned long)(status | O_APPEND));
    if (open_flags & O_CLOEXEC)
        __sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
    return file;
}

FILE *
fopen(const char *restrict path, const char *restrict mode)
{
    unsigned flags;
    int open_flags, fd;
    FILE *file;

    if (!__file_mode(mode, &flags, &open_flags)) {
        errno = EINVAL;
        return NULL;
    }
    fd = (int)__result(__sys_openat(AT_FDCWD, path, open_flags, 0666));
    if (fd < 0)
        return NULL;
    file = __file_new(flags | F_UNDECIDED, &__fd_calls);
    if (!file) {
        __sys_close(fd);
        return NULL;
    }
    file->fd = fd;
    return file;
}

static int
close_file(FILE *file)
{
    int result = fflush_unlocked(file);
    int closed = file->calls->close ? file->calls->close(file) : 0;

    if (closed < 0)
        result = __fail(-closed);
    return result;
}

int
fclose(FILE *file)
{
    int result;

    flockfile(file);
    result = close_file(file);
    funlockfile(file);
    __file_free(file);
    return result;
}

/* Another mode for the same file: POSIX leaves open which changes work. */
static FILE *
change_mode(FILE *file, unsigned flags, int open_flags)
{
    int status = __sys_fcntl(file->fd, F_GETFL, 0);
    int wanted = status & ~O_APPEND;

    if (status < 0) {
        errno = EBADF;
        return NULL;
    }
    if (open_flags & O_APPEND)
        wanted |= O_APPEND;
    __sys_fcntl(file->fd, F_SETFL, (unsigned long)wanted);
    file->flags = (file->flags & (F_STATIC | F_OWN_BUFFER)) | flags |
                  F_UNDECIDED;
    return file;
}

FILE *
freopen(const char *restrict path, const char *restrict mode,
        FILE *restrict file)
{
    unsigned flags, kept = file->flags & (F_STATIC | F_OWN_BUFFER);
    int open_flags, fd;

    fflush_unlocked(file);
    file->at = file->end = file->buffer;
    if (!__file_mode(mode, &flags, &open_flags)) {
        fclose(file);
        errno = EINVAL;
        return NULL;
    }
    if (!path)
        return change_mode(file, flags, open_flags);
    fd = (int)__result(__sys_openat(AT_FDCWD, path, open_flags, 0666));
    if (fd >= 0 && file->fd >= 0 && fd != file->fd) {
        /* The number stays, so that freopen of stdout means fd 1. */
        int result = __sys_dup3(fd, file->fd, open_flags & O_CLOEXEC);

        __sys_close(fd);
        fd = (int)__result(result);
    }
    if (fd < 0) {
        int problem = errno;

        fclose(file);
        errno = problem;
        return NULL;
    }
    file->fd = fd;
    file->calls = &__fd_calls;
    file->flags = kept | flags | F_UNDECIDED;
    file->orientation = 0;
    return file;
}

int
fileno_unlocked(FILE *file)
{
    return file->fd >= 0 ? file->fd : __fail(EBADF);
}

int
fileno(FILE *file)
{
    return fileno_unlocked(file);
}

/* --- buffers -------------------------------------------------------------- */

static bool
make_buffer(FILE *file)
{
    unsigned char *memory;

    if (file->flags & F_UNDECIDED) {
        struct winsize {
            unsigned short cells[4];
        } size;

        file->flags &= ~(unsigned)F_UNDECIDED;
        if (file->fd >= 0 && __sys_ioctl(file->fd, 0x5413, &size) == 0)
            file->flags |= F_LINE;
    }
    if (file->buffer)
        return true;
    memory = file->flags & F_DIRECT ? NULL : malloc(UNGET + BUFSIZ);
    if (memory) {
        file->flags |= F_OWN_BUFFER;
        file->size = BUFSIZ;
        file->buffer = memory + UNGET;
    } else {
        file->size = 1;
        file->buffer = file->small + UNGET;
    }
    file->at = file->end = file->buffer;
    return true;
}

int
setvbuf(FILE *restrict file, char *restrict data, int mode, size_t size)
{
    if (mode < _IOFBF || mode > _IONBF)
        return __fail(EINVAL);
    if (file->flags & (F_READING | F_WRITING))
        fflush_unlocked(file);
    if (file->flags & (F_READING | F_WRITING) && file->at != file->buffer)
        return __fail(EBUSY);
    file->flags &= ~(unsigned)(F_LINE | F_DIRECT | F_UNDECIDED | F_READING |
                               F_WRITING);
    file->flags |= mode == _IOLBF ? F_LINE : mode == _IONBF ? F_DIRECT : 0;
    if (mode == _IONBF || (data && size > UNGET)) {
        if (file->flags & F_OWN_BUFFER)
            free(file->buffer - UNGET);
        file->flags &= ~(unsigned)F_OWN_BUFFER;
        file->buffer = mode == _IONBF ? file->small + UNGET
                                      : (unsigned char *)data + UNGET;
        file->size = mode == _IONBF ? 1 : size - UNGET;
    } else if (file->buffer == file->small + UNGET) {
        file->buffer = NULL; /* one is made at first use */
    }
    file->at = file->end = file->buffer;
    return 0;
}

void
setbuffer(FILE *file, char *data, size_t size)
{
    setvbuf(file, data, data ? _IOFBF : _IONBF, size);
}

void
setbuf(FILE *restrict file, char *restrict data)
{
    setbuffer(file, data, BUFSIZ);
}

void
setlinebuf(FILE *file)
{
    setvbuf(file, NULL, _IOLBF, 0);
}

bool
__file_start_reading(FILE *file)
{
    if (!(file->flags & F_READ)) {
        file->flags |= F_ERROR;
        return __fail(EBADF) == 0;
    }
    if ((file->flags & F_WRITING) && __file_flush(file) != 0)
        return false;
    make_buffer(file);
    if (!(file->flags & F_READING))
        file->at = file->end = file->buffer;
    file->flags = (file->flags & ~(unsigned)F_WRITING) | F_READING;
    return true;
}

bool
__file_start_writing(FILE *file)
{
    if (!(file->flags & F_WRITE)) {
        file->flags |= F_ERROR;
        return __fail(EBADF) == 0;
    }
    if (file->flags & F_WRITING)
        return true;
    if (file->flags & F_READING)
        fflush_unlocked(file);
    __stdio_at_exit = finish;
    make_buffer(file);
    file->at = file->end = file->buffer;
    if (!(file->flags & (F_LINE | F_DIRECT)))
        file->end = file->buffer + file->size;
    file->flags = (file->flags & ~(unsigned)(F_READING | F_EOF)) | F_WRITING;
    return true;
}
