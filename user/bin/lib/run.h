/* Running programs, for find, xargs and env. */
#ifndef USER_BIN_LIB_RUN_H
#define USER_BIN_LIB_RUN_H

#define RUN_NOT_EXECUTABLE 126
#define RUN_NOT_FOUND 127
#define RUN_SIGNAL 256 /* added to the number of the signal that ended it */

/* Replace this program; returns the status to end with when that fails. */
int run_instead(char **argv);

/* Run a program to its end; its status, told if it cannot be run. */
int run_program(char **argv);

#endif
