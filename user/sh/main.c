/*
 * The shell: options, where commands come from, and the loop around them.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/builtins.h"
#include "user/sh/exec.h"
#include "user/sh/history.h"
#include "user/sh/jobs.h"
#include "user/sh/parser.h"
#include "user/sh/path.h"
#include "user/sh/prompt.h"
#include "user/sh/redirect.h"
#include "user/sh/sh.h"
#include "user/sh/sh_help.h"
#include "user/sh/signals.h"
#include "user/sh/vars.h"

#define MAX_ENDS 10             /* ctrl-D in a row that ignoreeof ignores */

extern char **environ;

struct arguments {
    const char *command;        /* of -c */
    bool from_input, interactive, login;
    int next;                   /* the first operand */
};

/* --- arguments ----------------------------------------------------------- */

static _Noreturn void
bad_usage(void)
{
    sh_error("try sh --help");
    _exit(2);
}

static void
print_and_leave(const char *words)
{
    sh_put(words, strlen(words));
    _exit(sh_flush("sh") ? 0 : 1);
}

/* The letters of one argument; -m and -b wait for signals to be set up. */
static void
read_letters(struct arguments *arguments, char **argv, int *i)
{
    bool on = argv[*i][0] == '-';
    static char command[] = "";

    for (const char *c = argv[(*i)++] + 1; *c != '\0'; c++) {
        char one[2] = { *c, '\0' };

        if (*c == 'c') {
            arguments->command = command;
        } else if (*c == 's') {
            arguments->from_input = true;
        } else if (*c == 'i') {
            arguments->interactive = on;
        } else if (*c == 'l') {
            arguments->login = true;
        } else if (*c == 'o') {
            if (argv[*i] == NULL || builtin_set_option(argv[(*i)++], on) < 0)
                bad_usage();
        } else if (*c == 'm') {
            sh.option['m'] = on;
        } else if (!builtin_set_letters(one, on)) {
            bad_usage();
        }
    }
}

static void
read_arguments(struct arguments *arguments, int argc, char **argv)
{
    int i = 1;

    arguments->login = argc > 0 && argv[0][0] == '-';
    while (i < argc && (argv[i][0] == '-' || argv[i][0] == '+')) {
        if (strcmp(argv[i], "--help") == 0)
            print_and_leave(sh_help);
        if (strcmp(argv[i], "--version") == 0)
            print_and_leave(SH_VERSION "\n");
        if (strcmp(argv[i], "--") == 0 || strcmp(argv[i], "-") == 0) {
            i++;
            break;
        }
        if (argv[i][0] == '-' && argv[i][1] == '-')
            bad_usage();
        read_letters(arguments, argv, &i);
    }
    arguments->next = i;
}

/* --- the loop ------------------------------------------------------------ */

/* After something that ended a command in the middle: what it had changed
 * for its own time is put back. */
static void
unwind(struct source *bottom)
{
    source_close_down_to(bottom);
    while (var_scope_top() != NULL)
        var_scope_pop();
    redirect_undo(NULL);
    sh.loops = sh.functions = sh.nesting = sh.tested = 0;
    arena_free(&sh.scratch);
}

/* At the prompt: errors and ctrl-C end the command, not the shell. */
static bool
survives(struct source *source)
{
    if (sh.flow == FLOW_RETURN || sh.flow == FLOW_EXIT)
        return false;
    if (sh.flow == FLOW_INTERRUPT || (sh.flow == FLOW_ERROR &&
                                      sh.interactive)) {
        if (source->interrupted)
            sh.status = 130;
        source->interrupted = false;
        source->at = source->text.length;
        sh.flow = FLOW_NONE;
    }
    return sh.flow == FLOW_NONE;
}

static bool
ends(struct source *source, unsigned *end_count)
{
    if (!source->terminal || ++*end_count >= MAX_ENDS)
        return true;
    if (sh.option['I']) {
        sh_error("use \"exit\" to leave");
    } else if (jobs_any_stopped() && !sh.warned) {
        sh_error("there are stopped jobs");
        sh.warned = 2;
    } else {
        (void)sh_write(2, "exit\n", 5);
        return true;
    }
    source->ended = false;
    return false;
}

/* Memory ran out. A command that was running is over, and the next one
 * follows; of one that was being read the rest must not be taken for a
 * command of its own. */
static void
recover(struct source *source, bool reading)
{
    unwind(source);
    sh.status = 2;
    sh.flow = reading && !source->terminal ? FLOW_EXIT : FLOW_NONE;
    if (source->terminal)
        source->at = source->text.length;
}

