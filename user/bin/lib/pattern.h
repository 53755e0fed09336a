/* Regular expressions in text that has a length, over <regex.h>. */
#ifndef USER_BIN_LIB_PATTERN_H
#define USER_BIN_LIB_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* Compile; an expression that is none ends the tool with a message. */
void pattern_compile(regex_t *regex, const char *text, int flags);

/*
 * Find the first match that begins at from or later, in text of length bytes
 * with '\0' behind it. Offsets in match count from the start of text. Where
 * the C library's regexec() knows no REG_STARTEND, a '\0' inside the text
 * ends it for the expression.
 */
bool pattern_find(const regex_t *regex, const char *text, size_t length,
                  size_t from, size_t count, regmatch_t match[]);

#endif
