#ifndef _SCHED_H
#define _SCHED_H

#include <bits/features.h>

__C_BEGIN

int sched_yield(void);

__C_END

#endif
