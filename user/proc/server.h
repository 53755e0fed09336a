/*
 * The proc server: the table's rules (table.h) carried out with the kernel's
 * means. It is the supervisor of all processes and has their handles.
 */
#ifndef USER_PROC_SERVER_H
#define USER_PROC_SERVER_H

#include "user/proc/table.h"
#include "user/proto/proc.h"
#include "user/rt/rt.h"

#define WAITS_MAX PROCESSES_MAX

/* What the server knows of a process besides; struct process has it as more. */
struct extra {
    handle_t process;
    handle_t upcall_memory;     /* of struct proc_upcall, or 0 */
    struct proc_upcall *upcall; /* mapped here, or NULL */
    uint64_t upcall_entry, upcall_address; /* in the process */
    int killer;                 /* signal that it was ended for, or 0 */
    uint64_t started;
    uint64_t alarm;             /* when SIGALRM is due, or 0 */
    uint64_t badge;             /* service: of its session */
};

extern struct server {
    handle_t endpoint, bits;
    handle_t supervisor; /* session that deaths and faults come by */
    struct table table;
    struct extra extras[PROCESSES_MAX];
} server;

static inline struct extra *
extra_of(const struct process *p)
{
    return &server.extras[p - server.table.places];
}

/* --- deliver.c: signals on their way to a process ------------------------- */

void deliver_end(struct process *p, int signal);
void deliver_stop(struct process *p);
void deliver_go_on(struct process *p);
/* A caught signal is pending: its thread is sent to the upcall, or its wait is
 * ended. */
void deliver_signal(struct process *p);

/* A fault of one of its threads: true if it may go on, by its own handler. */
bool deliver_fault(struct process *p, const struct sys_message *m);
int deliver_signal_of(uint64_t vector);

/* Another program: the upcall's memory is no more. */
void deliver_forget(struct process *p);

/* --- waits.c: calls that are answered later ------------------------------- */

/* 0: the current call is kept and will be answered; or an errno number. */
uint32_t waits_for_child(struct process *p, int which, unsigned options,
                         struct sys_message *reply, bool *kept);
uint32_t waits_for_signal(struct process *p, uint64_t wanted,
                          struct sys_message *reply, bool *kept);

/* Something happened to a child of it, or it has a signal: look anew. */
void waits_look(struct process *p);

/* The server is asked to answer soon. */
void waits_cancel(handle_t reply);

/* It is gone. */
void waits_forget(struct process *p);

#endif
