/*
 * File descriptors: sessions to open files. Offset and status flags live in
 * the server, so that copies of a descriptor share them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <termios.h>

#include "user/libc/kindling/kindling.h"
#include "user/proto/tty.h"

#define CHUNK_MAX (1UL << 30) /* of one call: a lease has a limit */
#define NS 1000000000L

/* --- the table ------------------------------------------------------------ */

struct file *
__file(int fd)
{
    if (fd < 0 || fd >= FILES_MAX || __system.files[fd].handle == 0)
        return NULL;
    return &__system.files[fd];
}

int
__file_add(int from, handle_t handle, uint32_t mode, bool close_on_exec)
{
    if (handle == 0) /* there was no room for it in our table of handles */
        return -EMFILE;
    for (int fd = from; fd < FILES_MAX; fd++)
        if (__system.files[fd].handle == 0) {
            __system.files[fd] = (struct file){
                .handle = handle, .mode = mode,
                .close_on_exec = close_on_exec,
            };
            return fd;
        }
    return -EMFILE;
}

int
__sys_close(int fd)
{
    struct file *file = __file(fd);

    if (file == NULL)
        return -EBADF;
    sys_close(file->handle);
    free(file->path);
    *file = (struct file){ 0 };
    return 0;
}

static int
duplicate(int fd, int from, bool close_on_exec)
{
    struct file *file = __file(fd);
    int64_t handle;
    int to;

    if (file == NULL)
        return -EBADF;
    if (from < 0 || from >= FILES_MAX)
        return -EINVAL;
    handle = sys_duplicate(file->handle,
                           SYS_RIGHT_SEND | SYS_RIGHT_DUPLICATE |
                               SYS_RIGHT_TRANSFER);
    if (handle < 0)
        return __error_of(handle);
    to = __file_add(from, (handle_t)handle, file->mode, close_on_exec);
    if (to < 0)
        sys_close((handle_t)handle);
    else if (file->path != NULL)
        __system.files[to].path = strdup(file->path);
    return to;
}

int
__sys_dup(int fd)
{
    return duplicate(fd, 0, false);
}

int
__sys_dup3(int from, int to, int flags)
{
    struct file old;
    int result;

    if (from == to || (flags & ~O_CLOEXEC) != 0)
        return -EINVAL;
    if (__file(from) == NULL || to < 0 || to >= FILES_MAX)
        return -EBADF;
    old = __system.files[to];
    __system.files[to] = (struct file){ 0 };
    result = duplicate(from, to, (flags & O_CLOEXEC) != 0);
    if (result != to) { /* no memory: nothing has changed */
        if (result >= 0)
            __sys_close(result);
        __system.files[to] = old;
        return result >= 0 ? -EBUSY : result;
    }
    if (old.handle != 0)
        sys_close(old.handle);
    free(old.path);
    return to;
}

/* --- opening -------------------------------------------------------------- */

int
__sys_openat(int folder, const char *path, int flags, mode_t mode)
{
    struct sys_message m = {
        .tag = IO_OPEN,
        .words = { (uint64_t)(unsigned)flags, mode & ~__system.umask },
    };
    struct place place;
    int error = __ask_path(folder, path, &m, NULL, &place), fd;

    if (error != 0)
        return error;
    fd = __file_add(0, sys_handle(&m, 0), (uint32_t)m.words[0],
                    (flags & O_CLOEXEC) != 0);
    if (fd < 0)
        sys_close(sys_handle(&m, 0));
    else if (S_ISDIR(__system.files[fd].mode))
        __system.files[fd].path = strdup(place.path);
    return fd;
}

