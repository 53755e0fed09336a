#ifndef _UTIME_H
#define _UTIME_H

#include <bits/features.h>

typedef long time_t;

struct utimbuf {
    time_t actime, modtime;
};

__C_BEGIN

int utime(const char *, const struct utimbuf *);

__C_END

#endif
