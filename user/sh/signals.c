#include "user/sh/signals.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/exec.h"
#include "user/sh/sh.h"

static const struct {
    int number;
    const char *name, *words;
} signals[] = {
    { 0, "EXIT", "" },
    { SIGHUP, "HUP", "Hangup" }, { SIGINT, "INT", "Interrupt" },
    { SIGQUIT, "QUIT", "Quit" }, { SIGILL, "ILL", "Illegal instruction" },
    { SIGTRAP, "TRAP", "Trap" }, { SIGABRT, "ABRT", "Aborted" },
    { SIGBUS, "BUS", "Bus error" },
    { SIGFPE, "FPE", "Arithmetic exception" }, { SIGKILL, "KILL", "Killed" },
    { SIGUSR1, "USR1", "User signal 1" },
    { SIGSEGV, "SEGV", "Segmentation fault" },
    { SIGUSR2, "USR2", "User signal 2" }, { SIGPIPE, "PIPE", "Broken pipe" },
    { SIGALRM, "ALRM", "Alarm clock" }, { SIGTERM, "TERM", "Terminated" },
    { SIGCHLD, "CHLD", "Child status changed" },
    { SIGCONT, "CONT", "Continued" }, { SIGSTOP, "STOP", "Stopped" },
    { SIGTSTP, "TSTP", "Stopped" }, { SIGTTIN, "TTIN", "Stopped (input)" },
    { SIGTTOU, "TTOU", "Stopped (output)" }, { SIGURG, "URG", "Urgent" },
    { SIGXCPU, "XCPU", "CPU time used up" },
    { SIGXFSZ, "XFSZ", "File too large" },
    { SIGVTALRM, "VTALRM", "Virtual alarm clock" },
    { SIGPROF, "PROF", "Profiling alarm clock" },
    { SIGSYS, "SYS", "Bad system call" },
};

static char *actions[SIGNALS_MAX];
static bool was_ignored[SIGNALS_MAX], looked_at[SIGNALS_MAX];
static volatile sig_atomic_t pending[SIGNALS_MAX], any_pending, interrupt;
static sigset_t held;

/* --- names --------------------------------------------------------------- */

#define COUNT (sizeof signals / sizeof signals[0])

const char *
signal_name(int number)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (signals[i].number == number)
            return signals[i].name;
    }
    return NULL;
}

const char *
signal_words(int number)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (signals[i].number == number)
            return signals[i].words;
    }
    return "Unknown signal";
}

int
signal_number(const char *name)
{
    long number = sh_number(name, SIGNALS_MAX - 1);

    if (number >= 0)
        return (int)number;
    if (strncmp(name, "SIG", 3) == 0)
        name += 3;
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    }
    return -1;
}

/* --- handling ------------------------------------------------------------ */

static void
on_signal(int number)
{
    pending[number] = 1;
    any_pending = 1;
    if (number == SIGINT)
        interrupt = 1;
}

/* No SA_RESTART: read and wait have to come back for a trap. */
static void
handle(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };

    sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

static bool
ignored_at_start(int number)
{
    struct sigaction action;

    if (!looked_at[number]) {
        looked_at[number] = true;
        was_ignored[number] = sigaction(number, NULL, &action) == 0 &&
            action.sa_handler == SIG_IGN;
    }
    return was_ignored[number];
}

/* What the shell does with a signal that has no trap. */
static void
apply_default(int number)
{
    bool keyboard = number == SIGTSTP || number == SIGTTIN ||
        number == SIGTTOU;

    if (number == SIGINT && sh.interactive)
        handle(number, on_signal);
    else if (number == SIGCHLD)
        handle(number, on_signal);
    else if (sh.interactive && (number == SIGQUIT || number == SIGTERM))
        handle(number, SIG_IGN);
    else if (sh.job_control && keyboard)
        handle(number, SIG_IGN);
    else if (!ignored_at_start(number))
        handle(number, SIG_DFL);
    else
        handle(number, SIG_IGN);
}

static void
apply(int number)
{
    if (number == 0 || number == SIGKILL || number == SIGSTOP)
        return;
    (void)ignored_at_start(number);
    if (actions[number] == NULL)
        apply_default(number);
    else
        handle(number, actions[number][0] == '\0' && number != SIGCHLD ?
               SIG_IGN : on_signal);
}

