/* Pathname expansion (POSIX.1-2008, XCU 2.13.3). */
#ifndef USER_SH_GLOB_H
#define USER_SH_GLOB_H

#include "user/sh/cells.h"
#include "user/sh/expand.h"

/* Add the names that match, sorted; false if there are none. */
bool glob_expand(const cell_t *pattern, size_t count, struct fields *fields);

#endif
