/* What the parts of login share. */
#ifndef USER_LOGIN_LOGIN_H
#define USER_LOGIN_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "user/rt/rt.h"

/* A call; 0 and the answer, or an errno number, or E_IO. */
uint32_t login_ask(handle_t session, struct sys_message *m);

/* --- terminal.c: who is at the other end ---------------------------------- */

/*
 * Ask the terminal, an open file, where its cursor is. true: it answered, so
 * it understands escape sequences, and its size is set. false: nobody answered
 * within TERMINAL_WAIT, and from now on nothing may be sent but plain text.
 * What was typed before or meanwhile is forgotten with the answer.
 */
bool terminal_answers(handle_t terminal);

#define TERMINAL_WAIT 200000000ULL /* nanoseconds */

#endif
