/*
 * The table of processes: numbers, families, groups, sessions, what has become
 * of whom, and what a signal does. Rules only, after POSIX.1-2017 (General
 * Concepts 3; System Interfaces 2.4): no kernel object, no message. The server
 * in main.c carries out what these functions ask of it by struct table_hooks;
 * the tests look at what was asked.
 */
#ifndef USER_PROC_TABLE_H
#define USER_PROC_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESSES_MAX 1024u
#define NUMBER_MAX 32767 /* process numbers begin anew behind it */
#define NAME_SIZE 48u

/* Signals have the numbers that most programs have seen. */
enum {
    SIG_HUP = 1, SIG_INT, SIG_QUIT, SIG_ILL, SIG_TRAP, SIG_ABRT, SIG_BUS,
    SIG_FPE, SIG_KILL, SIG_USR1, SIG_SEGV, SIG_USR2, SIG_PIPE, SIG_ALRM,
    SIG_TERM, SIG_CHLD = 17, SIG_CONT, SIG_STOP, SIG_TSTP, SIG_TTIN, SIG_TTOU,
    SIG_URG, SIG_WINCH = 28, SIG_MAX = 64,
};
#define SIGNAL_BIT(number) (1ULL << ((number) - 1))

enum process_state { PROCESS_NONE, PROCESS_RUNS, PROCESS_STOPPED,
                     PROCESS_ZOMBIE };

/* Events that a parent may wait for, each told once. */
#define EVENT_EXITED    1u
#define EVENT_STOPPED   2u
#define EVENT_CONTINUED 4u

struct process {
    enum process_state state;
    int number, group, session;
    struct process *parent;   /* NULL: nobody waits, as if init did */
    uint64_t id;              /* the kernel's */
    char name[NAME_SIZE];
    int status;               /* of the last event, as wait() tells it */
    unsigned events;          /* not told yet */
    bool executed;            /* a new program since fork */
    bool ending;              /* was told to end */
    bool is_service;          /* init's: it has children, but no signals */
    uint64_t pending, blocked, caught, ignored; /* signals */
};

/* What the server is to do. None may call the table. */
struct table_hooks {
    void (*end)(struct process *p, int signal);   /* it dies of that signal */
    void (*stop)(struct process *p);
    void (*go_on)(struct process *p);
    void (*signal)(struct process *p);  /* caught ones are pending: tell it */
    void (*event)(struct process *parent); /* look at its waits anew */
};

struct table {
    struct process places[PROCESSES_MAX];
    int last_number;
    struct table_hooks hooks;
};

/* Results of 0, or an errno number, below. */

/* A child of parent, or with NULL a process with a group and a session of its
 * own. NULL: the table is full. */
struct process *table_add(struct table *table, struct process *parent,
                          uint64_t id);

struct process *table_number(struct table *table, int number);
struct process *table_id(struct table *table, uint64_t id);

/* The next one in the order of numbers behind that, or NULL. */
struct process *table_next(struct table *table, int number);

/* It was never told of, and nobody will ask: a fork that failed. */
void table_forget(struct table *table, struct process *p);

/* It is gone; status as wait() tells it. Its children have no parent then. */
void table_ended(struct table *table, struct process *p, int status);

/* status for an exit, and for a death by signal. */
int table_status_exit(int value);
int table_status_signal(int signal);

/*
 * An event of a child of p that which (as waitpid() has it) means and events
 * are wanted: *child is its place, *number and *status what to tell, and it is
 * told: one that has ended is forgotten. EAGAIN: there may be one later, ECHILD:
 * never.
 */
int table_wait(struct table *table, struct process *p, int which,
               unsigned events, int *number, int *status);

/* caller may be NULL: the kernel, or a terminal. which as kill() has it. A
 * service that is meant by its number is EPERM; in a group it is passed over. */
int table_kill(struct table *table, struct process *caller, int which,
               int signal);
void table_kill_group(struct table *table, int session, int group,
                      int signal);
void table_signal(struct table *table, struct process *p, int signal);

/* New sets; what is pending and not blocked any more works now. */
void table_masks(struct table *table, struct process *p, uint64_t blocked,
                 uint64_t caught, uint64_t ignored);

/* Takes one caught signal that is pending and not blocked, or of those wanted
 * whether blocked or not; 0: none. */
int table_take(struct table *table, struct process *p, uint64_t wanted);

int table_set_group(struct table *table, struct process *caller, int number,
                    int group);
int table_set_session(struct table *table, struct process *p);

/* A new program: signals that were caught have their default action. */
void table_executed(struct process *p, const char *name);

/* Whether a group has no member whose parent could look after it from another
 * group of the session: its stops are nobody's to end. */
bool table_is_orphaned(struct table *table, int group);

#endif