bool
trap_set(int number, const char *action)
{
    char *copy;

    if (number != 0 && !sh.interactive && ignored_at_start(number))
        return false;
    copy = action != NULL ? mem_keep_string(action) : NULL;
    free(actions[number]);
    actions[number] = copy;
    pending[number] = 0;
    apply(number);
    return true;
}

const char *
trap_get(int number)
{
    return actions[number];
}

void
trap_print(void)
{
    for (int i = 0; i < SIGNALS_MAX; i++) {
        struct text text = { &sh.scratch, NULL, 0, 0 };
        const char *name = signal_name(i);

        if (actions[i] == NULL)
            continue;
        sh_quote(&text, actions[i]);
        if (name != NULL)
            sh_print("trap -- %s %s\n", text_end(&text), name);
        else
            sh_print("trap -- %s %d\n", text_end(&text), i);
    }
}

void
trap_enter_child(void)
{
    any_pending = interrupt = 0;
    for (int i = 0; i < SIGNALS_MAX; i++) {
        pending[i] = 0;
        if (actions[i] != NULL && actions[i][0] != '\0') {
            free(actions[i]);
            actions[i] = NULL;
        }
        if (i > 0 && (looked_at[i] || actions[i] != NULL))
            apply(i);
    }
}

void
signals_for_command(void)
{
    for (int i = 1; i < SIGNALS_MAX; i++) {
        if (!looked_at[i])
            continue;
        if (actions[i] != NULL ? actions[i][0] == '\0' : was_ignored[i])
            handle(i, SIG_IGN);
        else
            handle(i, SIG_DFL);
    }
}

void
signals_ignore_keyboard(void)
{
    if (actions[SIGINT] == NULL)
        (void)trap_set(SIGINT, "");
    if (actions[SIGQUIT] == NULL)
        (void)trap_set(SIGQUIT, "");
}

void
signals_start(void)
{
    static const int own[] = {
        SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD,
    };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        apply(own[i]);
}

/* --- acting -------------------------------------------------------------- */

bool
trap_is_due(int number)
{
    return pending[number] && actions[number] != NULL &&
        actions[number][0] != '\0';
}

bool
trap_is_pending(void)
{
    if (!any_pending)
        return false;
    for (int i = 1; i < SIGNALS_MAX; i++) {
        if (trap_is_due(i))
            return true;
    }
    return false;
}

/* $? is what it was before, unless the action leaves with another one. */
static void
run(const char *action)
{
    char *copy = arena_string(&sh.scratch, action);
    int status = sh.status;

    exec_string(copy, sh.line);
    if (sh.flow == FLOW_NONE)
        sh.status = status;
}

void
signals_interrupt(void)
{
    interrupt = pending[SIGINT] = 0;
    (void)sh_write(2, "\n", 1);         /* after the ^C */
    sh.status = 128 + SIGINT;
    sh.flow = FLOW_INTERRUPT;
}

void
trap_run_pending(void)
{
    static bool running;

    if (!any_pending || running)
        return;
    running = true;
    any_pending = 0;
    for (int i = 1; i < SIGNALS_MAX && sh.flow == FLOW_NONE; i++) {
        if (!pending[i])
            continue;
        pending[i] = 0;
        if (actions[i] != NULL && actions[i][0] != '\0')
            run(actions[i]);
        else if (i == SIGINT && sh.interactive && actions[i] == NULL)
            signals_interrupt();
    }
    running = false;
}

void
trap_run_exit(void)
{
    char *action = actions[0];

    if (action == NULL)
        return;
    actions[0] = NULL;
    sh.flow = FLOW_NONE;
    sh.loops = sh.functions = sh.tested = sh.nesting = 0;
    run(action);
    free(action);
}

bool
signals_take_interrupt(void)
{
    bool came = interrupt != 0 && actions[SIGINT] == NULL;

    if (came)
        interrupt = pending[SIGINT] = 0;
    return came;
}

void
signals_hold(void)
{
    sigset_t block;

    sigemptyset(&block);
    for (int i = 1; i < SIGNALS_MAX; i++) {
        if (looked_at[i])
            (void)sigaddset(&block, i);
    }
    (void)sigprocmask(SIG_BLOCK, &block, &held);
}

void
signals_pause(void)
{
    (void)sigsuspend(&held);
}

void
signals_release(void)
{
    (void)sigprocmask(SIG_SETMASK, &held, NULL);
}
