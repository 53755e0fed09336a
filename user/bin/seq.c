/* seq: writes numbers one after the other. */
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS "f:s:w"

static const char *separator = "\n", *format;
static bool equal_width;

static double
read_number(const char *text)
{
    char *end;
    double number;

    errno = 0;
    number = strtod(text, &end);
    if (end == text || *end != '\0' || errno == ERANGE || isnan(number))
        tool_usage("%s: a number is expected", text);
    return number;
}

/* Digits behind the point, as the argument has them. */
static int
precision_of(const char *text)
{
    const char *point = strchr(text, '.');

    if (strpbrk(text, "eExXnN") != NULL)
        return point != NULL ? 6 : 0;
    return point != NULL ? (int)strlen(point + 1) : 0;
}

/* A format of printf for exactly one number. */
static void
check_format(void)
{
    const char *p = format;

    while ((p = strchr(p, '%')) != NULL && p[1] == '%')
        p += 2;
    if (p == NULL)
        tool_usage("%s: a conversion is missing", format);
    p++;
    p += strspn(p, "-+ #0'");
    p += strspn(p, "0123456789");
    if (*p == '.')
        p += 1 + strspn(p + 1, "0123456789");
    if (*p == '\0' || strchr("aAeEfFgG", *p) == NULL)
        tool_usage("%s: the conversion is not one for numbers", format);
    while ((p = strchr(p, '%')) != NULL && p[1] == '%')
        p += 2;
    if (p != NULL)
        tool_usage("%s: more than one conversion", format);
}

/* The format that the user gave was looked at by check_format(). */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#endif

static void
put_numbers(double first, double step, double last, int precision, int width)
{
    /* Half a step more, so that a sum that is a bit too large counts. */
    double count = floor((last - first) / step + 1e-9);

    for (double i = 0; i <= count; i++) {
        double number = first + i * step;

        if (i > 0)
            fputs(separator, stdout);
        if (format != NULL)
            printf(format, number);
        else
            printf("%0*.*f", width, precision, number);
    }
    if (count >= 0)
        putchar('\n');
}

/* An argument that is a negative number is no option. */
static int
read_options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0' &&
           strchr("0123456789.", argv[i][1]) == NULL; i++) {
        char letter = argv[i][1];
        const char *value = argv[i] + 2;

        tool_answer(argv[i]);
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        if (letter == 'w' && *value == '\0') {
            equal_width = true;
            continue;
        }
        if (letter != 'f' && letter != 's')
            tool_usage("%s: unknown option", argv[i]);
        if (*value == '\0')
            value = argv[++i];
        if (value == NULL)
            tool_usage("-%c: an argument is missing", letter);
        *(letter == 'f' ? &format : &separator) = value;
    }
    return i;
}

static int
larger(int a, int b)
{
    return a > b ? a : b;
}

int
main(int argc, char **argv)
{
    double first = 1, step = 1, last;
    int precision = 0, width = 0, i, count;

    tool_start(1);
    i = read_options(argc, argv);
    count = argc - i;
    if (count < 1 || count > 3)
        tool_usage("one, two or three numbers are expected");
    last = read_number(argv[argc - 1]);
    if (count > 1) {
        first = read_number(argv[i]);
        precision = precision_of(argv[i]);
    }
    if (count > 2) {
        step = read_number(argv[i + 1]);
        precision = larger(precision, precision_of(argv[i + 1]));
    }
    if (step == 0)
        tool_usage("the step must not be 0");
    if (format != NULL)
        check_format();
    if (equal_width)
        width = larger(snprintf(NULL, 0, "%.*f", precision, first),
                       snprintf(NULL, 0, "%.*f", precision, last));
    put_numbers(first, step, last, precision, width);
    return tool_finish();
}
