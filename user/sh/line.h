/*
 * Reading a line from the terminal, edited as it is typed. With TERM unset
 * or "dumb" it is a plain read, and no escape sequence is ever sent (C-6).
 */
#ifndef USER_SH_LINE_H
#define USER_SH_LINE_H

#include "user/sh/mem.h"

enum line_result { LINE_DONE, LINE_END, LINE_INTERRUPTED };

/* The prompt, then a line without its end, from descriptor 0 to 2. */
enum line_result line_read(struct text *line, const char *prompt);

#endif
