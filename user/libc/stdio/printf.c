#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/stdio/internal.h"

/* --- to streams ----------------------------------------------------------- */

static bool
put_to_file(struct sink *sink, const char *text, size_t size)
{
    return __file_write(sink->file, text, size) == size;
}

/* Into a buffer of its own, where the stream has none: one write in all. */
static bool
put_to_buffer(struct sink *sink, const char *text, size_t size)
{
    if (size > (size_t)(sink->end - sink->at)) {
        char *start = sink->end - BUFSIZ;

        if (__file_write(sink->file, start, (size_t)(sink->at - start)) !=
            (size_t)(sink->at - start))
            return false;
        sink->at = start;
        if (size > BUFSIZ)
            return put_to_file(sink, text, size);
    }
    sink->at = mempcpy(sink->at, text, size);
    return true;
}

static int
print_unbuffered(FILE *file, const char *format, va_list list)
{
    char buffer[BUFSIZ];
    struct sink sink = {put_to_buffer, 0, file, buffer, buffer + BUFSIZ};
    int result = __format(&sink, format, list);
    size_t left = (size_t)(sink.at - buffer);

    if (left > 0 && __file_write(file, buffer, left) != left)
        result = -1;
    return result;
}

int
vfprintf(FILE *restrict file, const char *restrict format, va_list list)
{
    struct sink sink = {put_to_file, 0, file, NULL, NULL};
    int result;

    flockfile(file);
    if (file->flags & (F_DIRECT | F_LINE))
        result = print_unbuffered(file, format, list);
    else
        result = __format(&sink, format, list);
    funlockfile(file);
    return result;
}

int
vprintf(const char *restrict format, va_list list)
{
    return vfprintf(stdout, format, list);
}

int
fprintf(FILE *restrict file, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vfprintf(file, format, list);
    va_end(list);
    return result;
}

int
printf(const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vfprintf(stdout, format, list);
    va_end(list);
    return result;
}

int
vdprintf(int fd, const char *restrict format, va_list list)
{
    struct __file file = {.flags = F_WRITE | F_DIRECT, .fd = fd,
                          .calls = &__fd_calls};

    file.buffer = file.at = file.end = file.small + UNGET;
    file.size = 1;
    return vfprintf(&file, format, list);
}

int
dprintf(int fd, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vdprintf(fd, format, list);
    va_end(list);
    return result;
}

/* --- to memory ------------------------------------------------------------ */

static bool
put_to_string(struct sink *sink, const char *text, size_t size)
{
    size_t room = (size_t)(sink->end - sink->at);

    sink->at = mempcpy(sink->at, text, size < room ? size : room);
    return true;
}

int
vsnprintf(char *restrict text, size_t size, const char *restrict format,
          va_list list)
{
    char none[1];
    struct sink sink = {put_to_string, 0, NULL, size ? text : none, NULL};
    int result;

    /* sprintf() knows no end; neither does who gives more than there is. */
    if (size > (size_t)INTPTR_MAX - (uintptr_t)sink.at)
        size = (size_t)INTPTR_MAX - (uintptr_t)sink.at;
    sink.end = sink.at + (size ? size - 1 : 0);
    result = __format(&sink, format, list);
    if (size)
        *sink.at = '\0';
    return result;
}

int
snprintf(char *restrict text, size_t size, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vsnprintf(text, size, format, list);
    va_end(list);
    return result;
}

int
vsprintf(char *restrict text, const char *restrict format, va_list list)
{
    return vsnprintf(text, SIZE_MAX, format, list);
}

int
sprintf(char *restrict text, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vsnprintf(text, SIZE_MAX, format, list);
    va_end(list);
    return result;
}

int
vasprintf(char **restrict text, const char *restrict format, va_list list)
{
    va_list again;
    int length;

    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return -1;
    *text = malloc((size_t)length + 1);
    if (!*text)
        return -1;
    return vsnprintf(*text, (size_t)length + 1, format, list);
}

int
asprintf(char **restrict text, const char *restrict format, ...)
{
    va_list list;
    int result;

    va_start(list, format);
    result = vasprintf(text, format, list);
    va_end(list);
    return result;
}
