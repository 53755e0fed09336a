#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

int
isatty(int fd)
{
    struct winsize size;
    int result = __sys_ioctl(fd, TIOCGWINSZ, &size);

    if (result == 0)
        return 1;
    errno = result == -EBADF ? EBADF : ENOTTY;
    return 0;
}

int
ttyname_r(int fd, char *text, size_t size)
{
    char link[32];
    ssize_t got;

    if (!isatty(fd))
        return errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    got = __sys_readlinkat(AT_FDCWD, link, text, size);
    if (got < 0)
        return (int)-got;
    if ((size_t)got >= size)
        return ERANGE;
    text[got] = '\0';
    return 0;
}

char *
ttyname(int fd)
{
    static char name[64];
    int error = ttyname_r(fd, name, sizeof name);

    if (error == 0)
        return name;
    errno = error;
    return NULL;
}

char *
ctermid(char *text)
{
    static char own[L_ctermid];

    return strcpy(text ? text : own, _PATH_TTY);
}

pid_t
tcgetpgrp(int fd)
{
    int group;

    return __result(__sys_ioctl(fd, TIOCGPGRP, &group)) < 0 ? -1 : group;
}

int
tcsetpgrp(int fd, pid_t group)
{
    return (int)__result(__sys_ioctl(fd, TIOCSPGRP, &group));
}

pid_t
tcgetsid(int fd)
{
    int session;

    return __result(__sys_ioctl(fd, TIOCGSID, &session)) < 0 ? -1 : session;
}

int
tcgetattr(int fd, struct termios *state)
{
    memset(state, 0, sizeof *state);
    return (int)__result(__sys_ioctl(fd, TCGETS, state));
}

int
tcsetattr(int fd, int when, const struct termios *state)
{
    if (when < TCSANOW || when > TCSAFLUSH)
        return __fail(EINVAL);
    return (int)__result(
        __sys_ioctl(fd, TCSETS + (unsigned)when, (void *)state));
}

int
tcgetwinsize(int fd, struct winsize *size)
{
    return (int)__result(__sys_ioctl(fd, TIOCGWINSZ, size));
}

int
tcsetwinsize(int fd, const struct winsize *size)
{
    return (int)__result(__sys_ioctl(fd, TIOCSWINSZ, (void *)size));
}

int
tcdrain(int fd)
{
    return (int)__result(__sys_ioctl(fd, TCSBRK, (void *)1));
}

int
tcsendbreak(int fd, int duration)
{
    (void)duration;
    return (int)__result(__sys_ioctl(fd, TCSBRK, NULL));
}

int
tcflow(int fd, int action)
{
    return (int)__result(__sys_ioctl(fd, TCXONC, (void *)(long)action));
}

int
tcflush(int fd, int queue)
{
    return (int)__result(__sys_ioctl(fd, TCFLSH, (void *)(long)queue));
}

speed_t
cfgetospeed(const struct termios *state)
{
    return state->c_cflag & 010017;
}

speed_t
cfgetispeed(const struct termios *state)
{
    return cfgetospeed(state);
}

int
cfsetospeed(struct termios *state, speed_t speed)
{
    if (speed & ~010017u)
        return __fail(EINVAL);
    state->c_cflag = (state->c_cflag & ~010017u) | speed;
    return 0;
}

int
cfsetispeed(struct termios *state, speed_t speed)
{
    return speed ? cfsetospeed(state, speed) : 0;
}

int
cfsetspeed(struct termios *state, speed_t speed)
{
    return cfsetospeed(state, speed);
}

void
cfmakeraw(struct termios *state)
{
    state->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
                                  IGNCR | ICRNL | IXON);
    state->c_oflag &= ~(tcflag_t)OPOST;
    state->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    state->c_cflag = (state->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    state->c_cc[VMIN] = 1;
    state->c_cc[VTIME] = 0;
}

/* --- waiting for files ---------------------------------------------------- */

int
ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
      const sigset_t *mask)
{
    return (int)__result(__sys_poll(fds, count, timeout, mask));
}

int
poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
    struct timespec time = {milliseconds / 1000,
                            milliseconds % 1000 * 1000000L};

    return ppoll(fds, count, milliseconds < 0 ? NULL : &time, NULL);
}

/* Sets into the list that poll() takes; its length. */
static int
list_of(int count, fd_set *sets[3], struct pollfd *fds)
{
    static const short events[3] = {POLLIN, POLLOUT, POLLPRI};
    int used = 0;

    for (int fd = 0; fd < count; fd++) {
        fds[used] = (struct pollfd){fd, 0, 0};
        for (int i = 0; i < 3; i++)
            if (sets[i] && FD_ISSET(fd, sets[i]))
                fds[used].events |= events[i];
        used += fds[used].events != 0;
    }
    return used;
}

int
pselect(int count, fd_set *restrict in, fd_set *restrict out,
        fd_set *restrict except, const struct timespec *restrict timeout,
        const sigset_t *restrict mask)
{
    static const short ready[3] = {POLLIN | POLLHUP | POLLERR,
                                   POLLOUT | POLLERR, POLLPRI};
    fd_set *sets[3] = {in, out, except}, results[3] = {{{0}}};
    struct pollfd fds[FD_SETSIZE];
    int used, total = 0;

    if (count < 0 || count > FD_SETSIZE)
        return __fail(EINVAL);
    used = list_of(count, sets, fds);
    if (ppoll(fds, (nfds_t)used, timeout, mask) < 0)
        return -1;
    for (int k = 0; k < used; k++) {
        if (fds[k].revents & POLLNVAL)
            return __fail(EBADF);
        for (int i = 0; i < 3; i++) {
            if (!(fds[k].revents & ready[i]) || !sets[i] ||
                !FD_ISSET(fds[k].fd, sets[i]))
                continue;
            FD_SET(fds[k].fd, &results[i]);
            total++;
        }
    }
    for (int i = 0; i < 3; i++)
        if (sets[i])
            *sets[i] = results[i];
    return total;
}

int
select(int count, fd_set *restrict in, fd_set *restrict out,
       fd_set *restrict except, struct timeval *restrict timeout)
{
    struct timespec time;

    if (timeout) {
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0)
            return __fail(EINVAL);
        time.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
        time.tv_nsec = timeout->tv_usec % 1000000 * 1000;
    }
    return pselect(count, in, out, except, timeout ? &time : NULL, NULL);
}

/* --- memory --------------------------------------------------------------- */

void *
mmap(void *address, size_t size, int protection, int flags, int fd,
     off_t offset)
{
    return (void *)__result(
        __sys_mmap(address, size, protection, flags, fd, offset));
}

int
munmap(void *address, size_t size)
{
    return (int)__result(__sys_munmap(address, size));
}

int
mprotect(void *address, size_t size, int protection)
{
    return (int)__result(__sys_mprotect(address, size, protection));
}

int
msync(void *address, size_t size, int flags)
{
    return (int)__result(__sys_msync(address, size, flags));
}

int
madvise(void *address, size_t size, int advice)
{
    return (int)__result(__sys_madvise(address, size, advice));
}

/* Advice only: what Linux's madvise() would throw away must stay. */
int
posix_madvise(void *address, size_t size, int advice)
{
    (void)address;
    (void)size;
    return advice < 0 || advice > POSIX_MADV_DONTNEED ? EINVAL : 0;
}
