/* Redirections, and how they are undone. */
#ifndef USER_SH_REDIRECT_H
#define USER_SH_REDIRECT_H

#include "user/sh/ast.h"

struct redirect_saved;

struct redirect_saved *redirect_mark(void);

/* False, said on stderr, if one of them fails. What was done is undone by
 * redirect_undo() in any case; with `forever` it stays. */
bool redirect_apply(const struct redirect *list, bool forever);
void redirect_undo(struct redirect_saved *mark);

/* The descriptor moved to where scripts do not reach, closed on exec; the
 * old one is closed. -1 with errno. */
int redirect_move(int fd);

#endif
