/*
 * Patterns (POSIX.1-2008, XCU 2.13) made of cells: quoted ones stand for
 * themselves. Bytes are compared, not characters. Neither recursion nor time
 * beyond pattern times string.
 */
#ifndef USER_SH_PATTERN_H
#define USER_SH_PATTERN_H

#include "user/sh/cells.h"

bool pattern_match(const cell_t *pattern, size_t count, const char *string,
                   size_t length);

/* Is there anything that does not stand for itself? */
bool pattern_is_one(const cell_t *pattern, size_t count);

#endif
