/*
 * Messages: call, receive, reply. Registers of a blocked thread hold its
 * message; a transfer copies them from frame to frame.
 *
 *   caller                                  server
 *   call --> SENDING in endpoint.senders    receive --> RECEIVING
 *              \____________ meet _____________/
 *            CALLING, server->caller == caller
 *     reply by the server, or REPLY_KEEP makes it a handle of the process
 *     answered:      0 and the message
 *     server's next receive, its end, the handle closed: ERR_DROPPED
 *     endpoint dead, still SENDING: ERR_DEAD
 *     interrupted, still SENDING: ERR_INTERRUPTED; CALLING: the server is told
 *
 * Invariants, checked in debug kernels by ipc_check():
 *   - an endpoint never has senders or events, and receivers at once, nor
 *     receivers while its bound notification has bits;
 *   - t->state is SENDING or CALLING exactly when t->session is not NULL;
 *   - server->caller == t exactly when t->server == server;
 *   - t->kept_in is not NULL exactly when t is CALLING and kept.
 *
 * Each returns a result for RAX, or IPC_LATER when the thread waits or its
 * result registers have been written already.
 */
#ifndef KERNEL_IPC_H
#define KERNEL_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/endpoint.h"
#include "kernel/handle.h"
#include "kernel/process.h"
#include "kernel/thread.h"

#define IPC_LATER 1000000

int ipc_call(struct thread *caller);
int ipc_receive(struct thread *server, handle_t endpoint, uint64_t flags);
int ipc_reply(struct thread *server, handle_t reply);
int ipc_reply_receive(struct thread *server, handle_t endpoint,
                      handle_t reply);
int ipc_keep(struct thread *server, handle_t *reply);

/* The thread whose call the reply would answer, even one that waits no more;
 * 0: the current call. */
int ipc_find_caller(const struct thread *server, uint64_t reply,
                    struct thread **caller);

/*
 * Copy between a lease of the call and the server's own memory, as much as
 * one step may. The upper half of the lease's index counts what is done: with
 * it the call is executed again until all is.
 */
int ipc_lease(struct thread *server, bool write);

/*
 * A thread's fault, or its page that is missing, becomes a call to that
 * session. The answer lets it go on. ERR_DEAD when nobody can be told.
 */
int ipc_report(struct thread *thread, struct session *session,
               enum sys_received kind, const uint64_t words[SYS_WORDS]);

/*
 * The clone of a thread that waits in a call waits in one of its own, to the
 * same session, and process gets its reply, kept. The child's registers and
 * leases are the other's. ERR_MEMORY: nothing has happened.
 */
int ipc_adopt(struct thread *child, const struct thread *like,
              struct process *process, handle_t *reply);

/* SYS_THREAD_INTERRUPT: 0, or ERR_STATE when there is nothing to interrupt. */
int ipc_interrupt(struct thread *thread);

/*
 * Out of all waits and calls, as a caller and as a server. If it was killed
 * its state is SYS_THREAD_DEAD, and who keeps its call gets ERR_DEAD for an
 * answer; else it is SYS_THREAD_STOPPED, and that reply handle is closed.
 */
void ipc_abandon(struct thread *thread);

/*
 * SENDING or CALLING: the call fails with that error. Who waits for a page, or
 * has faulted, goes on instead, and asks or faults anew: so a server that was
 * started again is told, and a process whose supervisor is gone ends by itself.
 */
void ipc_drop(struct thread *caller, int error);

/* The last handle of a kept reply is gone. */
void reply_closed(struct object *reply);

/* Panics when an invariant is broken. */
void ipc_check(const struct endpoint *endpoint);

#endif
