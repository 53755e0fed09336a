/* How modes, sizes, times and owners are written, and modes read. */
#ifndef USER_BIN_LIB_FORMAT_H
#define USER_BIN_LIB_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* POSIX leaves this one to an option. */
#ifndef S_ISVTX
#define S_ISVTX 01000
#endif

#define MODE_BITS 07777u /* what chmod can change */

/* "drwxr-xr-x" */
void format_mode(mode_t mode, char text[11]);

/* "1.5K": at most four characters and the unit, rounded up, as ls -h does. */
void format_human(uintmax_t bytes, char text[32]);

/* "Jan  2 03:04", or "Jan  2  2020" for what is half a year away from now. */
void format_time(time_t when, time_t now, char text[32]);

/* The names of owner and group, or their numbers. Valid until the next. */
const char *format_user(uid_t id);
const char *format_group(gid_t id);

/*
 * The mode that chmod's argument (octal or as in "u+x,go=") makes of an old
 * one. directory matters for X. False if the text means nothing.
 */
bool mode_apply(const char *text, mode_t old, bool directory, mode_t *mode);

#endif
