/* Variables, arguments, aliases. */
#include "user/sh/builtins.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/alias.h"
#include "user/sh/func.h"
#include "user/sh/sh.h"
#include "user/sh/vars.h"

/* name or name=value; NULL, said, if it is neither. */
static const char *
name_of(const char *word, const char *who, const char **value)
{
    const char *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);

    *value = equals != NULL ? equals + 1 : NULL;
    if (!sh_is_name(word, length)) {
        sh_fatal("%s: %s: not a name", who, word);
        return NULL;
    }
    return arena_copy(&sh.scratch, word, length);
}

static int
set_attribute(char **argv, int which, void (*mark)(const char *name))
{
    bool given[128] = { false };
    int i = builtin_options(argv, "p", given);

    if (i < 0)
        return 2;
    if (argv[i] == NULL) {
        var_print(which, which == VAR_EXPORTED ? "export " : "readonly ");
        return 0;
    }
    for (; argv[i] != NULL; i++) {
        const char *value, *name = name_of(argv[i], argv[0], &value);

        if (name == NULL || (value != NULL && !var_set(name, value)))
            return 2;
        mark(name);
    }
    return 0;
}

int
builtin_export(char **argv)
{
    return set_attribute(argv, VAR_EXPORTED, var_export);
}

int
builtin_readonly(char **argv)
{
    return set_attribute(argv, VAR_READONLY, var_readonly);
}

/* The value stays until the function sets it; so do the attributes. */
int
builtin_local(char **argv)
{
    for (int i = 1; argv[i] != NULL; i++) {
        const char *value, *name = name_of(argv[i], argv[0], &value);

        if (name == NULL)
            return 2;
        if (!var_scope_local(name)) {
            sh_fatal("local: in no function");
            return 2;
        }
        if (value != NULL && !var_set(name, value))
            return 2;
    }
    return 0;
}

int
builtin_unset(char **argv)
{
    bool given[128] = { false };
    int i = builtin_options(argv, "fv", given);

    if (i < 0)
        return 2;
    for (; argv[i] != NULL; i++) {
        if (given['f'])
            (void)func_remove(argv[i]);
        else if (!sh_is_name(argv[i], strlen(argv[i]))) {
            sh_fatal("unset: %s: not a name", argv[i]);
            return 2;
        } else if (!var_unset(argv[i]))
            return 2;
    }
    return 0;
}

int
builtin_shift(char **argv)
{
    long count = argv[1] != NULL ? sh_number(argv[1], 1 << 30) : 1;

    if (count < 0 || (unsigned long)count > sh.argument_count) {
        sh_fatal("shift: %s: cannot shift so many",
                 argv[1] != NULL ? argv[1] : "1");
        return 2;
    }
    for (long i = 0; i < count; i++)
        free(sh.arguments[i]);
    sh.argument_count -= (unsigned)count;
    memmove(sh.arguments, sh.arguments + count,
            (sh.argument_count + 1) * sizeof *sh.arguments);
    return 0;
}

/* --- aliases ------------------------------------------------------------- */

static void
print_alias(const char *name, const char *value)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    sh_quote(&text, value);
    sh_print("%s=%s\n", name, text_end(&text));
}

int
builtin_alias(char **argv)
{
    int status = 0;

    if (argv[1] == NULL)
        alias_each(print_alias);
    for (int i = 1; argv[i] != NULL; i++) {
        const char *equals = strchr(argv[i] + (argv[i][0] != '\0'), '=');

        if (equals != NULL) {
            alias_set(arena_copy(&sh.scratch, argv[i],
                                 (size_t)(equals - argv[i])), equals + 1);
        } else if (alias_find(argv[i]) != NULL) {
            print_alias(argv[i], alias_find(argv[i]));
        } else {
            sh_error("alias: %s: not found", argv[i]);
            status = 1;
        }
    }
    return status;
}

int
builtin_unalias(char **argv)
{
    bool given[128] = { false };
    int i = builtin_options(argv, "a", given), status = 0;

    if (i < 0)
        return 2;
    if (given['a'])
        alias_remove_all();
    for (; argv[i] != NULL; i++) {
        if (!alias_remove(argv[i])) {
            sh_error("unalias: %s: not found", argv[i]);
            status = 1;
        }
    }
    return status;
}

/* --- getopts ------------------------------------------------------------- */

/* Where it stands inside of one argument, as long as nobody sets OPTIND. */
static size_t inside;
static unsigned known_changes;

static int
report(char **argv, const char *name, char option, const char *argument,
       long index)
{
    char value[2] = { option, '\0' };

    (void)argv;
    var_set_number("OPTIND", index);
    known_changes = var_optind_changes;
    if (argument != NULL)
        (void)var_set("OPTARG", argument);
    else
        (void)var_unset("OPTARG");
    (void)var_set(name, value);
    return sh.flow != FLOW_NONE ? 2 : 0;
}

static int
end_of_options(const char *name, long index)
{
    inside = 0;
    var_set_number("OPTIND", index);
    known_changes = var_optind_changes;
    (void)var_unset("OPTARG");
    (void)var_set(name, "?");
    return 1;
}

/* An option that is not known, or whose argument is missing. */
static int
bad_option(char **argv, char option, bool known, long index)
{
    char text[2] = { option, '\0' };

    if (argv[1][0] == ':')
        return report(argv, argv[2], known ? ':' : '?', text, index);
    sh_error("%s -%c", known ? "no argument for option" : "unknown option",
             option);
    return report(argv, argv[2], '?', NULL, index);
}

static int
next_option(char **argv, char **list, unsigned count, long index)
{
    const char *word = list[index - 1], *letters = argv[1], *found, *argument;
    char option;

    if (inside == 0)
        inside = 1;
    option = word[inside++];
    found = option != ':' ? strchr(letters, option) : NULL;
    argument = word[inside] != '\0' ? word + inside : NULL;
    if (argument == NULL) {
        inside = 0;
        index++;
    }
    if (found == NULL)
        return bad_option(argv, option, false, index);
    if (found[1] != ':')
        return report(argv, argv[2], option, NULL, index);
    if (argument != NULL) {
        inside = 0;
        index++;
    } else if ((unsigned long)index <= count) {
        argument = list[index - 1];
        index++;
    } else {
        return bad_option(argv, option, true, index);
    }
    return report(argv, argv[2], option, argument, index);
}

int
builtin_getopts(char **argv)
{
    const char *text = var_get("OPTIND"), *word;
    long index = text != NULL ? sh_number(text, 1 << 30) : 1;
    char **list = sh.arguments;
    unsigned count = sh.argument_count;

    if (argv[1] == NULL || argv[2] == NULL) {
        sh_error("getopts: letters and a name are missing");
        return 2;
    }
    if (argv[3] != NULL) {
        list = argv + 3;
        for (count = 0; list[count] != NULL; count++)
            continue;
    }
    if (index < 1)
        index = 1;
    if (known_changes != var_optind_changes)
        inside = 0;
    if ((unsigned long)index > count)
        return end_of_options(argv[2], index);
    word = list[index - 1];
    if (inside >= strlen(word))
        inside = 0;
    if (word[0] != '-' || word[1] == '\0')
        return end_of_options(argv[2], index);
    if (strcmp(word, "--") == 0)
        return end_of_options(argv[2], index + 1);
    return next_option(argv, list, count, index);
}
