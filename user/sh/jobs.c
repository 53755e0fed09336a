#include "user/sh/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "user/sh/redirect.h"
#include "user/sh/sh.h"
#include "user/sh/signals.h"

enum state { RUNNING, STOPPED, DONE };

struct process {
    pid_t pid;
    enum state state;
    int status;                 /* of waitpid() */
};

struct job {
    struct job *next;           /* the current one first */
    unsigned number;
    unsigned count, size;
    pid_t group;                /* 0: the shell's own */
    enum state told;            /* what the user knows */
    bool background;            /* listed; not only waited for */
    bool has_modes;
    struct termios modes;       /* of the terminal when it stopped */
    char *text;
    struct process processes[];
};

static struct job *jobs;
static bool inherited;          /* they are those of the parent: $(jobs -p) */
static int terminal = -1;
static pid_t first_group;       /* whose the terminal was */
static struct termios shell_modes;

/* --- the list ------------------------------------------------------------ */

struct job *
job_make(const char *text, unsigned processes)
{
    size_t size = sizeof(struct job) + processes * sizeof(struct process);
    char *copy = mem_keep_string(text != NULL ? text : "");
    struct job *job = mem_keep(size);

    if (inherited)
        jobs_forget();
    memset(job, 0, size);
    job->text = copy;
    job->size = processes;
    job->number = 1;
    for (struct job *other = jobs; other != NULL; other = other->next) {
        if (other->number >= job->number)
            job->number = other->number + 1;
    }
    job->next = jobs;
    jobs = job;
    return job;
}

static void
unlink_job(struct job *job)
{
    struct job **place = &jobs;

    while (*place != job)
        place = &(*place)->next;
    *place = job->next;
}

static void
remove_job(struct job *job)
{
    unlink_job(job);
    free(job->text);
    free(job);
}

static void
make_current(struct job *job)
{
    unlink_job(job);
    job->next = jobs;
    jobs = job;
}

void
job_abandon(struct job *job)
{
    if (job->count == 0)
        remove_job(job);
}

bool
job_is_empty(const struct job *job)
{
    return job->count == 0;
}

void
jobs_forget(void)
{
    while (jobs != NULL)
        remove_job(jobs);
    inherited = false;
}

static enum state
state_of(const struct job *job)
{
    enum state state = DONE;

    for (unsigned i = 0; i < job->count; i++) {
        if (job->processes[i].state == RUNNING)
            return RUNNING;
        if (job->processes[i].state == STOPPED)
            state = STOPPED;
    }
    return state;
}

static int
exit_status(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    return WIFSTOPPED(status) ? 128 + WSTOPSIG(status) : 127;
}

static int
status_of(const struct job *job)
{
    return job->count > 0 ?
        exit_status(job->processes[job->count - 1].status) : 2;
}

/* --- processes ----------------------------------------------------------- */

static void
enter_child(void)
{
    sh.forked = true;
    sh.job_control = false;
    sh.interactive = false;
    trap_enter_child();
}

static void
start_child(struct job *job, enum job_place place)
{
    bool control = sh.job_control;

    if (control && place != JOB_INSIDE) {
        pid_t group = job->group > 0 ? job->group : getpid();

        (void)setpgid(0, group);
        if (place == JOB_FOREGROUND)
            (void)tcsetpgrp(terminal, group);
    }
    enter_child();
    if (place == JOB_BACKGROUND && !control)
        signals_ignore_keyboard();
    inherited = true;           /* to be listed, not to be waited for */
}

/* Signals are held meanwhile: one that comes to the child before it is set
 * up must find what it will find later. */
