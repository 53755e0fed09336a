#include "user/sh/alias.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/mem.h"

struct alias {
    struct alias *next;
    char *name, *value;
};

static struct alias *first;

static struct alias **
place_of(const char *name)
{
    struct alias **place = &first;

    while (*place != NULL && strcmp((*place)->name, name) < 0)
        place = &(*place)->next;
    return place;
}

const char *
alias_find(const char *name)
{
    struct alias *alias = *place_of(name);

    return alias != NULL && strcmp(alias->name, name) == 0 ? alias->value :
        NULL;
}

void
alias_set(const char *name, const char *value)
{
    struct alias **place = place_of(name);
    char *copy = mem_keep_string(value);

    if (*place == NULL || strcmp((*place)->name, name) != 0) {
        struct alias *alias = mem_keep(sizeof *alias);

        alias->name = mem_keep_string(name);
        alias->value = NULL;
        alias->next = *place;
        *place = alias;
    }
    free((*place)->value);
    (*place)->value = copy;
}

bool
alias_remove(const char *name)
{
    struct alias **place = place_of(name);
    struct alias *alias = *place;

    if (alias == NULL || strcmp(alias->name, name) != 0)
        return false;
    *place = alias->next;
    free(alias->name);
    free(alias->value);
    free(alias);
    return true;
}

void
alias_remove_all(void)
{
    while (first != NULL)
        (void)alias_remove(first->name);
}

void
alias_each(void (*tell)(const char *name, const char *value))
{
    struct alias *next;

    for (struct alias *alias = first; alias != NULL; alias = next) {
        next = alias->next;
        tell(alias->name, alias->value);
    }
}
