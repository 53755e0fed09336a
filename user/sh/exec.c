#include "user/sh/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/builtins.h"
#include "user/sh/expand.h"
#include "user/sh/func.h"
#include "user/sh/jobs.h"
#include "user/sh/parser.h"
#include "user/sh/path.h"
#include "user/sh/pattern.h"
#include "user/sh/prompt.h"
#include "user/sh/redirect.h"
#include "user/sh/sh.h"
#include "user/sh/signals.h"
#include "user/sh/vars.h"

static int exec_node(const struct node *node, bool last);

static struct tree *running;    /* the tree that the current node is in */

/* --- leaving and entering processes -------------------------------------- */

void
exec_leave(void)
{
    trap_run_exit();
    (void)sh_flush("sh");
    _exit(sh.status);
}

/* The rest of a child: run a node, and leave. What leaves a loop or a
 * function around it leaves the child. */
static _Noreturn void
run_child(const struct node *node)
{
    sh.flow = FLOW_NONE;
    if (node != NULL)
        (void)exec_node(node, true);
    else
        sh.status = 0;
    exec_leave();
}

static void
read_all(int fd, struct text *output)
{
    for (;;) {
        const char *from;
        ssize_t got;

        text_reserve(output, 1024);
        got = read(fd, output->bytes + output->length, 1024);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        from = output->bytes + output->length;
        for (ssize_t i = 0; i < got; i++) {
            if (from[i] != '\0')   /* which has no place in a word */
                output->bytes[output->length++] = from[i];
        }
    }
}

bool
exec_substitute(const struct node *body, struct text *output)
{
    struct job *job;
    int ends[2];
    pid_t child;

    sh.substitution = 0;
    if (body == NULL)
        return true;
    if (pipe(ends) < 0) {
        sh_fatal("pipe: %s", strerror(errno));
        return false;
    }
    job = job_make(NULL, 1);
    child = job_fork(job, JOB_INSIDE);
    if (child == 0) {
        close(ends[0]);
        if (ends[1] != 1) {
            dup2(ends[1], 1);
            close(ends[1]);
        }
        run_child(body);
    }
    close(ends[1]);
    if (child > 0)
        read_all(ends[0], output);
    close(ends[0]);
    if (child < 0) {
        job_abandon(job);
        sh_fatal("no process for $(");
        return false;
    }
    sh.substitution = job_wait(job);
    return sh.flow == FLOW_NONE;
}

/* A file without a magic number is a script, as execlp() has it. */
static void
exec_as_script(const char *path, char **argv, char **environment)
{
    unsigned count = 0;
    char **list;

    while (argv[count] != NULL)
        count++;
    list = arena_alloc(&sh.scratch, (count + 2) * sizeof *list);
    memcpy(list + 1, argv, (count + 1) * sizeof *list);
    list[0] = arena_string(&sh.scratch, "sh");
    list[1] = arena_string(&sh.scratch, path);
    (void)execve("/bin/sh", list, environment);
}

/* Replace the process; 126 or 127, said, if that cannot be. */
static int
exec_file(const char *path, int missing, char **argv)
{
    char **environment = var_environment(&sh.scratch);

    if (path != NULL) {
        signals_for_command();
        (void)execve(path, argv, environment);
        if (errno == ENOEXEC)
            exec_as_script(path, argv, environment);
        missing = errno == ENOENT ? 127 : 126;
        sh_error("%s: %s", argv[0], strerror(errno));
        signals_start();
    } else if (missing == 126) {
        sh_error("%s: %s", argv[0], strerror(EACCES));
    } else {
        sh_error("%s: not found", argv[0]);
    }
    return missing;
}

int
exec_replace(char **argv)
{
    int status;
    const char *path = path_find(argv[0], false, &status);

    return exec_file(path, status, argv);
}

static int
run_file(char **argv, const char *text, bool last, bool standard_path)
{
    int status;
    const char *path = path_find(argv[0], standard_path, &status);
    struct job *job;
    pid_t child;

    if (path == NULL)
        return exec_file(NULL, status, argv);
    if (last && trap_get(0) == NULL) {
        sh.status = exec_file(path, status, argv);
        _exit(sh.status);
    }
    job = job_make(text, 1);
    child = job_fork(job, JOB_FOREGROUND);
    if (child == 0)
        _exit(exec_file(path, status, argv));
    if (child < 0) {
        job_abandon(job);
        return 2;
    }
    return job_wait(job);
}