int
__sys_pipe2(int fds[2], int flags)
{
    struct sys_message m = { .tag = IO_OPEN,
                             .words = { (uint64_t)(unsigned)flags } };
    bool close_on_exec = (flags & O_CLOEXEC) != 0;
    struct place place;
    int error = __ask_path(AT_FDCWD, "/dev/pipe", &m, NULL, &place);

    if (error != 0)
        return error;
    for (int i = 0; i < 2; i++) {
        fds[i] = __file_add(0, sys_handle(&m, (unsigned)i), S_IFIFO,
                            close_on_exec);
        if (fds[i] >= 0)
            continue;
        if (i == 1)
            __sys_close(fds[0]);
        else
            sys_close(sys_handle(&m, 0));
        sys_close(sys_handle(&m, 1));
        return -EMFILE;
    }
    return 0;
}

/* --- bytes ---------------------------------------------------------------- */

static ssize_t
read_at(int fd, void *data, size_t size, uint64_t offset)
{
    struct file *file = __file(fd);
    struct sys_lease lease;
    struct sys_message m = { .words = { offset }, .leases = &lease };
    int error;

    if (file == NULL)
        return -EBADF;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    lease = (struct sys_lease){ (uint64_t)data, size };
    m.tag = size <= IO_SMALL ? IO_SMALL_TAG(IO_READ_SMALL, size)
                             : IO_READ | SYS_TAG_LEASES(1) | SYS_TAG_WRITE(0);
    error = __ask_slowly(file->handle, &m);
    if (error != 0)
        return error;
    if (size <= IO_SMALL && m.words[0] <= size)
        memcpy(data, &m.words[1], m.words[0]);
    return m.words[0] <= size ? (ssize_t)m.words[0] : -EIO;
}

static ssize_t
write_at(int fd, const void *data, size_t size, uint64_t offset)
{
    struct file *file = __file(fd);
    struct sys_lease lease;
    struct sys_message m = { .words = { offset }, .leases = &lease };
    int error;

    if (file == NULL)
        return -EBADF;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    lease = (struct sys_lease){ (uint64_t)data, size };
    m.tag = size <= IO_SMALL ? IO_SMALL_TAG(IO_WRITE_SMALL, size)
                             : IO_WRITE | SYS_TAG_LEASES(1) | SYS_TAG_READ(0);
    if (size <= IO_SMALL)
        memcpy(&m.words[1], data, size);
    error = __ask_slowly(file->handle, &m);
    if (error == -EPIPE)
        __sys_kill(__system.number, SIGPIPE);
    if (error != 0)
        return error;
    return m.words[0] <= size ? (ssize_t)m.words[0] : -EIO;
}

ssize_t
__sys_read(int fd, void *data, size_t size)
{
    return read_at(fd, data, size, IO_HERE);
}

ssize_t
__sys_write(int fd, const void *data, size_t size)
{
    return write_at(fd, data, size, IO_HERE);
}

ssize_t
__sys_pread(int fd, void *data, size_t size, off_t offset)
{
    return offset < 0 ? -EINVAL : read_at(fd, data, size, (uint64_t)offset);
}

ssize_t
__sys_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return offset < 0 ? -EINVAL : write_at(fd, data, size, (uint64_t)offset);
}

/* A call that has only words; *m is what came back. */
static int
ask_file(int fd, struct sys_message *m)
{
    struct file *file = __file(fd);

    return file == NULL ? -EBADF : __ask(file->handle, m);
}

off_t
__sys_lseek(int fd, off_t offset, int whence)
{
    struct sys_message m = {
        .tag = IO_SEEK, .words = { (uint64_t)offset, (uint64_t)whence },
    };
    int error = ask_file(fd, &m);

    return error != 0 ? error : (off_t)m.words[0];
}

int
__sys_ftruncate(int fd, off_t size)
{
    struct sys_message m = { .tag = IO_TRUNCATE,
                             .words = { (uint64_t)size } };

    return size < 0 ? -EINVAL : ask_file(fd, &m);
}

int
__sys_fsync(int fd)
{
    struct sys_message m = { .tag = IO_SYNC };

    return ask_file(fd, &m);
}

/* Each volume's own business until there is one that has to. */
void
__sys_sync(void)
{
}

