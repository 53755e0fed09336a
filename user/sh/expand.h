/*
 * Words to fields (POSIX.1-2008, XCU 2.6): tilde, parameters, commands,
 * arithmetic, field splitting, pathnames. Results lie in sh.scratch. What
 * fails has been told by sh_fatal(), and gives false or NULL.
 */
#ifndef USER_SH_EXPAND_H
#define USER_SH_EXPAND_H

#include "user/sh/ast.h"
#include "user/sh/cells.h"

struct fields {
    char **at;                  /* NULL after the last one */
    size_t count, size;
};

void fields_add(struct fields *fields, char *field);

bool expand_words(const struct word *words, struct fields *fields);

/* Like an assignment: one field, a tilde also after = and colons. */
bool expand_declaration(const struct word *word, struct fields *fields);

enum expand_tilde { EXPAND_NO_TILDE, EXPAND_TILDE, EXPAND_TILDES };

/* No splitting, no pathnames. TILDES: after each colon too. */
char *expand_string(const struct word *word, enum expand_tilde tilde);

/* For case: with what is quoted marked so. */
bool expand_pattern(const struct word *word, struct cells *cells);

#endif