/* --- simple commands ----------------------------------------------------- */

/* What runs a command: found in this order, but for exec_command(). */
struct command {
    char **argv;
    const char *text;
    const struct builtin *builtin;
    const struct func *function;
};

static void
trace(struct text *text)
{
    if (text->length == 0)
        return;
    text->bytes[text->length - 1] = '\n';
    (void)sh_write(2, text->bytes, text->length);
}

static void
trace_word(struct text *text, const char *word)
{
    if (!sh.option['x'])
        return;
    if (text->length == 0)
        text_string(text, prompt_text("PS4"));
    sh_quote(text, word);
    text_byte(text, ' ');
}

static bool
assign(const struct assignment *list, bool scoped, struct text *traced)
{
    for (; list != NULL; list = list->next) {
        const char *value = expand_string(list->value, EXPAND_TILDES);

        if (value == NULL)
            return false;
        if (scoped)
            var_scope_save(list->name);
        if (!var_set(list->name, value))
            return false;
        if (scoped)
            var_export(list->name);
        if (sh.option['x']) {
            if (traced->length == 0)
                text_string(traced, prompt_text("PS4"));
            text_format(traced, "%s=", list->name);
            trace_word(traced, value);
        }
    }
    return true;
}

static int
call_function(const struct func *function, char **argv)
{
    struct tree *tree = function->tree, *before = running;
    unsigned loops = sh.loops, count = 0;
    const struct node *body = function->body;
    int status;

    while (argv[count + 1] != NULL)
        count++;
    var_scope_push(true);
    var_scope_save_arguments();
    var_copy_arguments(argv + 1, count);
    tree_hold(tree);        /* the function may be defined anew meanwhile */
    running = tree;
    sh.loops = 0;
    sh.functions++;
    status = exec_node(body, false);
    sh.functions--;
    sh.loops = loops;
    running = before;
    tree_drop(tree);
    var_scope_pop();
    if (sh.flow == FLOW_RETURN) {
        sh.flow = FLOW_NONE;
        status = sh.status;
    }
    return status;
}

static int
run_builtin(const struct builtin *builtin, char **argv)
{
    int status = builtin->run(argv);

    if (!sh_flush(argv[0]) && status == 0)
        status = 1;
    return status;
}

static int
run_found(const struct command *command, bool last)
{
    if (command->function != NULL)
        return call_function(command->function, command->argv);
    if (command->builtin != NULL)
        return run_builtin(command->builtin, command->argv);
    return run_file(command->argv, command->text, last, false);
}

/* An error here ends a script if the command is a special builtin. */
static int
fail_special(const struct command *command, int status)
{
    if (command->builtin != NULL && command->builtin->special &&
        sh.flow == FLOW_NONE) {
        sh.flow = FLOW_ERROR;
        sh.status = status;
    }
    return status;
}

static bool
is_special(const struct command *command)
{
    return command->builtin != NULL && command->builtin->special;
}

/* Redirections hold for the command only, but for exec's. */
static int
run_command(const struct node *node, struct command *command,
            struct text *traced, bool last)
{
    struct redirect_saved *mark = redirect_mark();
    bool exec = command->builtin != NULL &&
        command->builtin->run == builtin_exec;
    bool scoped = !is_special(command);
    int status = 2;

    if (scoped)
        var_scope_push(false);
    if (!redirect_apply(node->redirects, exec)) {
        status = fail_special(command, 2);
    } else if (assign(node->assignments, scoped, traced)) {
        for (char **word = command->argv; *word != NULL; word++)
            trace_word(traced, *word);
        trace(traced);
        status = run_found(command, last);
    }
    redirect_undo(mark);
    if (scoped)
        var_scope_pop();
    return status;
}

/* No command: assignments stay, redirections only do what opening does. */
static int
run_nothing(const struct node *node, struct text *traced)
{
    struct redirect_saved *mark = redirect_mark();
    int status = 2;

    if (redirect_apply(node->redirects, false) &&
        assign(node->assignments, false, traced)) {
        trace(traced);
        status = sh.substitution > 0 ? sh.substitution : 0;
    }
    redirect_undo(mark);
    return status;
}