ssize_t
__sys_getdents(int fd, void *data, size_t size)
{
    char raw[4096];
    struct file *file = __file(fd);
    struct sys_message m = { .tag = IO_READDIR };
    char *to = data, *end = to + size;
    size_t room = size / sizeof(struct dirent) * sizeof(struct io_entry);
    int error;

    if (file == NULL)
        return -EBADF;
    if (room < sizeof(struct io_entry) + NAME_MAX + 8)
        room = sizeof(struct io_entry) + NAME_MAX + 8;
    error = __ask_with(file->handle, &m, raw,
                       room < sizeof raw ? room : sizeof raw, true);
    if (error != 0 || m.words[0] > sizeof raw)
        return error != 0 ? error : -EIO;
    for (size_t at = 0; at + sizeof(struct io_entry) <= m.words[0];) {
        const struct io_entry *entry = (const void *)(raw + at);
        struct dirent *out = (struct dirent *)(void *)to;

        if (entry->size < sizeof *entry + entry->length ||
            at + entry->size > m.words[0] ||
            (size_t)(end - to) < sizeof *out)
            return -EIO;
        *out = (struct dirent){ .d_ino = entry->inode,
                                .d_reclen = sizeof *out,
                                .d_type = entry->type };
        memcpy(out->d_name, entry->name, entry->length);
        to += sizeof *out;
        at += entry->size;
    }
    return to - (char *)data;
}

/* --- what a file is ------------------------------------------------------- */

static struct timespec
time_of(int64_t ns)
{
    return (struct timespec){ .tv_sec = ns / NS, .tv_nsec = ns % NS };
}

static void
convert(const struct io_stat *from, struct stat *to)
{
    *to = (struct stat){
        .st_dev = from->device, .st_ino = from->inode,
        .st_mode = from->mode, .st_nlink = from->links,
        .st_size = (off_t)from->size, .st_rdev = from->special,
        .st_blocks = (blkcnt_t)from->blocks,
        .st_blksize = (blksize_t)from->block_size,
        .st_atim = time_of(from->access),
        .st_mtim = time_of(from->modification),
        .st_ctim = time_of(from->change),
    };
}

int
__sys_fstat(int fd, struct stat *stat)
{
    struct file *file = __file(fd);
    struct sys_message m = { .tag = IO_FSTAT };
    struct io_stat raw;
    int error;

    if (file == NULL)
        return -EBADF;
    error = __ask_with(file->handle, &m, &raw, sizeof raw, true);
    if (error == 0)
        convert(&raw, stat);
    return error;
}

int
__sys_fstatat(int folder, const char *path, struct stat *stat, int flags)
{
    struct sys_message m = {
        .tag = IO_STAT | SYS_TAG_WRITE(1),
        .words = { (flags & AT_SYMLINK_NOFOLLOW) != 0 ? IO_NOFOLLOW : 0 },
    };
    struct io_stat raw;
    struct sys_lease second = { (uint64_t)&raw, sizeof raw };
    struct place place;
    int error = __ask_path(folder, path, &m, &second, &place);

    if (error == 0)
        convert(&raw, stat);
    return error;
}

int
__sys_statvfs(const char *path, struct statvfs *stat)
{
    struct sys_message m = { .tag = IO_STATVFS | SYS_TAG_WRITE(1) };
    struct io_statvfs raw;
    struct sys_lease second = { (uint64_t)&raw, sizeof raw };
    struct place place;
    int error = __ask_path(AT_FDCWD, path, &m, &second, &place);

    if (error != 0)
        return error;
    *stat = (struct statvfs){
        .f_bsize = raw.block_size, .f_frsize = raw.block_size,
        .f_blocks = raw.blocks, .f_bfree = raw.blocks_free,
        .f_bavail = raw.blocks_free, .f_files = raw.files,
        .f_ffree = raw.files_free, .f_favail = raw.files_free,
        .f_flag = raw.flags, .f_namemax = raw.name_max,
    };
    return 0;
}

