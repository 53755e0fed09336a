#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H

#include <bits/features.h>
#include <bits/sigset.h>
#include <bits/timespec.h>
#include <bits/timeval.h>

#define FD_SETSIZE 1024

typedef struct {
    unsigned long __bits[FD_SETSIZE / 64];
} fd_set;

#define FD_ZERO(set)      ((void)(*(set) = (fd_set){{0}}))
#define FD_SET(fd, set)   ((set)->__bits[(fd) / 64] |= 1UL << (fd) % 64)
#define FD_CLR(fd, set)   ((set)->__bits[(fd) / 64] &= ~(1UL << (fd) % 64))
#define FD_ISSET(fd, set) ((int)((set)->__bits[(fd) / 64] >> (fd) % 64 & 1))

__C_BEGIN

int pselect(int, fd_set *__restrict, fd_set *__restrict, fd_set *__restrict,
            const struct timespec *__restrict, const sigset_t *__restrict);
int select(int, fd_set *__restrict, fd_set *__restrict, fd_set *__restrict,
           struct timeval *__restrict);

__C_END

#endif
