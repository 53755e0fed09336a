#include "user/sh/vars.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/sh.h"

#define BUCKETS 64

struct variable {
    struct variable *next;
    char *name, *value;         /* no value: unset, but has attributes */
    bool exported, readonly;
};

struct saved {
    struct saved *next;
    struct variable was;
};

struct var_scope {
    struct var_scope *below;
    struct saved *saved;
    bool function, has_arguments;
    char **arguments;
    unsigned argument_count;
};

unsigned var_path_changes, var_optind_changes;

static struct variable *table[BUCKETS];
static struct var_scope *scopes;

static struct variable **
bucket_of(const char *name)
{
    unsigned hash = 5381;

    for (; *name != '\0'; name++)
        hash = hash * 33 + (unsigned char)*name;
    return &table[hash % BUCKETS];
}

static struct variable *
find(const char *name)
{
    struct variable *variable = *bucket_of(name);

    while (variable != NULL && strcmp(variable->name, name) != 0)
        variable = variable->next;
    return variable;
}

static struct variable *
find_or_make(const char *name)
{
    struct variable *variable = find(name);
    struct variable **bucket = bucket_of(name);
    char *copy;

    if (variable != NULL)
        return variable;
    copy = mem_keep_string(name);
    variable = mem_keep(sizeof *variable);
    *variable = (struct variable){ .name = copy, .next = *bucket };
    *bucket = variable;
    return variable;
}

static void
note_change(const char *name)
{
    if (strcmp(name, "PATH") == 0)
        var_path_changes++;
    else if (strcmp(name, "OPTIND") == 0)
        var_optind_changes++;
}

const char *
var_get(const char *name)
{
    const struct variable *variable;

    if (strcmp(name, "LINENO") == 0) {
        static char number[16];
        struct text text = { &sh.scratch, NULL, 0, 0 };

        text_number(&text, sh.line);
        return strcpy(number, text_end(&text));
    }
    variable = find(name);
    return variable != NULL ? variable->value : NULL;
}

bool
var_set(const char *name, const char *value)
{
    struct variable *variable = find_or_make(name);
    char *copy;

    if (variable->readonly) {
        sh_fatal("%s: is readonly", name);
        return false;
    }
    copy = mem_keep_string(value);
    free(variable->value);
    variable->value = copy;
    variable->exported |= sh.option['a'];
    note_change(name);
    return true;
}

void
var_set_number(const char *name, long long number)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_number(&text, number);
    (void)var_set(name, text_end(&text));
}

bool
var_unset(const char *name)
{
    struct variable *variable = find(name);
    struct variable **place = bucket_of(name);

    if (variable == NULL)
        return true;
    if (variable->readonly) {
        sh_fatal("%s: is readonly", name);
        return false;
    }
    while (*place != variable)
        place = &(*place)->next;
    *place = variable->next;
    note_change(name);
    free(variable->name);
    free(variable->value);
    free(variable);
    return true;
}

void
var_export(const char *name)
{
    find_or_make(name)->exported = true;
}

void
var_readonly(const char *name)
{
    find_or_make(name)->readonly = true;
}

bool
var_is_readonly(const char *name)
{
    const struct variable *variable = find(name);

    return variable != NULL && variable->readonly;
}

/* --- all of them --------------------------------------------------------- */

char **
var_environment(struct arena *arena)
{
    size_t count = 0;
    char **list;

    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct variable *v = table[i]; v != NULL; v = v->next)
            count += v->exported && v->value != NULL;
    }
    list = arena_alloc(arena, (count + 1) * sizeof *list);
    list[count] = NULL;
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct variable *v = table[i]; v != NULL; v = v->next) {
            struct text text = { arena, NULL, 0, 0 };

            if (!v->exported || v->value == NULL)
                continue;
            text_string(&text, v->name);
            text_byte(&text, '=');
            text_string(&text, v->value);
            list[--count] = text_end(&text);
        }
    }
    return list;
}

void
var_import(char **environment)
{
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        size_t length = equals ? (size_t)(equals - *environment) : 0;
        char *name;

        if (!sh_is_name(*environment, length))
            continue;
        name = arena_copy(&sh.scratch, *environment, length);
        (void)var_set(name, equals + 1);
        var_export(name);
    }
}

