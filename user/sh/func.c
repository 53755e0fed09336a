#include "user/sh/func.h"

#include <stdlib.h>
#include <string.h>

static struct func *first;

static struct func **
place_of(const char *name)
{
    struct func **place = &first;

    while (*place != NULL && strcmp((*place)->name, name) != 0)
        place = &(*place)->next;
    return place;
}

const struct func *
func_find(const char *name)
{
    return *place_of(name);
}

void
func_set(const char *name, struct tree *tree, const struct node *body)
{
    struct func **place = place_of(name), *func = *place;

    if (func == NULL) {
        char *copy = mem_keep_string(name);

        func = mem_keep(sizeof *func);
        *func = (struct func){ .name = copy };
        *place = func;
    }
    tree_hold(tree);
    tree_drop(func->tree);
    func->tree = tree;
    func->body = body;
}

bool
func_remove(const char *name)
{
    struct func **place = place_of(name), *func = *place;

    if (func == NULL)
        return false;
    *place = func->next;
    tree_drop(func->tree);
    free(func->name);
    free(func);
    return true;
}

void
func_each(void (*tell)(const char *name))
{
    for (struct func *func = first; func != NULL; func = func->next)
        tell(func->name);
}
