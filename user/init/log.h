/*
 * What services print, in the kernel's log: whole lines, each with the name
 * of who printed it in front, so that lines of two never mix.
 */
#ifndef USER_INIT_LOG_H
#define USER_INIT_LOG_H

#include <stddef.h>

#include "user/rt/rt.h"

#define LOG_LINE 200u /* bytes; what is longer is cut into several lines */

struct log {
    size_t length;
    char line[LOG_LINE + 1];
};

/* A call of PRINT_*. */
void log_served(struct log *log, const char *name,
                const struct sys_message *m);

/* What is left of a line without an end, from who prints no more. */
void log_flush(struct log *log, const char *name);

#endif
