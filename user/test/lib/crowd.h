/*
 * Threads by the thousand: they need no memory of their own, all that they
 * have is in registers.
 */
#ifndef USER_TEST_LIB_CROWD_H
#define USER_TEST_LIB_CROWD_H

#include "user/test/lib/test.h"

/* Entries; RDI is a handle. After an error, or a wait, the thread ends. */
void crowd_echo(void); /* serves an endpoint: adds 1 to the first word */
void crowd_call(void); /* calls a session once */
void crowd_wait(void); /* waits for bit 0 of a notification */

/* A thread that runs; its handle, or ERR_*. */
int64_t crowd_add(void (*entry)(void), handle_t handle, unsigned priority);

#endif