static int
compare(const void *a, const void *b)
{
    const struct variable *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static bool
is_wanted(const struct variable *variable, int which)
{
    return which == VAR_EXPORTED ? variable->exported :
        which == VAR_READONLY ? variable->readonly :
        variable->value != NULL;
}

static void
print_one(const struct variable *variable, const char *prefix)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_string(&text, prefix);
    text_string(&text, variable->name);
    if (variable->value != NULL) {
        text_byte(&text, '=');
        sh_quote(&text, variable->value);
    }
    text_byte(&text, '\n');
    sh_put(text.bytes, text.length);
}

void
var_print(int which, const char *prefix)
{
    struct variable **list;
    size_t count = 0;

    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct variable *v = table[i]; v != NULL; v = v->next)
            count += is_wanted(v, which);
    }
    list = arena_alloc(&sh.scratch, (count + 1) * sizeof(void *));
    count = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct variable *v = table[i]; v != NULL; v = v->next) {
            if (is_wanted(v, which))
                list[count++] = v;
        }
    }
    qsort(list, count, sizeof(void *), compare);
    for (size_t i = 0; i < count; i++)
        print_one(list[i], prefix);
}

/* --- scopes -------------------------------------------------------------- */

struct var_scope *
var_scope_top(void)
{
    return scopes;
}

void
var_scope_push(bool function)
{
    struct var_scope *scope = mem_keep(sizeof *scope);

    *scope = (struct var_scope){ .below = scopes, .function = function };
    scopes = scope;
}

static void
save_in(struct var_scope *scope, const char *name)
{
    const struct variable *variable = find(name);
    struct saved *saved;

    for (saved = scope->saved; saved != NULL; saved = saved->next) {
        if (strcmp(saved->was.name, name) == 0)
            return;
    }
    saved = mem_keep(sizeof *saved);
    *saved = (struct saved){ .was.name = mem_keep_string(name) };
    if (variable != NULL) {
        saved->was.exported = variable->exported;
        saved->was.readonly = variable->readonly;
        if (variable->value != NULL)
            saved->was.value = mem_keep_string(variable->value);
    }
    saved->next = scope->saved;
    scope->saved = saved;
}

void
var_scope_save(const char *name)
{
    save_in(scopes, name);
}

bool
var_scope_local(const char *name)
{
    struct var_scope *scope = scopes;

    while (scope != NULL && !scope->function)
        scope = scope->below;
    if (scope == NULL)
        return false;
    save_in(scope, name);
    return true;
}

static void
restore(struct saved *saved)
{
    struct variable *variable = find(saved->was.name);
    struct variable was = saved->was;

    if (variable != NULL)
        variable->readonly = false;
    if (was.value == NULL && !was.exported && !was.readonly) {
        (void)var_unset(was.name);
    } else {
        variable = find_or_make(was.name);
        free(variable->value);
        variable->value = was.value;
        variable->exported = was.exported;
        variable->readonly = was.readonly;
        note_change(was.name);
    }
    free(saved->was.name);
    free(saved);
}

static void
free_arguments(char **arguments, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        free(arguments[i]);
    free(arguments);
}

void
var_scope_pop(void)
{
    struct var_scope *scope = scopes;

    while (scope->saved != NULL) {
        struct saved *saved = scope->saved;

        scope->saved = saved->next;
        restore(saved);
    }
    if (scope->has_arguments)
        var_set_arguments(scope->arguments, scope->argument_count);
    scopes = scope->below;
    free(scope);
}

void
var_scope_save_arguments(void)
{
    scopes->has_arguments = true;
    scopes->arguments = sh.arguments;
    scopes->argument_count = sh.argument_count;
    sh.arguments = NULL;
    sh.argument_count = 0;
}

void
var_set_arguments(char **arguments, unsigned count)
{
    free_arguments(sh.arguments, sh.argument_count);
    sh.arguments = arguments;
    sh.argument_count = count;
}

void
var_copy_arguments(char *const *arguments, unsigned count)
{
    char **copy = mem_keep((count + 1) * sizeof *copy);

    for (unsigned i = 0; i < count; i++)
        copy[i] = mem_keep_string(arguments[i]);
    copy[count] = NULL;
    var_set_arguments(copy, count);
}