int
__sys_fstatvfs(int fd, struct statvfs *stat)
{
    struct file *file = __file(fd);

    if (file == NULL)
        return -EBADF;
    return file->path != NULL ? __sys_statvfs(file->path, stat) : -ENOSYS;
}

int
__sys_faccessat(int folder, const char *path, int mode, int flags)
{
    struct stat stat;
    int error = __sys_fstatat(folder, path, &stat,
                              flags & AT_SYMLINK_NOFOLLOW);

    if (error != 0)
        return error;
    /* One user, who may do what any of the three classes may. */
    if ((mode & X_OK) != 0 && !S_ISDIR(stat.st_mode) &&
        (stat.st_mode & 0111) == 0)
        return -EACCES;
    if ((mode & W_OK) != 0 && (stat.st_mode & 0222) == 0)
        return -EACCES;
    return 0;
}

/* --- names ---------------------------------------------------------------- */

static int
ask_plain(int folder, const char *path, uint32_t call, uint64_t word)
{
    struct sys_message m = { .tag = call, .words = { word } };
    struct place place;

    return __ask_path(folder, path, &m, NULL, &place);
}

int
__sys_unlinkat(int folder, const char *path, int flags)
{
    return ask_plain(folder, path, IO_UNLINK,
                     (flags & AT_REMOVEDIR) != 0 ? IO_DIRECTORY : 0);
}

int
__sys_mkdirat(int folder, const char *path, mode_t mode)
{
    return ask_plain(folder, path, IO_MKDIR, mode & ~__system.umask);
}

int
__sys_mknodat(int folder, const char *path, mode_t mode, dev_t device)
{
    (void)folder;
    (void)path;
    (void)mode;
    (void)device;
    return -EPERM;
}

/*
 * Where a name is to be made: a server that is given two paths could not say
 * in which of them it met a link, so there is none in this one but its last
 * name.
 */
static int
find_target(int folder, const char *path, struct place *target)
{
    struct sys_message m = { .tag = IO_STAT | SYS_TAG_WRITE(1) };
    struct io_stat raw;
    struct sys_lease second = { (uint64_t)&raw, sizeof raw };
    char whole[2 * PATH_SIZE];
    struct place above;
    int error = __find_place(folder, path, target);
    size_t start;

    if (error != 0)
        return error;
    start = strlen(target->path);
    while (start > 1 && target->path[start - 1] == '/')
        start--;
    while (start > 0 && target->path[start - 1] != '/')
        start--;
    if (start <= 1)
        return 0; /* in the root, which is no link */
    target->path[start - 1] = '\0';
    error = __ask_path(AT_FDCWD, target->path, &m, &second, &above);
    if (error != 0)
        return error;
    strcpy(whole, above.path);
    strcat(whole, "/");
    strcat(whole, target->path + start);
    return __find_place(AT_FDCWD, whole, target);
}

/* Two paths of one server. */
static int
ask_two(int from_folder, const char *from, int to_folder, const char *to,
        uint32_t call)
{
    struct sys_message m = { .tag = call | SYS_TAG_READ(1) };
    struct sys_lease second;
    struct place target, source;
    int error = find_target(to_folder, to, &target);

    if (error == 0)
        error = __find_place(from_folder, from, &source);
    if (error != 0)
        return error;
    if (source.root != target.root)
        return -EXDEV;
    second = (struct sys_lease){ (uint64_t)__place_rest(&target),
                                 strlen(__place_rest(&target)) };
    return __ask_path(from_folder, from, &m, &second, &source);
}

int
__sys_renameat(int from_folder, const char *from, int to_folder,
               const char *to)
{
    return ask_two(from_folder, from, to_folder, to, IO_RENAME);
}

int
__sys_linkat(int from_folder, const char *from, int to_folder,
             const char *to, int flags)
{
    (void)flags;
    return ask_two(from_folder, from, to_folder, to, IO_LINK);
}

