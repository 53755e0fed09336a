#ifndef _TIME_H
#define _TIME_H

#include <bits/features.h>
#include <bits/timespec.h>

#define NULL __NULL

typedef __SIZE_TYPE__ size_t;
typedef long clock_t;

#define CLOCKS_PER_SEC 1000000L
#define TIME_UTC 1

struct tm {
    int tm_sec, tm_min, tm_hour;
    int tm_mday, tm_mon, tm_year;
    int tm_wday, tm_yday, tm_isdst;
#ifdef __SHOW_MISC
    long tm_gmtoff;
    const char *tm_zone;
#else
    long __tm_gmtoff;
    const char *__tm_zone;
#endif
};

__C_BEGIN

char *asctime(const struct tm *);
clock_t clock(void);
char *ctime(const time_t *);
double difftime(time_t, time_t);
struct tm *gmtime(const time_t *);
struct tm *localtime(const time_t *);
time_t mktime(struct tm *);
size_t strftime(char *__restrict, size_t, const char *__restrict,
                const struct tm *__restrict);
time_t time(time_t *);
int timespec_get(struct timespec *, int);

#ifdef __SHOW_POSIX
#include <bits/locale.h>

typedef int clockid_t;
typedef int pid_t;

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define TIMER_ABSTIME            1

extern char *tzname[2];

char *asctime_r(const struct tm *__restrict, char *__restrict);
int clock_getres(clockid_t, struct timespec *);
int clock_gettime(clockid_t, struct timespec *);
int clock_nanosleep(clockid_t, int, const struct timespec *,
                    struct timespec *);
int clock_settime(clockid_t, const struct timespec *);
char *ctime_r(const time_t *, char *);
struct tm *gmtime_r(const time_t *__restrict, struct tm *__restrict);
struct tm *localtime_r(const time_t *__restrict, struct tm *__restrict);
int nanosleep(const struct timespec *, struct timespec *);
void tzset(void);
#endif

#ifdef __SHOW_XSI
extern int daylight;
extern long timezone;

char *strptime(const char *__restrict, const char *__restrict,
               struct tm *__restrict);
#endif

#ifdef __SHOW_MISC
time_t timegm(struct tm *);
time_t timelocal(struct tm *);
#endif

__C_END

#endif
