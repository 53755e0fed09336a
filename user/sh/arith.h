/*
 * Arithmetic (POSIX.1-2008, XCU 2.6.4): all operators of C on 64-bit signed
 * integers that wrap around, with variables of the shell.
 */
#ifndef USER_SH_ARITH_H
#define USER_SH_ARITH_H

#include <stdbool.h>
#include <stdint.h>

/* False, told by sh_fatal(), if the expression has no value. */
bool arith_evaluate(const char *expression, int64_t *result);

#endif
