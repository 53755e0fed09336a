#ifndef _POLL_H
#define _POLL_H

#include <bits/features.h>

typedef unsigned long nfds_t;

struct pollfd {
    int fd;
    short events, revents;
};

#define POLLIN     1
#define POLLPRI    2
#define POLLOUT    4
#define POLLERR    8
#define POLLHUP    16
#define POLLNVAL   32
#define POLLRDNORM 64
#define POLLRDBAND 128
#define POLLWRNORM 256
#define POLLWRBAND 512

__C_BEGIN

int poll(struct pollfd *, nfds_t, int);
#ifdef __SHOW_GNU
#include <bits/sigset.h>
#include <bits/timespec.h>
int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
#endif

__C_END

#endif
