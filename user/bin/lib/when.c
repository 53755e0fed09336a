#include "user/bin/lib/when.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Exactly count digits. */
static bool
digits(const char **p, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        char c = *(*p)++;

        if (c < '0' || c > '9')
            return false;
        *number = *number * 10 + (c - '0');
    }
    return true;
}

static bool
fraction(const char **p, long *nanoseconds)
{
    long unit = 100000000;

    *nanoseconds = 0;
    if (**p != '.' && **p != ',')
        return true;
    ++*p;
    if (!isdigit((unsigned char)**p))
        return false;
    for (; isdigit((unsigned char)**p); ++*p, unit /= 10)
        *nanoseconds += unit * (**p - '0');
    return true;
}

static bool
clock_part(const char **p, struct tm *broken, long *nanoseconds)
{
    if (**p == '\0')
        return true;
    if ((**p != ' ' && **p != 'T') || (++*p, false))
        return false;
    if (!digits(p, 2, &broken->tm_hour) || *(*p)++ != ':' ||
        !digits(p, 2, &broken->tm_min))
        return false;
    if (**p == ':') {
        ++*p;
        if (!digits(p, 2, &broken->tm_sec) || !fraction(p, nanoseconds))
            return false;
    }
    return broken->tm_hour < 24 && broken->tm_min < 60 && broken->tm_sec < 61;
}

/* Seconds since 1970 of a date in UTC; timegm() is not in every libc. */
static time_t
utc_seconds(const struct tm *broken)
{
    int64_t year = broken->tm_year + 1900, month = broken->tm_mon + 1, days;

    /* Years that begin in March have their leap day at the end. */
    if (month <= 2) {
        year--;
        month += 12;
    }
    days = 365 * year + year / 4 - year / 100 + year / 400 +
           (153 * (month - 3) + 2) / 5 + broken->tm_mday - 1 - 719468;
    return (time_t)(days * 86400 + broken->tm_hour * 3600 +
                    broken->tm_min * 60 + broken->tm_sec);
}

static bool
since_epoch(const char *text, struct timespec *when)
{
    char *end;
    const char *rest;

    when->tv_sec = (time_t)strtoimax(text, &end, 10);
    rest = end;
    return end != text && fraction(&rest, &when->tv_nsec) && *rest == '\0';
}

bool
when_parse(const char *text, struct timespec *when)
{
    struct tm broken = { .tm_isdst = -1 };
    const char *p = text;
    int day, month, year;

    when->tv_nsec = 0;
    if (strcmp(text, "now") == 0)
        return clock_gettime(CLOCK_REALTIME, when) == 0;
    if (*text == '@')
        return since_epoch(text + 1, when);
    if (!digits(&p, 4, &year) || *p++ != '-' || !digits(&p, 2, &month) ||
        *p++ != '-' || !digits(&p, 2, &day))
        return false;
    broken.tm_year = year - 1900;
    broken.tm_mon = month - 1;
    broken.tm_mday = day;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (*p != 'Z' && !clock_part(&p, &broken, &when->tv_nsec))
        return false;
    if (strcmp(p, "Z") == 0)
        when->tv_sec = utc_seconds(&broken);
    else
        when->tv_sec = mktime(&broken);
    return strcmp(p, "Z") == 0 || *p == '\0';
}
