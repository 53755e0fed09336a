#ifndef _SYS_TIME_H
#define _SYS_TIME_H

#include <bits/features.h>
#include <bits/timeval.h>
#include <sys/select.h>

struct itimerval {
    struct timeval it_interval, it_value;
};

struct timezone {
    int tz_minuteswest, tz_dsttime;
};

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

__C_BEGIN

int getitimer(int, struct itimerval *);
int gettimeofday(struct timeval *__restrict, void *__restrict);
int setitimer(int, const struct itimerval *__restrict,
              struct itimerval *__restrict);
int utimes(const char *, const struct timeval[2]);

#ifdef __SHOW_MISC
int futimes(int, const struct timeval[2]);
int lutimes(const char *, const struct timeval[2]);
int settimeofday(const struct timeval *, const struct timezone *);

#define timerisset(t) ((t)->tv_sec || (t)->tv_usec)
#define timerclear(t) ((t)->tv_sec = (t)->tv_usec = 0)
#define timercmp(a, b, op)                                    \
    ((a)->tv_sec == (b)->tv_sec ? (a)->tv_usec op(b)->tv_usec \
                                : (a)->tv_sec op(b)->tv_sec)
#define timeradd(a, b, sum)                            \
    do {                                               \
        (sum)->tv_sec = (a)->tv_sec + (b)->tv_sec;     \
        (sum)->tv_usec = (a)->tv_usec + (b)->tv_usec;  \
        if ((sum)->tv_usec >= 1000000) {               \
            (sum)->tv_sec++;                           \
            (sum)->tv_usec -= 1000000;                 \
        }                                              \
    } while (0)
#define timersub(a, b, left)                           \
    do {                                               \
        (left)->tv_sec = (a)->tv_sec - (b)->tv_sec;    \
        (left)->tv_usec = (a)->tv_usec - (b)->tv_usec; \
        if ((left)->tv_usec < 0) {                     \
            (left)->tv_sec--;                          \
            (left)->tv_usec += 1000000;                \
        }                                              \
    } while (0)
#endif

__C_END

#endif
