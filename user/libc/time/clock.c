#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

int
clock_gettime(clockid_t clock, struct timespec *time)
{
    return (int)__result(__sys_clock_gettime(clock, time));
}

int
clock_settime(clockid_t clock, const struct timespec *time)
{
    return (int)__result(__sys_clock_settime(clock, time));
}

int
clock_getres(clockid_t clock, struct timespec *resolution)
{
    return (int)__result(__sys_clock_getres(clock, resolution));
}

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                struct timespec *left)
{
    return -__sys_clock_nanosleep(clock, flags, time, left);
}

int
nanosleep(const struct timespec *time, struct timespec *left)
{
    return (int)__result(
        __sys_clock_nanosleep(CLOCK_REALTIME, 0, time, left));
}

unsigned
sleep(unsigned seconds)
{
    struct timespec time = {seconds, 0};

    return nanosleep(&time, &time) == 0 ? 0 : (unsigned)time.tv_sec;
}

int
usleep(unsigned microseconds)
{
    struct timespec time = {microseconds / 1000000,
                            microseconds % 1000000 * 1000L};

    return nanosleep(&time, NULL);
}

time_t
time(time_t *to)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    if (to)
        *to = now.tv_sec;
    return now.tv_sec;
}

clock_t
clock(void)
{
    struct timespec used;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return -1;
    return used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / 1000;
}

int
timespec_get(struct timespec *time, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, time) == 0
               ? base : 0;
}

double
difftime(time_t a, time_t b)
{
    return (double)(a - b);
}

int
gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

int
settimeofday(const struct timeval *time, const struct timezone *zone)
{
    struct timespec now;

    (void)zone;
    if (time->tv_usec < 0 || time->tv_usec >= 1000000)
        return __fail(EINVAL);
    now = (struct timespec){time->tv_sec, time->tv_usec * 1000};
    return clock_settime(CLOCK_REALTIME, &now);
}

int
getitimer(int which, struct itimerval *value)
{
    return (int)__result(__sys_getitimer(which, value));
}

int
setitimer(int which, const struct itimerval *restrict new,
          struct itimerval *restrict old)
{
    return (int)__result(__sys_setitimer(which, new, old));
}

unsigned
alarm(unsigned seconds)
{
    struct itimerval new = {.it_value = {seconds, 0}}, old = {{0, 0}, {0, 0}};

    setitimer(ITIMER_REAL, &new, &old);
    return (unsigned)old.it_value.tv_sec + (old.it_value.tv_usec > 0);
}
