#ifndef _ERR_H
#define _ERR_H

#include <bits/features.h>

__C_BEGIN

__NORETURN void err(int, const char *, ...) __PRINTF(2, 3);
__NORETURN void errx(int, const char *, ...) __PRINTF(2, 3);
__NORETURN void verr(int, const char *, __builtin_va_list) __PRINTF(2, 0);
__NORETURN void verrx(int, const char *, __builtin_va_list) __PRINTF(2, 0);
void vwarn(const char *, __builtin_va_list) __PRINTF(1, 0);
void vwarnx(const char *, __builtin_va_list) __PRINTF(1, 0);
void warn(const char *, ...) __PRINTF(1, 2);
void warnx(const char *, ...) __PRINTF(1, 2);

__C_END

#endif
