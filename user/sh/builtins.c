#include "user/sh/builtins.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/alias.h"
#include "user/sh/exec.h"
#include "user/sh/func.h"
#include "user/sh/history.h"
#include "user/sh/jobs.h"
#include "user/sh/path.h"
#include "user/sh/redirect.h"
#include "user/sh/sh.h"
#include "user/sh/signals.h"
#include "user/sh/vars.h"

/* --- options ------------------------------------------------------------- */

int
builtin_options(char **argv, const char *letters, bool given[128])
{
    int i = 1;

    for (; argv[i] != NULL && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        for (const char *c = argv[i] + 1; *c != '\0'; c++) {
            if (strchr(letters, *c) == NULL) {
                sh_error("%s: -%c: unknown option", argv[0], *c);
                return -1;
            }
            given[(unsigned char)*c & 127] = true;
        }
    }
    return i;
}

/* --- flow ---------------------------------------------------------------- */

/* The number that break, shift and others take, from 1 on. */
static long
count_of(char **argv)
{
    long count = argv[1] != NULL ? sh_number(argv[1], 1 << 30) : 1;

    if (count < 1)
        sh_fatal("%s: %s: not a count", argv[0], argv[1]);
    return count;
}

static int
leave_loops(char **argv, enum flow flow)
{
    long count = count_of(argv);

    if (count < 1)
        return 2;
    if (sh.loops == 0)
        return 0;
    sh.flow = flow;
    sh.flow_levels = (unsigned)count < sh.loops ? (unsigned)count : sh.loops;
    return sh.status = 0;
}

static int
builtin_break(char **argv)
{
    return leave_loops(argv, FLOW_BREAK);
}

static int
builtin_continue(char **argv)
{
    return leave_loops(argv, FLOW_CONTINUE);
}

static int
status_argument(char **argv)
{
    long number;

    if (argv[1] == NULL)
        return sh.status;
    number = sh_number(argv[1], 1 << 30);
    if (number < 0) {
        sh_fatal("%s: %s: not a status", argv[0], argv[1]);
        return 2;
    }
    return (int)(number & 255);
}

/* With jobs that stopped, only the second of two exits in a row leaves. */
static int
builtin_exit(char **argv)
{
    int status = status_argument(argv);

    if (sh.flow != FLOW_NONE)
        return status;
    if (sh.interactive && jobs_any_stopped() && !sh.warned) {
        sh_error("there are stopped jobs");
        sh.warned = 2;
        return 1;
    }
    sh.flow = FLOW_EXIT;
    return sh.status = status;
}

static int
builtin_return(char **argv)
{
    int status = status_argument(argv);

    if (sh.flow != FLOW_NONE)
        return status;
    sh.flow = sh.functions > 0 ? FLOW_RETURN : FLOW_EXIT;
    return sh.status = status;
}

static int
builtin_true(char **argv)
{
    (void)argv;
    return 0;
}

static int
builtin_false(char **argv)
{
    (void)argv;
    return 1;
}

/* --- running ------------------------------------------------------------- */

static int
builtin_eval(char **argv)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    for (int i = 1; argv[i] != NULL; i++) {
        if (i > 1)
            text_byte(&text, ' ');
        text_string(&text, argv[i]);
    }
    if (sh.nesting >= SH_MAX_NESTING) {
        sh_fatal("commands nested too deeply");
        return 2;
    }
    sh.status = 0;
    sh.nesting += 5;        /* it takes more of the stack than a node */
    exec_string(text_end(&text), sh.line);
    sh.nesting -= 5;
    return sh.status;
}

static int
builtin_dot(char **argv)
{
    const char *path;
    struct source *source;
    int fd;

    if (argv[1] == NULL) {
        sh_fatal(".: a file is missing");
        return 2;
    }
    path = path_find_script(argv[1]);
    fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || (fd = redirect_move(fd)) < 0) {
        sh_fatal(".: %s: %s", argv[1], path == NULL ? "not found" :
                 strerror(errno));
        return 2;
    }
    source = source_open_fd(fd, false, false);
    sh.status = 0;
    sh.functions++;
    sh.nesting += 5;
    exec_source(source);
    sh.nesting -= 5;
    sh.functions--;
    source_close(source);
    if (sh.flow == FLOW_RETURN)
        sh.flow = FLOW_NONE;
    return sh.status;
}