int
__sys_symlinkat(const char *target, int folder, const char *path)
{
    struct sys_message m = { .tag = IO_SYMLINK | SYS_TAG_READ(1) };
    struct sys_lease second = { (uint64_t)target, strlen(target) };
    struct place place;

    return __ask_path(folder, path, &m, &second, &place);
}

ssize_t
__sys_readlinkat(int folder, const char *path, char *data, size_t size)
{
    struct sys_message m = { .tag = IO_READLINK | SYS_TAG_WRITE(1) };
    struct sys_lease second = { (uint64_t)data, size };
    struct place place;
    int error = __ask_path(folder, path, &m, &second, &place);

    if (error != 0)
        return error;
    return m.words[0] < size ? (ssize_t)m.words[0] : (ssize_t)size;
}

int
__sys_fchmodat(int folder, const char *path, mode_t mode, int flags)
{
    (void)flags;
    return ask_plain(folder, path, IO_CHMOD, mode);
}

int
__sys_fchmod(int fd, mode_t mode)
{
    struct sys_message m = { .tag = IO_FCHMOD, .words = { mode } };

    return ask_file(fd, &m);
}

/* One user, one group. */
int
__sys_fchown(int fd, uid_t owner, gid_t group)
{
    if (__file(fd) == NULL)
        return -EBADF;
    return (owner + 1 > 1 || group + 1 > 1) ? -EPERM : 0;
}

int
__sys_fchownat(int folder, const char *path, uid_t owner, gid_t group,
               int flags)
{
    struct stat stat;
    int error = __sys_fstatat(folder, path, &stat, flags);

    if (error != 0)
        return error;
    return (owner + 1 > 1 || group + 1 > 1) ? -EPERM : 0;
}

static uint64_t
ns_of(const struct timespec *time)
{
    if (time->tv_nsec == UTIME_NOW)
        return IO_NOW;
    if (time->tv_nsec == UTIME_OMIT)
        return IO_OMIT;
    return (uint64_t)(time->tv_sec * NS + time->tv_nsec);
}

int
__sys_utimensat(int folder, const char *path, const struct timespec times[2],
                int flags)
{
    struct sys_message m = { .words = { IO_NOW, IO_NOW } };
    struct place place;

    (void)flags;
    if (times != NULL) {
        m.words[0] = ns_of(&times[0]);
        m.words[1] = ns_of(&times[1]);
    }
    m.tag = path == NULL ? IO_FUTIME : IO_UTIME;
    return path == NULL ? ask_file(folder, &m)
                        : __ask_path(folder, path, &m, NULL, &place);
}

/* --- the working directory ------------------------------------------------ */

static int
go_to(int folder, const char *path)
{
    struct sys_message m = { .tag = IO_STAT | SYS_TAG_WRITE(1) };
    struct io_stat raw;
    struct sys_lease second = { (uint64_t)&raw, sizeof raw };
    struct place place;
    int error = __ask_path(folder, path, &m, &second, &place);
    size_t length;

    if (error != 0)
        return error;
    if (!S_ISDIR(raw.mode))
        return -ENOTDIR;
    length = strlen(place.path);
    while (length > 1 && place.path[length - 1] == '/')
        place.path[--length] = '\0';
    strcpy(__system.directory, place.path);
    return 0;
}

int
__sys_chdir(const char *path)
{
    return go_to(AT_FDCWD, path);
}

int
__sys_fchdir(int fd)
{
    struct file *file = __file(fd);

    if (file == NULL)
        return -EBADF;
    return file->path != NULL ? go_to(AT_FDCWD, file->path) : -ENOTDIR;
}

int
__sys_getcwd(char *data, size_t size)
{
    size_t length = strlen(__system.directory) + 1;

    if (length > size)
        return -ERANGE;
    memcpy(data, __system.directory, length);
    return (int)length;
}

