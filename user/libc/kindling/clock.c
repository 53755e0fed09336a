/* Time, waiting for several files, random bytes, and what the system is. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "user/libc/kindling/kindling.h"
#include "user/rt/rt.h"

#define NS 1000000000L
#define POLLS_MAX 62 /* a bit for each; one is the timer's */
#define BIT_TIMER (1ULL << 63)

static int
valid(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < NS;
}

static uint64_t
ns_of(const struct timespec *time)
{
    if (time->tv_sec > INT64_MAX / NS - 1)
        return INT64_MAX;
    return (uint64_t)(time->tv_sec * NS + time->tv_nsec);
}

/* --- clocks --------------------------------------------------------------- */

/* The time of day begins at the start of the machine until there is a driver
 * for the clock that knows better. */
int
__sys_clock_gettime(clockid_t clock, struct timespec *time)
{
    int64_t now = sys_clock();

    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return -EINVAL;
    *time = (struct timespec){ .tv_sec = now / NS, .tv_nsec = now % NS };
    return 0;
}

int
__sys_clock_settime(clockid_t clock, const struct timespec *time)
{
    (void)time;
    return clock == CLOCK_REALTIME ? -EPERM : -EINVAL;
}

int
__sys_clock_getres(clockid_t clock, struct timespec *resolution)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return -EINVAL;
    *resolution = (struct timespec){ .tv_nsec = 1 };
    return 0;
}

int
__sys_clock_nanosleep(clockid_t clock, int flags,
                      const struct timespec *time, struct timespec *left)
{
    uint64_t now = (uint64_t)sys_clock(), until, bits;
    int64_t bell, result;

    if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) ||
        !valid(time))
        return -EINVAL;
    until = ns_of(time);
    if ((flags & TIMER_ABSTIME) == 0)
        until = until > INT64_MAX - now ? INT64_MAX : until + now;
    bell = sys_notification_create();
    if (bell < 0)
        return __error_of(bell);
    result = sys_timer_set((handle_t)bell, 1, until);
    while (result == 0 && until > now) {
        result = sys_wait((handle_t)bell, 1, 0, &bits);
        if (result != ERR_INTERRUPTED)
            break;
        result = __signals_ran() ? ERR_INTERRUPTED : 0;
    }
    sys_close((handle_t)bell);
    now = (uint64_t)sys_clock();
    if (left != NULL && (flags & TIMER_ABSTIME) == 0)
        *left = now >= until
                    ? (struct timespec){ 0 }
                    : (struct timespec){
                          .tv_sec = (time_t)((until - now) / NS),
                          .tv_nsec = (long)((until - now) % NS) };
    return __error_of(result);
}

/* --- poll ----------------------------------------------------------------- */

/* What holds now of one file; with a bell, that is rung later. -EINTR: a
 * handler ran, and says nothing of the file. */
static int
arm(struct pollfd *poll, handle_t bell, unsigned bit)
{
    struct file *file = __file(poll->fd);
    struct sys_message m = {
        .tag = IO_ARM,
        .words = { (uint64_t)(unsigned short)poll->events, 1ULL << bit },
        .handles = sys_handles(bell, 0),
    };
    int error;

    poll->revents = 0;
    if (poll->fd < 0)
        return 0;
    if (file == NULL) {
        poll->revents = POLLNVAL;
        return 1;
    }
    if (bell != 0)
        m.tag |= SYS_TAG_HANDLES(1);
    error = __ask(file->handle, &m);
    if (error == -EINTR)
        return error;
    if (error == -ENOSYS) /* a file, that never lets anyone wait */
        poll->revents = poll->events & (POLLIN | POLLOUT);
    else
        poll->revents = error != 0 ? POLLERR : (short)m.words[0];
    return poll->revents != 0;
}

static int
arm_all(struct pollfd *fds, unsigned long count, handle_t bell)
{
    int found = 0;

    for (unsigned long i = 0; i < count; i++) {
        int result = arm(&fds[i], found == 0 ? bell : 0, (unsigned)i);

        if (result < 0)
            return result;
        found += result;
    }
    return found;
}

/* First all are armed, then one waits, then one looks again. */
static int
wait_for(struct pollfd *fds, unsigned long count, handle_t bell,
         const struct timespec *timeout)
{
    uint64_t bits = 0, until = 0;
    int64_t result = 0;
    int found;

    if (timeout != NULL) {
        until = ns_of(timeout);
        if (until < (uint64_t)(INT64_MAX - sys_clock()))
            until += (uint64_t)sys_clock();
        sys_timer_set(bell, BIT_TIMER, until == 0 ? 1 : until);
    }
    found = arm_all(fds, count, bell);
    while (found == 0 && (bits & BIT_TIMER) == 0 && result == 0) {
        result = sys_wait(bell, ~0ULL, 0, &bits);
        if (result == ERR_INTERRUPTED && !__signals_ran())
            result = 0;
        found = arm_all(fds, count, bell);
    }
    if (found == 0 && result < 0)
        return __error_of(result);
    arm_all(fds, count, 0); /* forget the bell */
    return found;
}

int
__sys_poll(struct pollfd *fds, unsigned long count,
           const struct timespec *timeout, const sigset_t *mask)
{
    int64_t bell, result;

    (void)mask;
    if (count > POLLS_MAX || (timeout != NULL && !valid(timeout)))
        return -EINVAL;
    result = arm_all(fds, count, 0);
    if (result != 0 || (timeout != NULL && ns_of(timeout) == 0))
        return (int)result;
    bell = sys_notification_create();
    if (bell < 0)
        return __error_of(bell);
    result = wait_for(fds, count, (handle_t)bell, timeout);
    sys_close((handle_t)bell);
    return (int)result;
}

/* --- the rest ------------------------------------------------------------- */

ssize_t
__sys_getrandom(void *data, size_t size, unsigned flags)
{
    char *to = data;

    (void)flags;
    for (size_t done = 0; done < size;) {
        uint64_t bits = random_bits();
        size_t n = size - done < sizeof bits ? size - done : sizeof bits;

        memcpy(to + done, &bits, n);
        done += n;
    }
    return (ssize_t)size;
}

int
__sys_uname(struct utsname *name)
{
    *name = (struct utsname){ .sysname = "Kindling", .nodename = "kindling",
                              .release = "0", .version = "0",
                              .machine = "x86_64" };
    return 0;
}

long
__sys_sysconf(int name)
{
    (void)name;
    return -EINVAL;
}

int
__sys_set_thread_pointer(void *block)
{
    return __error_of(sys_thread_control(SYS_SELF, SYS_THREAD_TLS,
                                         (uint64_t)block, 0));
}

int
__sys_getrusage(int who, struct rusage *usage)
{
    (void)who;
    *usage = (struct rusage){ 0 };
    return 0;
}

int
__sys_rlimit(int resource, const struct rlimit *new, struct rlimit *old)
{
    (void)resource;
    if (old != NULL)
        *old = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
    return new != NULL ? -EPERM : 0;
}

int
__sys_getpriority(int which, id_t who)
{
    (void)which;
    (void)who;
    return 20;
}

int
__sys_setpriority(int which, id_t who, int priority)
{
    (void)which;
    (void)who;
    return priority == 0 ? 0 : -EPERM;
}

int
__sys_getitimer(int which, struct itimerval *value)
{
    (void)which;
    *value = (struct itimerval){ 0 };
    return 0;
}

int
__sys_setitimer(int which, const struct itimerval *new,
                struct itimerval *old)
{
    (void)which;
    (void)new;
    (void)old;
    return -ENOSYS;
}