int
builtin_exec(char **argv)
{
    int i = argv[1] != NULL && strcmp(argv[1], "--") == 0 ? 2 : 1;

    if (argv[i] == NULL)
        return 0;
    sh.status = exec_replace(argv + i);
    if (!sh.interactive)
        sh.flow = FLOW_EXIT;
    return sh.status;
}

/* --- what is what -------------------------------------------------------- */

static bool
is_keyword(const char *name)
{
    static const char *const words[] = {
        "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi",
        "for", "if", "in", "then", "until", "while",
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], name) == 0)
            return true;
    }
    return false;
}

static void
describe_alias(const char *name, bool words)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    sh_quote(&text, alias_find(name));
    sh_print(words ? "%s is an alias for %s\n" : "alias %s=%s\n", name,
             text_end(&text));
}

static int
describe_file(const char *name, bool words, bool standard)
{
    int status;
    const char *path = path_find(name, standard, &status);

    if (path == NULL) {
        if (words)
            sh_error("%s: not found", name);
        return 127;
    }
    sh_print(words ? "%s is %s\n" : "%.0s%s\n", name, path);
    return 0;
}

/* What a name would run: in words, or so that it can be run. */
static int
describe(const char *name, bool words, bool standard)
{
    const struct builtin *builtin = builtin_find(name);

    if (is_keyword(name))
        sh_print(words ? "%s is a shell keyword\n" : "%s\n", name);
    else if (alias_find(name) != NULL)
        describe_alias(name, words);
    else if (func_find(name) != NULL)
        sh_print(words ? "%s is a shell function\n" : "%s\n", name);
    else if (builtin != NULL)
        sh_print(!words ? "%s\n" : builtin->special ?
                 "%s is a special shell builtin\n" :
                 "%s is a shell builtin\n", name);
    else
        return describe_file(name, words, standard);
    return 0;
}

static int
builtin_type(char **argv)
{
    int status = 0;

    for (int i = 1; argv[i] != NULL; i++) {
        int one = describe(argv[i], true, false);

        status = one != 0 ? one : status;
    }
    return status;
}

static int
builtin_command(char **argv)
{
    bool given[128] = { false };
    int i = builtin_options(argv, "pvV", given);

    if (i < 0)
        return 2;
    if (argv[i] == NULL)
        return 0;
    if (given['v'] || given['V'])
        return describe(argv[i], given['V'], given['p']);
    return exec_command(argv + i, given['p']);
}

static int
builtin_hash(char **argv)
{
    bool given[128] = { false };
    int i = builtin_options(argv, "r", given), status = 0, found;

    if (i < 0)
        return 2;
    if (given['r'])
        path_forget();
    else if (argv[i] == NULL)
        path_print();
    for (; argv[i] != NULL; i++) {
        if (builtin_find(argv[i]) == NULL && func_find(argv[i]) == NULL &&
            path_find(argv[i], false, &found) == NULL) {
            sh_error("hash: %s: not found", argv[i]);
            status = 1;
        }
    }
    return status;
}

static int
builtin_history(char **argv)
{
    (void)argv;
    for (unsigned i = 0; history_at(i) != NULL; i++)
        sh_print("%5u  %s\n", i + 1, history_at(i));
    return 0;
}

/* --- set ----------------------------------------------------------------- */

static const struct {
    char letter;
    const char *name;
} options[] = {
    { 'a', "allexport" }, { 'e', "errexit" }, { 'I', "ignoreeof" },
    { 'm', "monitor" }, { 'C', "noclobber" }, { 'n', "noexec" },
    { 'f', "noglob" }, { 'b', "notify" }, { 'u', "nounset" },
    { 'v', "verbose" }, { 'x', "xtrace" },
};

static bool
set_one(char letter, bool on)
{
    if (letter == 'm' && !jobs_control(on))
        return false;
    sh.option[(unsigned char)letter] = on;
    return true;
}

int
builtin_set_option(const char *name, bool on)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i].name, name) == 0)
            return set_one(options[i].letter, on) ? 0 : 1;
    }
    sh_error("-o %s: unknown option", name);
    return -1;
}

