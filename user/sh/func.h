/* Functions by name. A function holds the tree that its body is in. */
#ifndef USER_SH_FUNC_H
#define USER_SH_FUNC_H

#include "user/sh/ast.h"

struct func {
    struct func *next;
    char *name;
    struct tree *tree;
    const struct node *body;
};

const struct func *func_find(const char *name);     /* or NULL */
void func_set(const char *name, struct tree *tree, const struct node *body);
bool func_remove(const char *name);
void func_each(void (*tell)(const char *name));

#endif
