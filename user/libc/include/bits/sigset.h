#ifndef _BITS_SIGSET_H
#define _BITS_SIGSET_H

/* Signals 1 to 64; signal n is bit n - 1. */
typedef struct {
    unsigned long __bits;
} sigset_t;

#endif
