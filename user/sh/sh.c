#include "user/sh/sh.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct shell sh = { .name = "sh", .substitution = -1 };

static char output[1024];
static size_t output_length;
static int output_error;

bool
sh_write(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, bytes, length);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        length -= (size_t)done;
    }
    return true;
}

static void
say(const char *format, va_list list)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_string(&text, "sh: ");
    if (sh.line > 0 && !sh.interactive)
        text_format(&text, "line %u: ", sh.line);
    text_list(&text, format, list);
    text_byte(&text, '\n');
    (void)sh_write(2, text.bytes, text.length); /* nowhere left to say it */
    arena_release(&sh.scratch, mark);
}

void
sh_error(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say(format, list);
    va_end(list);
}

void
sh_fatal(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say(format, list);
    va_end(list);
    sh.status = 2;
    sh.flow = FLOW_ERROR;
}

void
sh_put(const char *bytes, size_t length)
{
    if (length > sizeof output - output_length) {
        if (!sh_write(1, output, output_length))
            output_error = errno;
        output_length = 0;
    }
    if (length > sizeof output) {
        if (!sh_write(1, bytes, length))
            output_error = errno;
        return;
    }
    memcpy(output + output_length, bytes, length);
    output_length += length;
}

void
sh_print(const char *format, ...)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    struct text text = { &sh.scratch, NULL, 0, 0 };
    va_list list;

    va_start(list, format);
    text_list(&text, format, list);
    va_end(list);
    sh_put(text_end(&text), text.length);
    arena_release(&sh.scratch, mark);
}

bool
sh_flush(const char *who)
{
    int error;

    if (!sh_write(1, output, output_length))
        output_error = errno;
    output_length = 0;
    error = output_error;
    output_error = 0;
    if (error != 0)
        sh_error("%s: write error: %s", who, strerror(error));
    return error == 0;
}

void
sh_quote(struct text *text, const char *string)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

    if (*string != '\0' && string[strspn(string, plain)] == '\0') {
        text_string(text, string);
        return;
    }
    text_byte(text, '\'');
    for (; *string != '\0'; string++) {
        if (*string == '\'')
            text_string(text, "'\\''");
        else
            text_byte(text, *string);
    }
    text_byte(text, '\'');
}

bool
sh_is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool
sh_is_name_byte(int c)
{
    return sh_is_name_start(c) || (c >= '0' && c <= '9');
}

bool
sh_is_name(const char *string, size_t length)
{
    if (length == 0 || !sh_is_name_start(string[0]))
        return false;
    for (size_t i = 1; i < length; i++) {
        if (!sh_is_name_byte(string[i]))
            return false;
    }
    return true;
}

long
sh_number(const char *string, long max)
{
    long number = 0;

    if (*string == '\0')
        return -1;
    for (; *string != '\0'; string++) {
        if (*string < '0' || *string > '9' ||
            number > (max - (*string - '0')) / 10)
            return -1;
        number = number * 10 + (*string - '0');
    }
    return number;
}
