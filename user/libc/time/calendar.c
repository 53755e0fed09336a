#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "user/libc/time/internal.h"

#define DAY 86400L

static long
divide_down(long a, long b)
{
    return a / b - (a % b < 0);
}

/* Years run from March, so that the leap day is the last of a year; then
 * 400 years have 146,097 days, and months a simple pattern of 153 in five. */
long
__days_of(long year, long month, long day)
{
    long era, of_era;

    year += divide_down(month, 12);
    month -= divide_down(month, 12) * 12;
    month -= 2;
    if (month < 0) {
        month += 12;
        year--;
    }
    era = divide_down(year, 400);
    of_era = year - era * 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * month + 2) / 5 + day - 1 - 719468;
}

bool
__break_down(long time, struct tm *tm)
{
    long days = divide_down(time, DAY), second = time - days * DAY;
    long era, day, year, month, start;

    days += 719468; /* from 1 March of the year 0 */
    era = divide_down(days, 146097);
    day = days - era * 146097;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    tm->tm_mday = (int)(day - (153 * month + 2) / 5 + 1);
    month = month < 10 ? month + 2 : month - 10;
    year += era * 400 + (month < 2);
    if (year - 1900 > INT_MAX || year - 1900 < INT_MIN) {
        errno = EOVERFLOW;
        return false;
    }
    tm->tm_mon = (int)month;
    tm->tm_year = (int)(year - 1900);
    start = __days_of(year, 0, 1);
    days -= 719468;
    tm->tm_yday = (int)(days - start);
    tm->tm_wday = (int)(((days + 4) % 7 + 7) % 7);
    tm->tm_hour = (int)(second / 3600);
    tm->tm_min = (int)(second / 60 % 60);
    tm->tm_sec = (int)(second % 60);
    return true;
}

long
__seconds_of(const struct tm *tm)
{
    long days = __days_of(1900L + tm->tm_year, tm->tm_mon, tm->tm_mday);

    return days * DAY + tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec;
}

struct tm *
gmtime_r(const time_t *restrict time, struct tm *restrict tm)
{
    if (!__break_down(*time, tm))
        return NULL;
    tm->tm_isdst = 0;
    tm->tm_gmtoff = 0;
    tm->tm_zone = "GMT";
    return tm;
}

static struct tm shared;

struct tm *
gmtime(const time_t *time)
{
    return gmtime_r(time, &shared);
}

struct tm *
localtime_r(const time_t *restrict time, struct tm *restrict tm)
{
    bool summer;
    long offset;

    tzset();
    offset = __zone_offset(*time, &summer);
    if (!__break_down(*time + offset, tm))
        return NULL;
    tm->tm_isdst = summer;
    tm->tm_gmtoff = offset;
    tm->tm_zone = __zone_name(summer);
    return tm;
}

struct tm *
localtime(const time_t *time)
{
    return localtime_r(time, &shared);
}

time_t
timegm(struct tm *tm)
{
    time_t time = __seconds_of(tm);

    return gmtime_r(&time, tm) ? time : -1;
}

/* The offset at the result must be the one that led to it. Where a local time
 * is twice, or never, tm_isdst decides, or the offset before the change. */
time_t
mktime(struct tm *tm)
{
    long local = __seconds_of(tm), time, best;
    bool summer, found = false;
    struct tm result;

    tzset();
    best = local - __zone_offset(local, &summer);
    for (int side = -1; side <= 1 && !found; side++) {
        bool then;
        long offset = __zone_offset(best + side * DAY, &then);

        time = local - offset;
        if (__zone_offset(time, &summer) == offset &&
            (tm->tm_isdst < 0 || summer == (tm->tm_isdst > 0))) {
            best = time;
            found = true;
        }
    }
    /* The fields are of the other kind of time: as far off as that is. */
    for (int day = -300; day <= 300 && !found; day += 50) {
        bool then;
        long offset = __zone_offset(local + day * DAY, &then);

        if (tm->tm_isdst < 0 || then == (tm->tm_isdst > 0)) {
            best = local - offset;
            found = tm->tm_isdst >= 0;
        }
    }
    if (tm->tm_isdst < 0 && !found) {
        /* In the gap of spring: the offset that was before it. */
        best = local - __zone_offset(local - DAY, &summer);
    }
    if (!localtime_r(&best, &result))
        return -1;
    *tm = result;
    return best;
}

time_t
timelocal(struct tm *tm)
{
    return mktime(tm);
}

char *
asctime_r(const struct tm *restrict tm, char *restrict text)
{
    char made[64];

    strftime(made, sizeof made, "%a %b ", tm);
    snprintf(text, 26, "%s%2d %.2d:%.2d:%.2d %d\n", made, tm->tm_mday,
             tm->tm_hour, tm->tm_min, tm->tm_sec, 1900 + tm->tm_year);
    return text;
}

char *
asctime(const struct tm *tm)
{
    static char text[32];

    return asctime_r(tm, text);
}

char *
ctime_r(const time_t *time, char *text)
{
    struct tm tm;

    return localtime_r(time, &tm) ? asctime_r(&tm, text) : NULL;
}

char *
ctime(const time_t *time)
{
    struct tm *tm = localtime(time);

    return tm ? asctime(tm) : NULL;
}
