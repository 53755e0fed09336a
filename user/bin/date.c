/* date: shows or sets the time. */
#include "user/bin/lib/buffer.h"
#include "user/bin/lib/tool.h"
#include "user/bin/lib/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS "d:IRr:s:u"

/* strftime() knows no %N, the nanoseconds. */
static void
expand(struct buffer *to, const char *format, long nanoseconds)
{
    char digits[32];

    buffer_clear(to);
    for (; *format != '\0'; format++) {
        if (format[0] == '%' && format[1] == 'N') {
            snprintf(digits, sizeof(digits), "%09ld", nanoseconds);
            buffer_add(to, digits, strlen(digits));
            format++;
            continue;
        }
        if (format[0] == '%' && format[1] != '\0')
            buffer_put(to, *format++);
        buffer_put(to, *format);
    }
}

/* The format is the user's. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#endif

static void
show(const struct timespec *when, const char *format)
{
    struct tm *broken = localtime(&when->tv_sec);
    struct buffer text = { 0 };

    if (broken == NULL)
        tool_fatal("the time is out of range");
    expand(&text, format, when->tv_nsec);
    buffer_put(&text, '.'); /* so that an empty result is not a failure */
    for (size_t room = 256;; room *= 2) {
        char *shown = tool_alloc(room);
        size_t length = strftime(shown, room, text.text, broken);

        if (length > 0) {
            fwrite(shown, 1, length - 1, stdout);
            putchar('\n');
            free(shown);
            break;
        }
        free(shown);
    }
    buffer_free(&text);
}

static void
read_time(const char *text, struct timespec *when)
{
    if (!when_parse(text, when))
        tool_usage("%s: a time such as '2026-01-31 12:30' is expected", text);
}

int
main(int argc, char **argv)
{
    const char *format = "%a %b %e %H:%M:%S %Z %Y", *given = NULL;
    struct timespec when;
    struct stat info;
    bool set = false;
    int letter;

    tool_start(1);
    if (clock_gettime(CLOCK_REALTIME, &when) != 0)
        tool_die("the clock");
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        set |= letter == 's';
        if (letter == 'd' || letter == 's') {
            given = optarg;
        } else if (letter == 'I') {
            format = "%Y-%m-%d";
        } else if (letter == 'R') {
            format = "%a, %d %b %Y %H:%M:%S %z";
        } else if (letter == 'u') {
            setenv("TZ", "UTC0", 1);
            tzset();
        } else {
            if (stat(optarg, &info) != 0)
                tool_die(optarg);
            when = info.st_mtim;
        }
    }
    tool_operands(argc, 0, 1);
    if (given != NULL) /* only now, since -u may stand behind it */
        read_time(given, &when);
    if (optind < argc && *argv[optind] != '+')
        tool_usage("%s: a format begins with '+'", argv[optind]);
    if (optind < argc)
        format = argv[optind] + 1;
    if (set && clock_settime(CLOCK_REALTIME, &when) != 0)
        tool_warn("the clock cannot be set");
    show(&when, format);
    return tool_finish();
}
