#ifndef LIBC_TIME_INTERNAL_H
#define LIBC_TIME_INTERNAL_H

#include <stdbool.h>
#include <time.h>

#include "user/libc/internal/libc.h"

/* Days from 1 January 1970 to a day of the Gregorian calendar; month 0 is
 * January, and may be any number, as may the day. */
HIDDEN long __days_of(long year, long month, long day);

/* A time as if there were no zones; false with EOVERFLOW: no such year. */
HIDDEN bool __break_down(long time, struct tm *tm);

/* Seconds from 1970 of a time without zone, fields of any size. */
HIDDEN long __seconds_of(const struct tm *tm);

/* Seconds east of Greenwich at a time, and whether it is summer time there. */
HIDDEN long __zone_offset(long time, bool *summer);
HIDDEN const char *__zone_name(bool summer);

#endif