pid_t
job_fork(struct job *job, enum job_place place)
{
    pid_t pid;

    signals_hold();
    pid = fork();
    if (pid == 0)
        start_child(job, place);
    signals_release();
    if (pid == 0)
        return 0;
    if (pid < 0) {
        sh_error("fork: %s", strerror(errno));
        return -1;
    }
    if (sh.job_control && place != JOB_INSIDE) {
        if (job->group == 0)
            job->group = pid;
        (void)setpgid(pid, job->group);
        if (place == JOB_FOREGROUND)
            (void)tcsetpgrp(terminal, job->group);
    }
    job->processes[job->count++] = (struct process){ pid, RUNNING, 0 };
    return pid;
}

pid_t
jobs_fork_helper(void)
{
    pid_t pid = fork();

    if (pid == 0)
        enter_child();
    return pid;
}

static void
note(pid_t pid, int status)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        for (unsigned i = 0; i < job->count; i++) {
            struct process *process = &job->processes[i];

            if (process->pid != pid || process->state == DONE)
                continue;
            process->status = status;
            process->state = WIFSTOPPED(status) ? STOPPED : DONE;
            return;
        }
    }
}

/* Learn of one change. 0: there is none yet; -1 with errno. */
static pid_t
collect(bool block)
{
    int status;
    pid_t pid = waitpid(-1, &status, WUNTRACED | (block ? 0 : WNOHANG));

    if (pid > 0)
        note(pid, status);
    return pid;
}

/* Children that the shell never had, or that somebody else waited for. */
static void
give_up(struct job *job)
{
    for (unsigned i = 0; i < job->count; i++) {
        if (job->processes[i].state == RUNNING) {
            job->processes[i].state = DONE;
            job->processes[i].status = 127 << 8;
        }
    }
}

/* --- the foreground ------------------------------------------------------ */

/* How it ended, if a signal did that the user did not send by a key. */
static void
tell_signal(const struct job *job)
{
    int status = job->count > 0 ? job->processes[job->count - 1].status : 0;

    if (!WIFSIGNALED(status) || WTERMSIG(status) == SIGPIPE)
        return;
    if (WTERMSIG(status) == SIGINT) {
        if (sh.interactive)
            signals_interrupt();
        return;
    }
    if (!sh.forked)
        sh_error("%s", signal_words(WTERMSIG(status)));
}

static void
take_terminal_back(struct job *job)
{
    if (!sh.job_control)
        return;
    (void)tcsetpgrp(terminal, getpgrp());
    if (state_of(job) == STOPPED)
        job->has_modes = tcgetattr(terminal, &job->modes) == 0;
    if (state_of(job) == STOPPED || status_of(job) > 128)
        (void)tcsetattr(terminal, TCSADRAIN, &shell_modes);
    else
        (void)tcgetattr(terminal, &shell_modes);
}

int
job_wait(struct job *job)
{
    int status;

    while (state_of(job) == RUNNING) {
        if (collect(true) < 0 && errno != EINTR)
            give_up(job);
    }
    take_terminal_back(job);
    status = status_of(job);
    if (state_of(job) == DONE) {
        tell_signal(job);
        remove_job(job);
        return status;
    }
    job->background = true;
    job->told = STOPPED;
    make_current(job);
    (void)sh_write(2, "\n", 1);
    job_print(job, 'e');
    if (sh.interactive)
        sh.flow = FLOW_INTERRUPT;
    return status;
}

void
job_background(struct job *job)
{
    job->background = true;
    sh.background = job->processes[job->count - 1].pid;
    if (sh.interactive && sh.job_control) {
        struct text text = { &sh.scratch, NULL, 0, 0 };

        text_format(&text, "[%u] %ld\n", job->number, (long)sh.background);
        (void)sh_write(2, text.bytes, text.length);
    }
}

/* --- names --------------------------------------------------------------- */

static bool
is_named(const struct job *job, const char *name)
{
    if (*name == '?')
        return strstr(job->text, name + 1) != NULL;
    return strncmp(job->text, name, strlen(name)) == 0;
}

static struct job *
find_listed(unsigned skip)
{
    struct job *job = jobs;

    while (job != NULL && (!job->background || skip > 0)) {
        skip -= job->background;
        job = job->next;
    }
    return job;
}

