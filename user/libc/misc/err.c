#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/internal/libc.h"

/* "program: text" and, unless number is -1, ": what went wrong". */
static void
say(const char *format, va_list list, int number)
{
    flockfile(stderr);
    fprintf(stderr, "%s: ", __program_name);
    if (format)
        vfprintf(stderr, format, list);
    if (number >= 0)
        fprintf(stderr, "%s%s", format ? ": " : "", strerror(number));
    fputc('\n', stderr);
    funlockfile(stderr);
}

void
vwarn(const char *format, va_list list)
{
    say(format, list, errno);
}

void
vwarnx(const char *format, va_list list)
{
    say(format, list, -1);
}

void
verr(int status, const char *format, va_list list)
{
    say(format, list, errno);
    exit(status);
}

void
verrx(int status, const char *format, va_list list)
{
    say(format, list, -1);
    exit(status);
}

void
warn(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vwarn(format, list);
    va_end(list);
}

void
warnx(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vwarnx(format, list);
    va_end(list);
}

void
err(int status, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    verr(status, format, list);
}

void
errx(int status, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    verrx(status, format, list);
}

const char *
getprogname(void)
{
    return __program_name;
}

void
setprogname(const char *path)
{
    const char *slash = strrchr(path, '/');

    __program_name = slash ? slash + 1 : path;
}
