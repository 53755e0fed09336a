#ifndef _LANGINFO_H
#define _LANGINFO_H

#include <bits/features.h>

typedef int nl_item;

#define CODESET   14
#define RADIXCHAR 0x10000
#define THOUSEP   0x10001
#define YESEXPR   0x50000
#define NOEXPR    0x50001
#define D_T_FMT   0x20028
#define D_FMT     0x20029
#define T_FMT     0x2002A
#define ABDAY_1   0x20000
#define DAY_1     0x20007
#define ABMON_1   0x2000E
#define MON_1     0x2001A

__C_BEGIN

char *nl_langinfo(nl_item);

__C_END

#endif