mode_t
__sys_umask(mode_t mask)
{
    mode_t old = __system.umask;

    __system.umask = mask & 0777;
    return old;
}

/* --- control -------------------------------------------------------------- */

static int
set_flags(int fd, uint64_t flags)
{
    struct sys_message m = { .tag = IO_FLAGS, .words = { flags } };
    int error = ask_file(fd, &m);

    return error != 0 ? error : (int)m.words[0];
}

int
__sys_fcntl(int fd, int command, unsigned long argument)
{
    struct file *file = __file(fd);
    int error;

    if (file == NULL)
        return -EBADF;
    switch (command) {
    case F_DUPFD: return duplicate(fd, (int)argument, false);
    case F_DUPFD_CLOEXEC: return duplicate(fd, (int)argument, true);
    case F_GETFD: return file->close_on_exec ? FD_CLOEXEC : 0;
    case F_SETFD:
        file->close_on_exec = (argument & FD_CLOEXEC) != 0;
        return 0;
    case F_GETFL: return set_flags(fd, IO_KEEP);
    case F_SETFL:
        error = set_flags(fd, argument);
        return error < 0 ? error : 0;
    default: return -EINVAL;
    }
}

static int
control(int fd, uint64_t what, uint64_t second, uint64_t third,
        struct sys_message *m)
{
    *m = (struct sys_message){ .tag = IO_CONTROL,
                               .words = { what, second, third } };
    return ask_file(fd, m);
}

static int
control_modes(int fd, uint64_t what, uint64_t when, void *modes, bool writes)
{
    struct file *file = __file(fd);
    struct sys_message m = { .tag = IO_CONTROL, .words = { what, when } };

    if (file == NULL)
        return -EBADF;
    return __ask_with(file->handle, &m, modes, sizeof(struct tty_modes),
                      writes);
}

_Static_assert(sizeof(struct termios) == sizeof(struct tty_modes),
               "one is the other");

static int
window_size(int fd, bool sets, struct winsize *size)
{
    struct sys_message m;
    int error;

    if (sets)
        return control(fd, TTY_SET_SIZE, size->ws_col, size->ws_row, &m);
    error = control(fd, TTY_GET_SIZE, 0, 0, &m);
    if (error == 0)
        *size = (struct winsize){
            .ws_col = (unsigned short)m.words[0],
            .ws_row = (unsigned short)m.words[1],
        };
    return error;
}

int
__sys_ioctl(int fd, unsigned long request, void *argument)
{
    struct sys_message m;
    int error;

    if (__file(fd) == NULL)
        return -EBADF;
    if (!S_ISCHR(__system.files[fd].mode))
        return -ENOTTY;
    switch (request) {
    case TCGETS:
        return control_modes(fd, TTY_GET_MODES, 0, argument, true);
    case TCSETS: case TCSETS + 1: case TCSETS + 2:
        return control_modes(fd, TTY_SET_MODES, request - TCSETS, argument,
                             false);
    case TIOCGWINSZ: return window_size(fd, false, argument);
    case TIOCSWINSZ: return window_size(fd, true, argument);
    case TIOCSPGRP:
        return control(fd, TTY_SET_GROUP, (uint64_t)*(pid_t *)argument, 0,
                       &m);
    case TIOCGPGRP: case TIOCGSID:
        error = control(fd, request == TIOCGPGRP ? TTY_GET_GROUP
                                                 : TTY_GET_SESSION, 0, 0, &m);
        if (error == 0)
            *(pid_t *)argument = (pid_t)m.words[0];
        return error;
    case TIOCSCTTY: return control(fd, TTY_TAKE, 0, 0, &m);
    case TCFLSH:
        return control(fd, TTY_FLUSH, (uint64_t)argument, 0, &m);
    case TCSBRK:
        return control(fd, argument == NULL ? TTY_BREAK : TTY_DRAIN, 0, 0,
                       &m);
    default: return -EINVAL;
    }
}
