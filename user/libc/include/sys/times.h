#ifndef _SYS_TIMES_H
#define _SYS_TIMES_H

#include <bits/features.h>

typedef long clock_t;

struct tms {
    clock_t tms_utime, tms_stime, tms_cutime, tms_cstime;
};

__C_BEGIN

clock_t times(struct tms *);

__C_END

#endif