/* export x=~/a: the words of these are like assignments. */
static bool
is_declaration(const struct word *word)
{
    const char *text = word != NULL ? lexer_literal(word) : NULL;

    return text != NULL && (strcmp(text, "export") == 0 ||
                            strcmp(text, "readonly") == 0 ||
                            strcmp(text, "local") == 0);
}

static bool
looks_assigned(const struct word *word)
{
    const char *equals;

    if (word->parts == NULL || word->parts->kind != PART_TEXT ||
        word->parts->quoted)
        return false;
    equals = strchr(word->parts->text, '=');
    return equals != NULL &&
        sh_is_name(word->parts->text, (size_t)(equals - word->parts->text));
}

static bool
expand_argv(const struct node *node, struct fields *fields)
{
    bool declares = is_declaration(node->words);

    for (const struct word *word = node->words; word; word = word->next) {
        struct word one = { NULL, word->parts };

        if (declares && looks_assigned(word) ?
            !expand_declaration(word, fields) : !expand_words(&one, fields))
            return false;
    }
    return sh.flow == FLOW_NONE;
}

static int
exec_simple(const struct node *node, bool last)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    struct text traced = { &sh.scratch, NULL, 0, 0 };
    struct fields fields = { NULL, 0, 0 };
    struct command command = { .text = node->text };
    int status = 2;

    sh.substitution = -1;
    if (expand_argv(node, &fields)) {
        if (fields.count == 0) {
            status = run_nothing(node, &traced);
        } else {
            command.argv = fields.at;
            command.builtin = builtin_find(fields.at[0]);
            if (!is_special(&command))
                command.function = func_find(fields.at[0]);
            status = run_command(node, &command, &traced, last);
        }
    }
    arena_release(&sh.scratch, mark);
    return sh.flow == FLOW_ERROR || sh.flow == FLOW_EXIT ? sh.status :
        status;
}

int
exec_command(char **argv, bool standard_path)
{
    const struct builtin *builtin = builtin_find(argv[0]);
    int status;

    if (builtin == NULL)
        return run_file(argv, argv[0], false, standard_path);
    status = builtin->run(argv);
    if (sh.flow == FLOW_ERROR && builtin->special) {
        sh.flow = FLOW_NONE;
        status = sh.status;
    }
    return status;
}

/* --- several processes --------------------------------------------------- */

static void
connect(int input, const int *ends)
{
    if (input > 0) {
        dup2(input, 0);
        close(input);
    }
    if (ends == NULL)
        return;
    close(ends[0]);
    if (ends[1] != 1) {
        dup2(ends[1], 1);
        close(ends[1]);
    }
}

/* Start the commands of a pipeline; false if one could not be started. */
static bool
start_pipe(const struct node *node, struct job *job, enum job_place place)
{
    int input = -1, ends[2] = { -1, -1 };
    bool started = true;

    for (; node != NULL && started; node = node->next) {
        if (node->next != NULL && pipe(ends) < 0) {
            sh_error("pipe: %s", strerror(errno));
            started = false;
            break;
        }
        switch (job_fork(job, place)) {
        case 0:
            connect(input, node->next != NULL ? ends : NULL);
            run_child(node);
        case -1:
            started = false;
            break;
        default:
            break;
        }
        if (input > 0)
            close(input);
        input = node->next != NULL ? ends[0] : -1;
        if (node->next != NULL)
            close(ends[1]);
    }
    if (input > 0)
        close(input);
    return started;
}

static unsigned
count_nodes(const struct node *node)
{
    unsigned count = 0;

    for (; node != NULL; node = node->next)
        count++;
    return count;
}

static int
exec_pipe(const struct node *node)
{
    struct job *job = job_make(node->text, count_nodes(node->children));
    bool started = start_pipe(node->children, job, JOB_FOREGROUND);
    int status;

    if (!started && job_is_empty(job)) {
        job_abandon(job);
        return 2;
    }
    status = job_wait(job);
    return started ? status : 2;
}

static int
exec_subshell(const struct node *node, bool last)
{
    struct job *job;
    pid_t child;

    if (last && trap_get(0) == NULL) {
        trap_enter_child();
        (void)exec_node(node->first, true);
        exec_leave();
    }
    job = job_make(node->text, 1);
    child = job_fork(job, JOB_FOREGROUND);
    if (child == 0)
        run_child(node->first);
    if (child < 0) {
        job_abandon(job);
        return 2;
    }
    return job_wait(job);
}

