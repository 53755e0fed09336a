/* What is asked about a terminal. */
#ifndef USER_BIN_LIB_TERMINAL_H
#define USER_BIN_LIB_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Columns of the standard output: COLUMNS, the terminal's own, or 80. */
size_t terminal_columns(void);

/* Are colors wanted? On a terminal, unless NO_COLOR or TERM=dumb is set. */
bool terminal_colors(void);

#endif
