#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/stdio/internal.h"

/* --- fmemopen(): a stream over an array of fixed size --------------------- */

struct fixed {
    char *data;
    size_t size, length, place; /* room, what is in use, where we are */
    bool own;                   /* data is ours to free */
};

static ssize_t
fixed_read(FILE *file, void *to, size_t size)
{
    struct fixed *memory = file->cookie;
    size_t left = memory->place < memory->length
                      ? memory->length - memory->place : 0;

    size = size < left ? size : left;
    memcpy(to, memory->data + memory->place, size);
    memory->place += size;
    return (ssize_t)size;
}

static ssize_t
fixed_write(FILE *file, const void *from, size_t size)
{
    struct fixed *memory = file->cookie;
    size_t left;

    if (file->flags & F_APPEND)
        memory->place = memory->length;
    left = memory->place < memory->size ? memory->size - memory->place : 0;
    if (left == 0)
        return -ENOSPC;
    size = size < left ? size : left;
    memcpy(memory->data + memory->place, from, size);
    memory->place += size;
    if (memory->place > memory->length) {
        memory->length = memory->place;
        /* The text ends with a NUL where there is room for one. */
        if (memory->length < memory->size)
            memory->data[memory->length] = '\0';
        else if (!(file->flags & F_READ))
            memory->data[memory->size - 1] = '\0';
    }
    return (ssize_t)size;
}

static off_t
fixed_seek(FILE *file, off_t offset, int whence)
{
    struct fixed *memory = file->cookie;
    size_t from = whence == SEEK_SET   ? 0
                  : whence == SEEK_CUR ? memory->place : memory->length;

    if (offset < -(off_t)from || offset > (off_t)(memory->size - from))
        return -EINVAL;
    memory->place = from + (size_t)offset;
    return (off_t)memory->place;
}

static int
fixed_close(FILE *file)
{
    struct fixed *memory = file->cookie;

    if (memory->own)
        free(memory->data);
    free(memory);
    return 0;
}

FILE *
fmemopen(void *restrict data, size_t size, const char *restrict mode)
{
    static const struct file_calls calls = {fixed_read, fixed_write,
                                            fixed_seek, fixed_close};
    struct fixed *memory;
    unsigned flags;
    int open_flags;
    FILE *file;

    if (!__file_mode(mode, &flags, &open_flags)) {
        errno = EINVAL;
        return NULL;
    }
    memory = calloc(1, sizeof *memory);
    file = memory ? __file_new(flags, &calls) : NULL;
    if (!file) {
        free(memory);
        return NULL;
    }
    memory->own = !data;
    memory->data = data ? data : calloc(1, size ? size : 1);
    memory->size = size;
    if (!memory->data) {
        __file_free(file);
        free(memory);
        return NULL;
    }
    if (*mode == 'w' && size > 0)
        *memory->data = '\0';
    memory->length = *mode == 'r' ? size : strnlen(memory->data, size);
    memory->place = *mode == 'a' ? memory->length : 0;
    file->cookie = memory;
    return file;
}

/* --- open_memstream(): one that grows ------------------------------------- */

struct growing {
    char **data;
    size_t *size;
    char *buffer;
    size_t room, length, place;
};

static void
publish(struct growing *memory)
{
    *memory->data = memory->buffer;
    *memory->size = memory->length < memory->place ? memory->length
                                                   : memory->place;
}

static ssize_t
growing_write(FILE *file, const void *from, size_t size)
{
    struct growing *memory = file->cookie;
    size_t end;

    if (__builtin_add_overflow(memory->place, size, &end) ||
        end > SIZE_MAX / 4)
        return -ENOMEM;
    if (end + 1 > memory->room) {
        size_t room = end + 1 + end / 2;
        char *grown = realloc(memory->buffer, room);

        if (!grown)
            return -ENOMEM;
        memset(grown + memory->room, 0, room - memory->room);
        memory->buffer = grown;
        memory->room = room;
    }
    memcpy(memory->buffer + memory->place, from, size);
    memory->place = end;
    if (end > memory->length)
        memory->length = end;
    memory->buffer[memory->length] = '\0';
    publish(memory);
    return (ssize_t)size;
}

static off_t
growing_seek(FILE *file, off_t offset, int whence)
{
    struct growing *memory = file->cookie;
    size_t from = whence == SEEK_SET   ? 0
                  : whence == SEEK_CUR ? memory->place : memory->length;

    if (offset < -(off_t)from ||
        __builtin_add_overflow((off_t)from, offset, &offset))
        return -EINVAL;
    memory->place = (size_t)offset;
    publish(memory);
    return offset;
}

static int
growing_close(FILE *file)
{
    free(file->cookie);
    return 0;
}

FILE *
open_memstream(char **data, size_t *size)
{
    static const struct file_calls calls = {NULL, growing_write, growing_seek,
                                            growing_close};
    struct growing *memory = calloc(1, sizeof *memory);
    FILE *file = memory ? __file_new(F_WRITE, &calls) : NULL;

    if (file)
        memory->buffer = calloc(1, memory->room = 128);
    if (!file || !memory->buffer) {
        if (file)
            __file_free(file);
        free(memory);
        return NULL;
    }
    memory->data = data;
    memory->size = size;
    file->cookie = memory;
    publish(memory);
    return file;
}
