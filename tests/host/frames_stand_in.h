/*
 * Frames from the host's own heap, so that the address sanitizer watches them;
 * one of them can be refused. And a panic that a test may want.
 */
#ifndef TESTS_HOST_FRAMES_STAND_IN_H
#define TESTS_HOST_FRAMES_STAND_IN_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

extern uint64_t frames_out;     /* that are taken now */
extern unsigned frames_fail_at; /* 1: the next one is refused; 0: none */

extern jmp_buf panic_exit;
extern bool panic_wanted;

#define assert_panics(statement)         \
    do {                                 \
        panic_wanted = true;             \
        if (setjmp(panic_exit) == 0) {   \
            statement;                   \
            fail_msg("it did not panic"); \
        }                                \
        panic_wanted = false;            \
    } while (0)

#endif
