/* Running trees. The status of what ran is returned, and in sh.status. */
#ifndef USER_SH_EXEC_H
#define USER_SH_EXEC_H

#include "user/sh/ast.h"
#include "user/sh/source.h"

/* Commands of a source until it ends or sh.flow says otherwise. */
void exec_source(struct source *source);
void exec_string(const char *string, unsigned line);

/* One tree that parse_command() made. */
void exec_tree(struct tree *tree);

/* $( ): what the body writes, and sh.substitution is its status. */
bool exec_substitute(const struct node *body, struct text *output);

/* For the command builtin: no functions; special builtins are plain ones. */
int exec_command(char **argv, bool standard_path);

/* For the exec builtin: does not come back, unless it fails. */
int exec_replace(char **argv);

/* Leave the process with sh.status, after the EXIT trap. */
_Noreturn void exec_leave(void);

#endif
