/*
 * The kernel command line: words separated by blanks, name=value. autorun=
 * ends the options: what follows it, blanks included, is its value, verbatim
 * (docs/spec/boot-protocol.md, BP-13).
 */
#ifndef KERNEL_START_OPTIONS_H
#define KERNEL_START_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The value of the first option of that name, not NUL-terminated, and its
 * length; NULL when there is none before autorun=.
 */
const char *option_find(const char *line, const char *name, size_t *length);

/* Whether the option is there with exactly this value. */
bool option_is(const char *line, const char *name, const char *value);

/* What stands after autorun=, or NULL. */
const char *option_autorun(const char *line);

#endif
