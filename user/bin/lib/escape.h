/* Escape sequences with a backslash, as echo, printf and tr know them. */
#ifndef USER_BIN_LIB_ESCAPE_H
#define USER_BIN_LIB_ESCAPE_H

enum escape_style {
    ESCAPE_FORMAT, /* \NNN, in printf's formats and in tr */
    ESCAPE_ECHO,   /* \0NNN and \c, in echo -e and for %b */
};

#define ESCAPE_STOP (-1) /* \c: nothing more is written */
#define ESCAPE_NONE (-2) /* not a sequence: the backslash is meant */

/*
 * Read one sequence; *p stands after the backslash, and is moved on behind
 * the sequence, or stays at ESCAPE_NONE. Returns the character.
 */
int escape_read(const char **p, enum escape_style style);

#endif
