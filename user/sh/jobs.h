/*
 * Processes that the shell has made, by job: a pipeline, a subshell, what
 * runs in the background. With job control each job is a process group, and
 * the terminal belongs to the one in the foreground.
 */
#ifndef USER_SH_JOBS_H
#define USER_SH_JOBS_H

#include <stdbool.h>
#include <sys/types.h>

struct job;

/* A place for a job of so many processes. */
struct job *job_make(const char *text, unsigned processes);

enum job_place {
    JOB_FOREGROUND,     /* gets the terminal */
    JOB_BACKGROUND,     /* ignores ctrl-C if there is no job control */
    JOB_INSIDE          /* of the command that runs: no group of its own */
};

/* fork() for the job. The child (0) has its group, and no traps. -1: said;
 * status 2. */
pid_t job_fork(struct job *job, enum job_place place);

/* A job of no process: nothing could be forked. */
void job_abandon(struct job *job);
bool job_is_empty(const struct job *job);

/* Wait until all of it ended or stopped; its status. */
int job_wait(struct job *job);

/* Let it run; $! is its last process. */
void job_background(struct job *job);

/* A child of the shell that belongs to no job; nobody waits for it. */
pid_t jobs_fork_helper(void);

/* "%1", "%%", "%-", "%?text", "%text", or a process id where there is no %.
 * NULL, said with the name in front. */
struct job *job_find(const char *name, const char *who);

/* wait: for a job, for a process ($! of long ago: 127), for all. A trap
 * ends it with 128 + n. */
int job_wait_builtin(const char *name);
int jobs_wait_all(void);

int job_foreground(struct job *job);
void job_continue(struct job *job);
int job_signal(struct job *job, int signal);

/* jobs: how 0, 'l' (with process ids), 'p' (those only). */
void job_print(struct job *job, int how);
void jobs_print(int how);

void jobs_notify(void);             /* what changed since, at the prompt */
bool jobs_any_stopped(void);

/* set -m: false, said, if there is no terminal to control. */
bool jobs_control(bool on);
void jobs_forget(void);

#endif
