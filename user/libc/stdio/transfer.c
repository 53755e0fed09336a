#include <errno.h>
#include <string.h>

#include "user/libc/stdio/internal.h"

/* Write all of it; what did not go out is not tried again. */
static bool
write_all(FILE *file, const unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = file->calls->write
                              ? file->calls->write(file, data, size)
                              : -EBADF;

        if (written < 0) {
            file->flags |= F_ERROR;
            return __fail((int)-written) == 0;
        }
        data += written;
        size -= (size_t)written;
    }
    return true;
}

int
__file_flush(FILE *file)
{
    unsigned char *from = file->buffer, *to = file->at;

    if (!(file->flags & F_WRITING))
        return 0;
    file->at = file->buffer;
    return write_all(file, from, (size_t)(to - from)) ? 0 : EOF;
}

int
__file_fill(FILE *file)
{
    ssize_t got;

    if (!__file_start_reading(file))
        return EOF;
    if (file->at < file->end)
        return *file->at++;
    if (file->flags & F_EOF)
        return EOF;
    /* Who waits for a terminal wants to see the prompt. */
    if (file->flags & (F_LINE | F_DIRECT) && file != stdout &&
        (stdout->flags & F_LINE))
        __file_flush(stdout);
    got = file->calls->read(file, file->buffer, file->size);
    file->at = file->end = file->buffer;
    if (got <= 0) {
        file->flags |= got < 0 ? F_ERROR : F_EOF;
        return got < 0 ? __fail((int)-got) : EOF;
    }
    file->end += got;
    return *file->at++;
}

size_t
__file_read(FILE *file, void *data, size_t size)
{
    unsigned char *to = data;
    size_t left = size;

    if (left == 0 || !__file_start_reading(file))
        return 0;
    while (left > 0) {
        size_t ready = (size_t)(file->end - file->at);

        if (ready > 0) {
            ready = ready < left ? ready : left;
            memcpy(to, file->at, ready);
            file->at += ready;
        } else if (left >= file->size && file->size > 1 &&
                   !(file->flags & (F_EOF | F_LINE))) {
            ssize_t got = file->calls->read(file, to, left);

            if (got <= 0) {
                file->flags |= got < 0 ? F_ERROR : F_EOF;
                errno = got < 0 ? (int)-got : errno;
                break;
            }
            ready = (size_t)got;
        } else {
            int c = __file_fill(file);

            if (c == EOF)
                break;
            *to = (unsigned char)c;
            ready = 1;
        }
        to += ready;
        left -= ready;
    }
    return size - left;
}

int
__file_overflow(FILE *file, int c)
{
    unsigned char byte = (unsigned char)c;

    return __file_write(file, &byte, 1) == 1 ? byte : EOF;
}

/* Into the buffer, which goes out whenever it is full. */
static bool
buffer_bytes(FILE *file, const unsigned char *data, size_t size)
{
    unsigned char *limit = file->buffer + file->size;

    while (size > 0) {
        size_t room = (size_t)(limit - file->at);

        if (room == 0 || (file->at == file->buffer && size >= file->size)) {
            if (__file_flush(file) != 0)
                return false;
            if (size >= file->size) {
                size_t direct = size - size % file->size;

                if (!write_all(file, data, direct))
                    return false;
                data += direct;
                size -= direct;
            }
            continue;
        }
        room = room < size ? room : size;
        memcpy(file->at, data, room);
        file->at += room;
        data += room;
        size -= room;
    }
    return true;
}

size_t
__file_write(FILE *file, const void *data, size_t size)
{
    const unsigned char *from = data, *line = NULL;

    if (size == 0 || !__file_start_writing(file))
        return 0;
    if (file->flags & F_DIRECT)
        return write_all(file, from, size) ? size : 0;
    if (file->flags & F_LINE)
        line = memrchr(from, '\n', size);
    if (line) {
        size_t now = (size_t)(line + 1 - from);

        if (!buffer_bytes(file, from, now) || __file_flush(file) != 0)
            return 0;
        from += now;
        return buffer_bytes(file, from, size - now) ? size : 0;
    }
    return buffer_bytes(file, from, size) ? size : 0;
}

off_t
__file_tell(FILE *file)
{
    off_t at;

    if (!file->calls->seek)
        return __fail(ESPIPE);
    at = file->calls->seek(file, 0,
                           (file->flags & F_APPEND) &&
                                   (file->flags & F_WRITING) &&
                                   file->at > file->buffer
                               ? SEEK_END : SEEK_CUR);
    if (at < 0)
        return __fail((int)-at);
    if (file->flags & F_READING)
        at -= file->end - file->at;
    if (file->flags & F_WRITING)
        at += file->at - file->buffer;
    return at;
}

int
__file_seek(FILE *file, off_t offset, int whence)
{
    off_t at;

    if (!file->calls->seek)
        return __fail(ESPIPE);
    if (whence < SEEK_SET || whence > SEEK_END)
        return __fail(EINVAL);
    if ((file->flags & F_WRITING) && __file_flush(file) != 0)
        return -1;
    if ((file->flags & F_READING) && whence == SEEK_CUR)
        offset -= file->end - file->at;
    at = file->calls->seek(file, offset, whence);
    if (at < 0)
        return __fail((int)-at);
    file->at = file->end = file->buffer;
    file->flags &= ~(unsigned)(F_READING | F_WRITING | F_EOF);
    return 0;
}

/* Below the buffer there is room for what was pushed back without being read;
 * and a buffer has all that was read from it. */
int
__file_unget(FILE *file, int c)
{
    if (c == EOF || !__file_start_reading(file))
        return EOF;
    if (file->at == file->buffer - UNGET)
        return EOF;
    /* What was just read is there already, maybe where nobody may write. */
    if (*--file->at != (unsigned char)c)
        *file->at = (unsigned char)c;
    file->flags &= ~(unsigned)F_EOF;
    return (unsigned char)c;
}