static struct job *
find_by_pid(pid_t pid)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        for (unsigned i = 0; i < job->count; i++) {
            if (job->processes[i].pid == pid)
                return job;
        }
    }
    return NULL;
}

static struct job *
find_quietly(const char *name)
{
    long number = sh_number(name + (*name == '%'), 1 << 30);
    struct job *job;

    if (*name != '%')
        return number > 0 ? find_by_pid((pid_t)number) : NULL;
    name++;
    if (*name == '\0' || strcmp(name, "%") == 0 || strcmp(name, "+") == 0)
        return find_listed(0);
    if (strcmp(name, "-") == 0)
        return find_listed(1);
    for (job = jobs; job != NULL; job = job->next) {
        if (job->background && (number > 0 ?
                                job->number == (unsigned long)number :
                                is_named(job, name)))
            break;
    }
    return job;
}

struct job *
job_find(const char *name, const char *who)
{
    struct job *job = find_quietly(name);

    if (job == NULL)
        sh_error("%s: %s: no such job", who, name);
    return job;
}

/* --- wait ---------------------------------------------------------------- */

/* Until the job (NULL: every job that runs) changes. false: a trap is due.
 * Signals are held but while waiting, so that none slips through between
 * the look and the wait. */
static bool
wait_for(const struct job *job)
{
    bool waiting = true, trapped = false;

    signals_hold();
    while (waiting && !trapped) {
        pid_t pid;

        do {
            pid = collect(false);
        } while (pid > 0);
        if (job != NULL) {
            waiting = state_of(job) == RUNNING;
        } else {
            waiting = false;
            for (struct job *j = jobs; j != NULL; j = j->next)
                waiting |= state_of(j) == RUNNING;
        }
        if (!waiting || pid < 0)
            break;
        signals_pause();
        trapped = trap_is_pending() || (sh.interactive &&
                                        signals_take_interrupt());
    }
    signals_release();
    return !trapped;
}

static int
trapped_status(void)
{
    for (int i = 1; i < SIGNALS_MAX; i++) {
        if (trap_is_due(i))
            return 128 + i;
    }
    signals_interrupt();
    return sh.status;
}

int
job_wait_builtin(const char *name)
{
    struct job *job = find_quietly(name);
    int status = 127;

    if (job == NULL && *name == '%')
        sh_error("wait: %s: no such job", name);
    if (job == NULL)
        return 127;
    if (!wait_for(job))
        return trapped_status();
    give_up(job);
    status = status_of(job);
    if (*name != '%') {
        long pid = sh_number(name, 1 << 30);

        for (unsigned i = 0; i < job->count; i++) {
            if (job->processes[i].pid == (pid_t)pid)
                status = exit_status(job->processes[i].status);
        }
    }
    if (state_of(job) == DONE)
        remove_job(job);
    return status;
}

int
jobs_wait_all(void)
{
    struct job *next;

    if (!wait_for(NULL))
        return trapped_status();
    for (struct job *job = jobs; job != NULL; job = next) {
        next = job->next;
        if (state_of(job) == DONE)
            remove_job(job);
    }
    return 0;
}

/* --- fg, bg, kill -------------------------------------------------------- */

int
job_signal(struct job *job, int signal)
{
    int result = 0;

    for (unsigned i = 0; signal == SIGCONT && i < job->count; i++) {
        if (job->processes[i].state == STOPPED)
            job->processes[i].state = RUNNING;
    }
    if (job->group > 0)
        return kill(-job->group, signal);
    for (unsigned i = 0; i < job->count; i++) {
        if (job->processes[i].state != DONE)
            result |= kill(job->processes[i].pid, signal);
    }
    return result;
}

void
job_continue(struct job *job)
{
    job->told = RUNNING;
    (void)job_signal(job, SIGCONT);
}

