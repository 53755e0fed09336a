/*
 * The end: one page that says what happened, on the screen and COM1. Only
 * for broken invariants; what input or hardware can cause is an error code.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <stdint.h>

struct trap_frame;

_Noreturn void panic(const char *text, ...)
    __attribute__((format(printf, 1, 2), cold));

/* What panic() was called with, for the handler that it traps into. */
const char *panic_message(void);

/* Print the page and stop. detail may be NULL. */
_Noreturn void panic_page(const char *message, const char *detail,
                          const struct trap_frame *frame);

/* The compiler's canary on the stack; the start gives it a value. */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

#define ASSERT(condition)                                          \
    ((condition) ? (void)0                                         \
                 : panic("assertion failed: %s, %s line %u",       \
                         #condition, __FILE__, (unsigned)__LINE__))

/* What costs too much for every day: checked where SANITIZE=1 has built. */
#ifdef DEBUG
#define DEBUG_ASSERT ASSERT /* or it would name the condition's macros */
#else
#define DEBUG_ASSERT(condition) ((void)(0 && (condition)))
#endif

#endif
