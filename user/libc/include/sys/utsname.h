#ifndef _SYS_UTSNAME_H
#define _SYS_UTSNAME_H

#include <bits/features.h>

struct utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65];
    char __domain[65];
};

__C_BEGIN

int uname(struct utsname *);

__C_END

#endif
