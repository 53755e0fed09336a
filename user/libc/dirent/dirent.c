#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

struct __dir {
    int fd;
    off_t place; /* of the entry that comes next */
    char *at, *end;
    char buffer[4096] __attribute__((aligned(16)));
};

DIR *
fdopendir(int fd)
{
    struct stat stat;
    DIR *folder;

    if (fstat(fd, &stat) != 0)
        return NULL;
    if (!S_ISDIR(stat.st_mode)) {
        errno = ENOTDIR;
        return NULL;
    }
    folder = malloc(sizeof *folder);
    if (!folder)
        return NULL;
    folder->fd = fd;
    folder->place = 0;
    folder->at = folder->end = folder->buffer;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return folder;
}

DIR *
opendir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder;

    if (fd < 0)
        return NULL;
    folder = fdopendir(fd);
    if (!folder)
        __sys_close(fd);
    return folder;
}

int
closedir(DIR *folder)
{
    int fd = folder->fd;

    free(folder);
    return close(fd);
}

int
dirfd(DIR *folder)
{
    return folder->fd;
}

struct dirent *
readdir(DIR *folder)
{
    struct dirent *entry;

    if (folder->at == folder->end) {
        ssize_t got = __sys_getdents(folder->fd, folder->buffer,
                                     sizeof folder->buffer);

        if (got <= 0) {
            errno = got < 0 ? (int)-got : errno;
            return NULL;
        }
        folder->at = folder->buffer;
        folder->end = folder->buffer + got;
    }
    entry = (struct dirent *)(void *)folder->at;
    folder->at += entry->d_reclen;
    folder->place = entry->d_off;
    return entry;
}

int
readdir_r(DIR *restrict folder, struct dirent *restrict entry,
          struct dirent **restrict result)
{
    int before = errno, error;
    struct dirent *found;

    errno = 0;
    found = readdir(folder);
    error = errno;
    errno = before;
    *result = found ? memcpy(entry, found, sizeof *entry) : NULL;
    return found ? 0 : error;
}

long
telldir(DIR *folder)
{
    return folder->place;
}

void
seekdir(DIR *folder, long place)
{
    folder->place = __sys_lseek(folder->fd, place, SEEK_SET);
    folder->at = folder->end = folder->buffer;
}

void
rewinddir(DIR *folder)
{
    seekdir(folder, 0);
}

int
alphasort(const struct dirent **a, const struct dirent **b)
{
    return strcoll((*a)->d_name, (*b)->d_name);
}

static void
free_list(struct dirent **list, size_t count)
{
    while (count > 0)
        free(list[--count]);
    free(list);
}

/* All entries that the filter likes; -1 with nothing left of them. */
static ssize_t
collect(DIR *folder, struct dirent ***list,
        int (*filter)(const struct dirent *))
{
    size_t count = 0, size = 0;
    struct dirent *entry, *copy;

    *list = NULL;
    for (errno = 0; (entry = readdir(folder)); errno = 0) {
        if (filter && !filter(entry))
            continue;
        if (count == size) {
            struct dirent **grown;

            size = size ? 2 * size : 16;
            grown = reallocarray(*list, size, sizeof *grown);
            if (!grown)
                break;
            *list = grown;
        }
        copy = malloc(sizeof *copy);
        if (!copy)
            break;
        (*list)[count++] = memcpy(copy, entry, sizeof *copy);
    }
    if (errno) {
        int error = errno;

        free_list(*list, count);
        return __fail(error);
    }
    return (ssize_t)count;
}

int
scandir(const char *path, struct dirent ***list,
        int (*filter)(const struct dirent *),
        int (*compare)(const struct dirent **, const struct dirent **))
{
    DIR *folder = opendir(path);
    struct dirent **found;
    ssize_t count;

    if (!folder)
        return -1;
    count = collect(folder, &found, filter);
    closedir(folder);
    if (count < 0)
        return -1;
    if (compare)
        qsort(found, (size_t)count, sizeof *found,
              (int (*)(const void *, const void *))compare);
    *list = found;
    return (int)count;
}
