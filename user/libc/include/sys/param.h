#ifndef _SYS_PARAM_H
#define _SYS_PARAM_H

#include <limits.h>
#include <sys/types.h>

#define MAXPATHLEN     PATH_MAX
#define MAXHOSTNAMELEN HOST_NAME_MAX
#define MAXSYMLINKS    SYMLOOP_MAX
#define NOFILE         OPEN_MAX
#define NBBY           CHAR_BIT

#define MIN(a, b)      ((a) < (b) ? (a) : (b))
#define MAX(a, b)      ((a) > (b) ? (a) : (b))
#define howmany(n, d)  (((n) + (d) - 1) / (d))
#define roundup(n, d)  (howmany(n, d) * (d))

#endif
