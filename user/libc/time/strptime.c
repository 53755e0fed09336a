#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "user/libc/time/internal.h"

static const char *const names[] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday", "January", "February",
    "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December", "AM", "PM"};
enum { DAYS = 0, MONTHS = 7, HALVES = 19, NAMES = 21 };

struct parsed {
    struct tm *tm;
    int century, of_century, half; /* -1: not said */
    bool date;                     /* year, month and day may be new */
    bool by_number;                /* the day was given as that of the year */
};

static const char *
blanks(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

/* A number of so many digits at most, within bounds. */
static const char *
number(const char *s, int digits, long least, long most, int *to)
{
    long value = 0;
    int seen = 0;
    bool negative = false;

    s = blanks(s);
    if (digits > 4 && (*s == '-' || *s == '+'))
        negative = *s++ == '-';
    for (; seen < digits && isdigit((unsigned char)*s); s++, seen++)
        value = value * 10 + (*s - '0');
    value = negative ? -value : value;
    if (seen == 0 || value < least || value > most)
        return NULL;
    *to = (int)value;
    return s;
}

static const char *
name(const char *s, int first, int end, int *to)
{
    for (int i = first; i < end; i++) {
        size_t length = strlen(names[i]);

        if (strncasecmp(s, names[i], length) != 0) {
            length = 3;
            if (strncasecmp(s, names[i], length) != 0)
                continue;
        }
        *to = i - first;
        return s + length;
    }
    return NULL;
}

static const char *
zone(const char *s, struct tm *tm)
{
    int hours = 0, minutes = 0;
    char sign;

    s = blanks(s);
    sign = *s++;
    if (sign == 'Z') {
        tm->tm_gmtoff = 0;
        return s;
    }
    if (sign != '+' && sign != '-')
        return NULL;
    s = number(s, 2, 0, 24, &hours);
    if (s && *s == ':')
        s++;
    if (s && isdigit((unsigned char)*s))
        s = number(s, 2, 0, 59, &minutes);
    tm->tm_gmtoff = (hours * 60 + minutes) * (sign == '-' ? -60L : 60L);
    return s;
}

static const char *parse(const char *s, const char *format,
                         struct parsed *parsed);

static const char *
date(const char *s, char c, struct parsed *parsed)
{
    struct tm *tm = parsed->tm;
    int ignored;

    parsed->date = true;
    switch (c) {
    case 'a': case 'A':
        return name(s, DAYS, MONTHS, &tm->tm_wday);
    case 'b': case 'B': case 'h':
        return name(s, MONTHS, HALVES, &tm->tm_mon);
    case 'C':
        return number(s, 2, 0, 99, &parsed->century);
    case 'd': case 'e':
        parsed->by_number = false;
        return number(s, 2, 1, 31, &tm->tm_mday);
    case 'j':
        s = number(s, 3, 1, 366, &tm->tm_yday);
        tm->tm_yday--;
        parsed->by_number = true;
        return s;
    case 'm':
        s = number(s, 2, 1, 12, &tm->tm_mon);
        tm->tm_mon--;
        return s;
    case 'U': case 'W':
        return number(s, 2, 0, 53, &ignored);
    case 'w':
        return number(s, 1, 0, 6, &tm->tm_wday);
    case 'u':
        s = number(s, 1, 1, 7, &tm->tm_wday);
        tm->tm_wday %= 7;
        return s;
    case 'y':
        return number(s, 2, 0, 99, &parsed->of_century);
    }
    s = number(s, 4, 0, 9999, &tm->tm_year);
    tm->tm_year -= 1900;
    return s;
}

static const char *
field(const char *s, char c, struct parsed *parsed)
{
    struct tm *tm = parsed->tm;
    bool was_date = parsed->date;
    time_t seconds = 0;

    switch (c) {
    case 'c':
        return parse(s, "%a %b %e %H:%M:%S %Y", parsed);
    case 'D': case 'x':
        return parse(s, "%m/%d/%y", parsed);
    case 'F':
        return parse(s, "%Y-%m-%d", parsed);
    case 'H': case 'k':
        return number(s, 2, 0, 23, &tm->tm_hour);
    case 'I': case 'l':
        s = number(s, 2, 1, 12, &tm->tm_hour);
        parsed->half = parsed->half < 0 ? 0 : parsed->half;
        return s;
    case 'M':
        return number(s, 2, 0, 59, &tm->tm_min);
    case 'p':
        return name(s, HALVES, NAMES, &parsed->half);
    case 'r':
        return parse(s, "%I:%M:%S %p", parsed);
    case 'R':
        return parse(s, "%H:%M", parsed);
    case 'S':
        return number(s, 2, 0, 60, &tm->tm_sec);
    case 's':
        for (; isdigit((unsigned char)*s); s++)
            seconds = seconds * 10 + (*s - '0');
        localtime_r(&seconds, tm);
        return s;
    case 'T': case 'X':
        return parse(s, "%H:%M:%S", parsed);
    case 'z':
        return zone(s, tm);
    case 'n': case 't':
        return blanks(s);
    case '%':
        return *s == '%' ? s + 1 : NULL;
    }
    if (!c || !strchr("aAbBhCdejmUWwuyY", c))
        return NULL;
    s = date(s, c, parsed);
    parsed->date |= was_date;
    return s;
}

static const char *
parse(const char *s, const char *format, struct parsed *parsed)
{
    for (; s && *format; format++) {
        if (isspace((unsigned char)*format)) {
            s = blanks(s);
        } else if (*format != '%') {
            s = *s == *format ? s + 1 : NULL;
        } else {
            format++;
            if (*format == 'E' || *format == 'O')
                format++;
            s = field(s, *format, parsed);
            if (!*format)
                return NULL;
        }
    }
    return s;
}

char *
strptime(const char *restrict s, const char *restrict format,
         struct tm *restrict tm)
{
    struct parsed parsed = {tm, -1, -1, -1, false, false};

    s = parse(s, format, &parsed);
    if (!s)
        return NULL;
    if (parsed.half >= 0)
        tm->tm_hour = tm->tm_hour % 12 + 12 * parsed.half;
    if (parsed.of_century >= 0)
        tm->tm_year = parsed.century >= 0
                          ? parsed.century * 100 + parsed.of_century - 1900
                          : parsed.of_century + (parsed.of_century < 69) * 100;
    else if (parsed.century >= 0)
        tm->tm_year = parsed.century * 100 - 1900;
    if (parsed.by_number) {
        tm->tm_mon = 0;
        tm->tm_mday = tm->tm_yday + 1;
    }
    if (parsed.date && tm->tm_mday > 0) {
        long day = __days_of(1900L + tm->tm_year, tm->tm_mon, tm->tm_mday);

        struct tm whole;

        if (parsed.by_number && __break_down(day * 86400, &whole)) {
            tm->tm_mon = whole.tm_mon;
            tm->tm_mday = whole.tm_mday;
        }
        tm->tm_wday = (int)(((day + 4) % 7 + 7) % 7);
        tm->tm_yday = (int)(day - __days_of(1900L + tm->tm_year, 0, 1));
    }
    return (char *)s;
}