/* cmd &: without job control it must not read what the shell reads. */
static void
enter_background(bool controlled)
{
    int null;

    if (controlled)
        return;
    close(0);
    null = open("/dev/null", O_RDONLY);
    if (null > 0) {
        dup2(null, 0);
        close(null);
    }
}

static int
exec_background(const struct node *node)
{
    bool controlled = sh.job_control;
    bool pipe = node->first->kind == NODE_PIPE;
    const struct node *first = pipe ? node->first->children : node->first;
    struct job *job = job_make(node->text, pipe ? count_nodes(first) : 1);
    pid_t child;

    if (pipe && controlled) {
        (void)start_pipe(first, job, JOB_BACKGROUND);
    } else {
        child = job_fork(job, JOB_BACKGROUND);
        if (child == 0) {
            enter_background(controlled);
            run_child(node->first);
        }
    }
    if (job_is_empty(job)) {
        job_abandon(job);
        return 2;
    }
    job_background(job);
    return 0;
}

/* --- compound commands --------------------------------------------------- */

/* Is there anything that the command after this one must wait for? */
static bool
stopped(void)
{
    return sh.flow != FLOW_NONE;
}

static int
exec_list(const struct node *node, bool last)
{
    int status = 0;

    for (node = node->children; node && !stopped(); node = node->next)
        status = exec_node(node, last && node->next == NULL);
    return stopped() ? sh.status : status;
}

static int
exec_tested(const struct node *node)
{
    int status;

    sh.tested++;
    status = exec_node(node, false);
    sh.tested--;
    return status;
}

static int
exec_and_or(const struct node *node, bool last)
{
    int status = 0;

    for (node = node->children; node && !stopped(); node = node->next) {
        if (node->or ? status == 0 : status != 0)
            continue;
        status = node->next != NULL ? exec_tested(node) :
            exec_node(node, last);
    }
    return stopped() ? sh.status : status;
}

static int
exec_if(const struct node *node, bool last)
{
    int status = 0;

    while (node != NULL && node->kind == NODE_IF) {
        status = exec_tested(node->first);
        if (stopped())
            return sh.status;
        if (status == 0)
            return exec_node(node->second, last);
        node = node->third;
        if (node != NULL && node->redirects != NULL)
            break;
    }
    return node != NULL ? exec_node(node, last) : 0;
}

/* After the body of a loop: does the loop go on? */
static bool
goes_on(void)
{
    if (sh.flow != FLOW_BREAK && sh.flow != FLOW_CONTINUE)
        return sh.flow == FLOW_NONE;
    if (--sh.flow_levels > 0)
        return false;
    if (sh.flow == FLOW_CONTINUE) {
        sh.flow = FLOW_NONE;
        return true;
    }
    sh.flow = FLOW_NONE;
    return false;
}

static int
exec_while(const struct node *node)
{
    int status = 0, tested;

    sh.loops++;
    do {
        tested = exec_tested(node->first);
        if (stopped()) {
            status = sh.status;
            continue;       /* to the question whether the loop goes on */
        }
        if ((tested == 0) != (node->kind == NODE_WHILE))
            break;
        status = exec_node(node->second, false);
    } while (goes_on());
    sh.loops--;
    return status;
}

static bool
for_words(const struct node *node, struct fields *fields)
{
    if (!node->all_arguments)
        return expand_words(node->words, fields);
    for (unsigned i = 0; i < sh.argument_count; i++)
        fields_add(fields, arena_string(&sh.scratch, sh.arguments[i]));
    return true;
}

static int
exec_for(const struct node *node)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    struct fields fields = { NULL, 0, 0 };
    int status = 0;

    sh.loops++;
    if (for_words(node, &fields)) {
        for (size_t i = 0; i < fields.count; i++) {
            if (!var_set(node->name, fields.at[i]))
                break;
            status = exec_node(node->second, false);
            if (!goes_on())
                break;
        }
    }
    sh.loops--;
    arena_release(&sh.scratch, mark);
    return sh.flow == FLOW_ERROR ? sh.status : status;
}