static void
run_loop(struct source *source)
{
    static unsigned end_count;
    static bool reading;
    enum parse_result result;
    jmp_buf guard;

    mem_guard = &guard;
    if (setjmp(guard) != 0)
        recover(source, reading);
    while (survives(source)) {
        if (source->terminal)
            jobs_notify();
        if (sh.warned > 0)
            sh.warned--;
        sh.line = 0;
        reading = true;
        result = parse_command(source);
        reading = false;
        switch (result) {
        case PARSE_DONE:
            end_count = 0;
            exec_tree(source->tree);
            unwind(source);
            break;
        case PARSE_END:
            trap_run_pending();
            if (ends(source, &end_count))
                return;
            break;
        case PARSE_ERROR:
            sh.flow = FLOW_ERROR;
            break;
        case PARSE_INTERRUPTED:
            sh.flow = FLOW_INTERRUPT;
            break;
        }
    }
}

/* --- starting ------------------------------------------------------------ */

static void
set_if_unset(const char *name, const char *value)
{
    if (var_get(name) == NULL)
        (void)var_set(name, value);
}

static void
set_variables(void)
{
    var_import(environ);
    (void)var_set("IFS", " \t\n");
    (void)var_set("OPTIND", "1");
    set_if_unset("PS1", "$PWD $ ");
    set_if_unset("PS2", "> ");
    set_if_unset("PS4", "+ ");
    var_set_number("PPID", (long long)getppid());
    builtin_start_pwd();
}

/* Standard input where nothing else is named, else the file. */
static struct source *
open_commands(const struct arguments *arguments, char **argv)
{
    const char *path;
    int fd;

    if (arguments->command != NULL)
        return source_open_string(arguments->command, 1);
    if (arguments->from_input || argv[arguments->next] == NULL)
        return source_open_fd(0, true, sh.interactive);
    path = argv[arguments->next];
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        fd = redirect_move(fd);
    if (fd < 0) {
        sh_error("%s: %s", path, strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    return source_open_fd(fd, false, false);
}

static void
take_operands(struct arguments *arguments, int argc, char **argv)
{
    int first = arguments->next;

    if (arguments->command != NULL) {
        if (first >= argc) {
            sh_error("-c: a command is missing");
            _exit(2);
        }
        arguments->command = argv[first++];
        arguments->next = first;
        if (first < argc)
            sh.name = argv[first++];
    } else if (!arguments->from_input && first < argc) {
        sh.name = argv[first++];
    }
    if (first < argc)
        var_copy_arguments(argv + first, (unsigned)(argc - first));
}

static void
run_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct source *source;

    if (fd < 0 || (fd = redirect_move(fd)) < 0)
        return;
    source = source_open_fd(fd, false, false);
    run_loop(source);
    source_close(source);
    if (sh.flow == FLOW_RETURN)
        sh.flow = FLOW_NONE;
}

/* /etc/profile and ~/.profile at login; $ENV if it is interactive. */
static void
run_start_files(const struct arguments *arguments)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    if (arguments->login) {
        run_file("/etc/profile");
        if (var_get("HOME") != NULL) {
            text_format(&text, "%s/.profile", var_get("HOME"));
            run_file(text_end(&text));
        }
    }
    if (sh.interactive && var_get("ENV") != NULL &&
        sh.flow != FLOW_EXIT)
        run_file(prompt_text("ENV"));
}

static void
start_interactive(const struct arguments *arguments)
{
    sh.interactive = arguments->interactive ||
        (arguments->command == NULL && isatty(0) && isatty(2));
    sh.option['i'] = sh.interactive;
}

int
main(int argc, char **argv)
{
    struct arguments arguments = { NULL, false, false, false, 1 };
    struct source *source;
    bool monitor;

    sh.pid = getpid();
    if (argc > 0)
        sh.name = argv[0];
    read_arguments(&arguments, argc, argv);
    if (arguments.command == NULL && arguments.next >= argc)
        arguments.from_input = true;
    take_operands(&arguments, argc, argv);
    if (arguments.from_input || arguments.command != NULL ||
        arguments.interactive)
        start_interactive(&arguments);
    set_variables();
    signals_start();
    monitor = sh.option['m'] || sh.interactive;
    sh.option['m'] = monitor && jobs_control(true);
    if (sh.interactive)
        history_load();
    run_start_files(&arguments);
    source = open_commands(&arguments, argv);
    run_loop(source);
    exec_leave();
}
