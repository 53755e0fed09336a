/*
 * Services that tests of init put into an archive of their own. One program
 * plays them all: the first word of its argument says which.
 */
#ifndef USER_TEST_SERVICE_SERVICE_H
#define USER_TEST_SERVICE_SERVICE_H

#include "user/rt/service.h"

#define MS 1000000ULL

/* What "echo" serves. Every answer has the number of the instance in word 0,
 * counted in its vault. */
enum echo_call {
    ECHO_ADD = 1,   /* word 1: that of the call and one more */
    ECHO_BADGE,     /* word 1: the badge of the session */
    ECHO_DIE,       /* no answer: it faults */
    ECHO_DIE_LATER, /* the same, after a while */
    ECHO_EXIT,      /* no answer: ends with the status in word 1 */
    ECHO_HANG,      /* an answer, and then it never receives again */
    ECHO_BITS,      /* first handle: its notification */
};

void play_echo(void);
void play_driver(void);
void play_thief(void);
void play_mounter(void);
void play_finder(void);
void play_parent(void);
void play_hardware(void);

/* The argument's second word. */
const char *option(void);

/* Wait; interrupts and other services go on. */
void pause_for(uint64_t nanoseconds);

#endif
