/* Variables, and scopes that give them back their old values. */
#ifndef USER_SH_VARS_H
#define USER_SH_VARS_H

#include "user/sh/mem.h"

/* The value, which stays until the variable is set anew; NULL: unset. */
const char *var_get(const char *name);

/* False, told by sh_fatal(), if the variable is readonly. */
bool var_set(const char *name, const char *value);
bool var_unset(const char *name);
void var_set_number(const char *name, long long number);

void var_export(const char *name);
void var_readonly(const char *name);
bool var_is_readonly(const char *name);

/* name=value of those that are exported. */
char **var_environment(struct arena *arena);
void var_import(char **environment);

/* Those that have one of the attributes, or all: sorted by name. */
enum { VAR_ALL, VAR_EXPORTED, VAR_READONLY };
void var_print(int which, const char *prefix);

/* What must be done anew when PATH, OPTIND were set. */
extern unsigned var_path_changes, var_optind_changes;

/*
 * A scope is made for a function call, or for the assignments before a
 * command. A variable saved in it, and the arguments, get back what they
 * were when it is popped.
 */
struct var_scope;
void var_scope_push(bool function);
void var_scope_pop(void);
struct var_scope *var_scope_top(void);
void var_scope_save(const char *name);      /* in the innermost scope */
bool var_scope_local(const char *name);     /* false: in no function */

/* The scope keeps the arguments; set replaces them. Each string and the
 * list come from mem_keep(). */
void var_scope_save_arguments(void);
void var_set_arguments(char **arguments, unsigned count);
void var_copy_arguments(char *const *arguments, unsigned count);

#endif
