/*
 * How long the kernel keeps others waiting: the longest that one CPU held the
 * lock, and the longest that it was in the kernel with interrupts off, both in
 * time stamps. Only a build with LOCK_TIMES=1 measures; others answer 0.
 *
 * The time with interrupts off begins in the first C function behind an entry
 * and ends with the lock given up, or where an interrupt that needs no lock is
 * done. Not in it: the entry code around that, some dozens of instructions in
 * a row; SYS_NULL, which has nothing else; the wait for the lock, for that is
 * another CPU's hold. In neither: start-up, a panic, and the console.
 */
#ifndef KERNEL_TIMES_H
#define KERNEL_TIMES_H

#include <stdint.h>

#ifdef LOCK_TIMES
/* Interrupts are off since now, unless it is known already. */
void times_off(void);
/* They are about to be on again: by a return, a sleep, or a pause of work. */
void times_on(void);

/* This CPU has the lock; gives it up, and lets interrupts in next. */
void times_lock_taken(void);
void times_lock_given(void);

/* What passes between them does not count. */
uint64_t times_skip_from(void);
void times_skip_to_now(uint64_t from);
#else
static inline void times_off(void) {}
static inline void times_on(void) {}
static inline void times_lock_taken(void) {}
static inline void times_lock_given(void) {}
static inline uint64_t times_skip_from(void) { return 0; }
static inline void times_skip_to_now(uint64_t from) { (void)from; }
#endif

/* The longest of any CPU since the last question; they start anew. */
uint64_t times_longest_hold(void);
uint64_t times_longest_off(void);

#endif