/* 1: it matches, 0: not, -1: an expansion failed. */
static int
matches(const struct case_item *item, const char *subject)
{
    for (const struct word *word = item->patterns; word; word = word->next) {
        struct cells pattern = { &sh.scratch, NULL, 0, 0 };

        if (!expand_pattern(word, &pattern))
            return -1;
        if (pattern_match(pattern.at, pattern.count, subject,
                          strlen(subject)))
            return 1;
    }
    return 0;
}

static int
exec_case(const struct node *node, bool last)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    const char *subject = expand_string(node->words, EXPAND_TILDE);
    const struct case_item *item = node->items;
    int found = 0;

    if (subject == NULL)
        found = -1;
    while (found == 0 && item != NULL) {
        found = matches(item, subject);
        if (found == 0)
            item = item->next;
    }
    arena_release(&sh.scratch, mark);
    if (found < 0)
        return sh.status;
    return found && item->body != NULL ? exec_node(item->body, last) : 0;
}

static int
exec_not(const struct node *node)
{
    int status = exec_tested(node->first);

    return stopped() ? sh.status : status == 0;
}

static int
exec_plain(const struct node *node, bool last)
{
    switch (node->kind) {
    case NODE_SIMPLE: return exec_simple(node, last);
    case NODE_PIPE: return exec_pipe(node);
    case NODE_NOT: return exec_not(node);
    case NODE_AND_OR: return exec_and_or(node, last);
    case NODE_LIST: return exec_list(node, last);
    case NODE_BACKGROUND: return exec_background(node);
    case NODE_SUBSHELL: return exec_subshell(node, last);
    case NODE_GROUP: return exec_node(node->first, last);
    case NODE_IF: return exec_if(node, last);
    case NODE_WHILE: case NODE_UNTIL: return exec_while(node);
    case NODE_FOR: return exec_for(node);
    case NODE_CASE: return exec_case(node, last);
    default: break;
    }
    func_set(node->name, running, node->first);
    return 0;
}

static int
exec_redirected(const struct node *node, bool last)
{
    struct arena_mark memory = arena_mark(&sh.scratch);
    struct redirect_saved *mark = redirect_mark();
    int status = 2;

    if (redirect_apply(node->redirects, false))
        status = exec_plain(node, last);
    else if (stopped())
        status = sh.status;
    redirect_undo(mark);
    arena_release(&sh.scratch, memory);
    return status;
}

/* set -e looks at commands that are not made of others, and at what failed
 * as a whole: a pipeline, a subshell, a redirection. */
static bool
ends_shell(const struct node *node, int status)
{
    return status != 0 && sh.option['e'] && sh.tested == 0 && !stopped() &&
        (node->kind == NODE_SIMPLE || node->kind == NODE_PIPE ||
         node->kind == NODE_SUBSHELL || node->redirects != NULL);
}

static int
exec_node(const struct node *node, bool last)
{
    int status;

    if (sh.option['n'] && !sh.interactive)
        return 0;
    if (sh.nesting >= SH_MAX_NESTING) {
        sh_fatal("commands nested too deeply");
        return sh.status;
    }
    sh.nesting++;
    sh.line = node->line;
    if (node->kind == NODE_SIMPLE || node->redirects == NULL)
        status = exec_plain(node, last);
    else
        status = exec_redirected(node, last);
    sh.nesting--;
    sh.status = status;
    if (ends_shell(node, status))
        sh.flow = FLOW_EXIT;
    if (sh.flow == FLOW_NONE)
        trap_run_pending();
    return sh.status;
}

/* --- sources ------------------------------------------------------------- */

void
exec_tree(struct tree *tree)
{
    struct tree *before = running;

    running = tree;
    if (tree->root != NULL)
        (void)exec_node(tree->root, false);
    running = before;
}

void
exec_source(struct source *source)
{
    while (sh.flow == FLOW_NONE) {
        switch (parse_command(source)) {
        case PARSE_DONE:
            exec_tree(source->tree);
            break;
        case PARSE_END:
            return;
        case PARSE_ERROR:
            sh.flow = FLOW_ERROR;
            break;
        case PARSE_INTERRUPTED:
            sh.flow = FLOW_INTERRUPT;
            break;
        }
    }
}

void
exec_string(const char *string, unsigned line)
{
    struct source *source = source_open_string(string, line);

    exec_source(source);
    source_close(source);
}
