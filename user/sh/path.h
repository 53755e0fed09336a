/* Where commands are: PATH, and what was found there before. */
#ifndef USER_SH_PATH_H
#define USER_SH_PATH_H

#include <stdbool.h>

/* The file to execute, in sh.scratch; NULL, and *status is 127 (none) or
 * 126 (one that may not be executed). With standard, the PATH that finds
 * the tools of the system. */
const char *path_find(const char *name, bool standard, int *status);

/* The first readable file of that name in PATH, for the dot command. */
const char *path_find_script(const char *name);

void path_forget(void);
void path_print(void);                      /* for hash */

#endif