int
job_foreground(struct job *job)
{
    sh_print("%s\n", job->text);
    (void)sh_flush("fg");
    make_current(job);
    if (job->group > 0)
        (void)tcsetpgrp(terminal, job->group);
    if (job->has_modes)
        (void)tcsetattr(terminal, TCSADRAIN, &job->modes);
    job->has_modes = false;
    job_continue(job);
    return job_wait(job);
}

/* --- telling ------------------------------------------------------------- */

static const char *
state_words(const struct job *job)
{
    static char words[48];
    struct text text = { &sh.scratch, NULL, 0, 0 };
    int status = job->count > 0 ? job->processes[job->count - 1].status : 0;

    switch (state_of(job)) {
    case RUNNING:
        return "Running";
    case STOPPED:
        return "Stopped";
    default:
        break;
    }
    if (WIFSIGNALED(status))
        return signal_words(WTERMSIG(status));
    if (exit_status(status) == 0)
        return "Done";
    text_format(&text, "Done(%d)", exit_status(status));
    return strcpy(words, text_end(&text));
}

void
job_print(struct job *job, int how)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    char mark = job == find_listed(0) ? '+' :
        job == find_listed(1) ? '-' : ' ';

    if (how == 'p') {
        text_format(&text, "%ld\n", (long)job->processes[0].pid);
    } else {
        text_format(&text, "[%u] %c ", job->number, mark);
        if (how == 'l')
            text_format(&text, "%ld ", (long)job->processes[0].pid);
        text_format(&text, "%-20s %s\n", state_words(job), job->text);
    }
    if (how == 'e')
        (void)sh_write(2, text.bytes, text.length);
    else
        sh_put(text.bytes, text.length);
}

/* Oldest first; those that are done are gone once they were told. */
static void
print_changed(int how, bool all)
{
    unsigned last = 0;

    while (collect(false) > 0)
        continue;
    for (;;) {
        struct job *least = NULL;

        for (struct job *job = jobs; job != NULL; job = job->next) {
            if (job->background && job->number > last &&
                (least == NULL || job->number < least->number))
                least = job;
        }
        if (least == NULL)
            return;
        last = least->number;
        if (all || state_of(least) != least->told)
            job_print(least, how);
        least->told = state_of(least);
        if (least->told == DONE)
            remove_job(least);
    }
}

void
jobs_print(int how)
{
    print_changed(how, true);
}

void
jobs_notify(void)
{
    print_changed('e', false);
}

bool
jobs_any_stopped(void)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (job->background && state_of(job) == STOPPED)
            return true;
    }
    return false;
}

/* --- set -m -------------------------------------------------------------- */

static bool
open_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR);

    if (fd < 0 && isatty(2))
        fd = dup(2);
    if (fd < 0)
        return false;
    terminal = redirect_move(fd);
    return terminal >= 0 && tcgetpgrp(terminal) >= 0;
}

static bool
take_control(void)
{
    pid_t group;

    if (!open_terminal()) {
        if (terminal >= 0)
            close(terminal);
        terminal = -1;
        sh_error("no terminal: no job control");
        return false;
    }
    first_group = getpgrp();
    while ((group = tcgetpgrp(terminal)) >= 0 && group != getpgrp())
        (void)kill(0, SIGTTIN);     /* until someone brings us forward */
    sh.job_control = true;
    signals_start();
    (void)setpgid(0, sh.pid);
    (void)tcsetpgrp(terminal, getpgrp());
    (void)tcgetattr(terminal, &shell_modes);
    return true;
}

bool
jobs_control(bool on)
{
    if (on == sh.job_control || sh.forked)
        return true;
    if (on)
        return take_control();
    (void)tcsetpgrp(terminal, first_group);
    (void)setpgid(0, first_group);
    sh.job_control = false;
    signals_start();
    close(terminal);
    terminal = -1;
    return true;
}
