/*
 * What all parts of the shell share: its state, and how it speaks.
 *
 * One process has one shell, so the state is one variable. A child made for
 * a subshell has a copy of it, with `forked` set.
 */
#ifndef USER_SH_SH_H
#define USER_SH_SH_H

#include <stdbool.h>
#include <sys/types.h>

#include "user/sh/mem.h"

#define SH_VERSION "sh (Kindling) 1.0"

/* Commands nested in each other, functions that call functions included:
 * each level costs some hundred bytes of stack. */
#define SH_MAX_NESTING 1600

/* What the commands around the one that has just run must do. */
enum flow {
    FLOW_NONE,
    FLOW_BREAK,         /* leave flow_levels loops */
    FLOW_CONTINUE,      /* leave flow_levels - 1, go on with the next */
    FLOW_RETURN,        /* leave the function or dot script */
    FLOW_ERROR,         /* an error that ends a script, not a session */
    FLOW_INTERRUPT,     /* ctrl-C: back to the prompt */
    FLOW_EXIT           /* leave the shell, with sh.status */
};

struct shell {
    int status;                 /* $? */
    pid_t pid;                  /* $$: not changed in subshells */
    pid_t background;           /* $!, 0: none yet */
    const char *name;           /* $0 */
    char **arguments;           /* $1 on, each from malloc, as is the list */
    unsigned argument_count;
    bool option[128];           /* by letter, as "set -e" */
    bool interactive;
    bool forked;                /* a child of the shell that was started */
    int warned;                 /* of stopped jobs: 2 by this command */
    bool job_control;           /* processes get groups of their own */
    enum flow flow;
    unsigned flow_levels;
    unsigned tested;            /* > 0: -e does not look at statuses */
    unsigned loops;             /* around the current command, as function */
    unsigned functions;         /* running functions and dot scripts */
    unsigned nesting;
    unsigned line;              /* of the current command */
    int substitution;           /* status of the last $(...), or -1 */
    struct arena scratch;       /* expansions; released after each command */
};

extern struct shell sh;

/* "sh: line N: words" on stderr; without the line at the prompt. */
void sh_error(const char *format, ...);

/* The same, and ends the script or returns to the prompt; status 2. */
void sh_fatal(const char *format, ...);

/* Output of builtins, buffered up to sh_flush(), which returns false, having
 * said so, if some of it could not be written to descriptor 1. */
void sh_print(const char *format, ...);
void sh_put(const char *bytes, size_t length);
bool sh_flush(const char *who);

/* Write all; false with errno if that fails. */
bool sh_write(int fd, const char *bytes, size_t length);

/* In single quotes where it needs them, so that the shell can read it. */
void sh_quote(struct text *text, const char *string);

bool sh_is_name(const char *string, size_t length);
bool sh_is_name_start(int c);
bool sh_is_name_byte(int c);

/* A whole decimal number of at most max, or -1. */
long sh_number(const char *string, long max);

#endif
