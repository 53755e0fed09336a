/* Points in time as people write them, for date and touch. */
#ifndef USER_BIN_LIB_WHEN_H
#define USER_BIN_LIB_WHEN_H

#include <stdbool.h>
#include <time.h>

/*
 * Read "2026-01-31", "2026-01-31 12:30", "...:59", "...:59.25", with T for
 * the blank and Z for UTC at the end, "@seconds" since 1970, or "now".
 */
bool when_parse(const char *text, struct timespec *when);

#endif
