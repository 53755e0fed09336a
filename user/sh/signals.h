/*
 * Signals by name, traps, and what the shell itself does with signals. A
 * handler only notes the signal; trap_run_pending() acts between commands.
 */
#ifndef USER_SH_SIGNALS_H
#define USER_SH_SIGNALS_H

#include <stdbool.h>

#define SIGNALS_MAX 65          /* numbers below; 0 is EXIT */

const char *signal_name(int number);        /* without SIG; NULL: unknown */
const char *signal_words(int number);       /* "Segmentation fault" */
int signal_number(const char *name);        /* "INT", "SIGINT", "2"; or -1 */

/* NULL: default; "": ignored. False: the shell was started ignoring it. */
bool trap_set(int number, const char *action);
const char *trap_get(int number);
void trap_print(void);

/* A subshell has no traps, but what is ignored stays so. */
void trap_enter_child(void);

/* What the shell handles or ignores for its own sake, as it was, for a
 * command that replaces the process. */
void signals_for_command(void);
void signals_ignore_keyboard(void);         /* cmd & without job control */
void signals_start(void);                   /* at start-up and after set -m */

/* Actions of the signals that came; and of EXIT, once. */
void trap_run_pending(void);
void trap_run_exit(void);
bool trap_is_pending(void);
bool trap_is_due(int number);

/* Did ctrl-C come? The question takes the answer back. */
bool signals_take_interrupt(void);

/* Back to the prompt, which shall start a line; status 130. */
void signals_interrupt(void);

/* Block all signals that the shell handles, and let them in only inside of
 * signals_pause(), which returns after one. */
void signals_hold(void);
void signals_pause(void);
void signals_release(void);

#endif