bool
builtin_set_letters(const char *letters, bool on)
{
    for (; *letters != '\0'; letters++) {
        if (strchr("abCefhmnuvx", *letters) == NULL) {
            sh_error("%c%c: unknown option", on ? '-' : '+', *letters);
            return false;
        }
        (void)set_one(*letters, on);
    }
    return true;
}

static void
print_options(bool as_commands)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        bool on = sh.option[(unsigned char)options[i].letter];

        if (as_commands)
            sh_print("set %co %s\n", on ? '-' : '+', options[i].name);
        else
            sh_print("%-15s %s\n", options[i].name, on ? "on" : "off");
    }
}

/* -o or +o with what follows; the number of arguments used, or -1. */
static int
set_long(char **argv)
{
    bool on = argv[0][0] == '-';

    if (argv[1] == NULL) {
        print_options(!on);
        return 1;
    }
    return builtin_set_option(argv[1], on) < 0 ? -1 : 2;
}

static unsigned
count_arguments(char **argv)
{
    unsigned count = 0;

    while (argv[count] != NULL)
        count++;
    return count;
}

static int
builtin_set(char **argv)
{
    int i = 1;

    if (argv[1] == NULL) {
        var_print(VAR_ALL, "");
        return 0;
    }
    while (argv[i] != NULL && strchr("-+", argv[i][0]) && argv[i][0]) {
        const char *word = argv[i];
        int used = 1;

        if (strcmp(word, "-") == 0)     /* an old way to say +vx */
            sh.option['v'] = sh.option['x'] = false;
        if (strcmp(word, "--") == 0 ||
            (strcmp(word, "-") == 0 && argv[i + 1] != NULL))
            var_copy_arguments(argv + i + 1, count_arguments(argv + i + 1));
        if (word[1] == '\0' || strcmp(word, "--") == 0)
            return 0;
        if (strcmp(word + 1, "o") == 0)
            used = set_long(argv + i);
        else if (!builtin_set_letters(word + 1, word[0] == '-'))
            used = -1;
        if (used < 0) {
            sh.status = 2;
            sh.flow = FLOW_ERROR;
            return 2;
        }
        i += used;
    }
    if (argv[i] != NULL)
        var_copy_arguments(argv + i, count_arguments(argv + i));
    return 0;
}

/* --- the table ----------------------------------------------------------- */

static const struct builtin builtins[] = {
    { ".", builtin_dot, true },
    { ":", builtin_true, true },
    { "[", builtin_test, false },
    { "alias", builtin_alias, false },
    { "bg", builtin_bg, false },
    { "break", builtin_break, true },
    { "cd", builtin_cd, false },
    { "command", builtin_command, false },
    { "continue", builtin_continue, true },
    { "echo", builtin_echo, false },
    { "eval", builtin_eval, true },
    { "exec", builtin_exec, true },
    { "exit", builtin_exit, true },
    { "export", builtin_export, true },
    { "false", builtin_false, false },
    { "fg", builtin_fg, false },
    { "getopts", builtin_getopts, false },
    { "hash", builtin_hash, false },
    { "history", builtin_history, false },
    { "jobs", builtin_jobs, false },
    { "kill", builtin_kill, false },
    { "local", builtin_local, false },
    { "printf", builtin_printf, false },
    { "pwd", builtin_pwd, false },
    { "read", builtin_read, false },
    { "readonly", builtin_readonly, true },
    { "return", builtin_return, true },
    { "set", builtin_set, true },
    { "shift", builtin_shift, true },
    { "test", builtin_test, false },
    { "times", builtin_times, true },
    { "trap", builtin_trap, true },
    { "true", builtin_true, false },
    { "type", builtin_type, false },
    { "umask", builtin_umask, false },
    { "unalias", builtin_unalias, false },
    { "unset", builtin_unset, true },
    { "wait", builtin_wait, false },
};

const struct builtin *
builtin_at(unsigned index)
{
    return index < sizeof builtins / sizeof builtins[0] ? &builtins[index] :
        NULL;
}

const struct builtin *
builtin_find(const char *name)
{
    for (unsigned i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    }
    return NULL;
}
