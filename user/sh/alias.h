/* Aliases: names that stand for text at the start of a command. */
#ifndef USER_SH_ALIAS_H
#define USER_SH_ALIAS_H

#include <stdbool.h>

const char *alias_find(const char *name);   /* NULL: there is none */
void alias_set(const char *name, const char *value);
bool alias_remove(const char *name);        /* false: there was none */
void alias_remove_all(void);

/* In no order that means anything; each may be removed meanwhile. */
void alias_each(void (*tell)(const char *name, const char *value));

#endif
