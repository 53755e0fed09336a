#ifndef _SETJMP_H
#define _SETJMP_H

#include <bits/features.h>

/* RBX, RBP, R12 to R15, RSP, RIP; whether a mask was saved, and the mask. */
typedef struct __jmp_buf {
    unsigned long __registers[8];
    unsigned long __saved;
    unsigned long __mask;
} jmp_buf[1];

__C_BEGIN

int setjmp(jmp_buf) __attribute__((__returns_twice__));
__NORETURN void longjmp(jmp_buf, int);
#define setjmp setjmp

#ifdef __SHOW_POSIX
typedef jmp_buf sigjmp_buf;

int sigsetjmp(sigjmp_buf, int) __attribute__((__returns_twice__));
__NORETURN void siglongjmp(sigjmp_buf, int);
#define sigsetjmp sigsetjmp
#endif

#ifdef __SHOW_XSI
int _setjmp(jmp_buf) __attribute__((__returns_twice__));
__NORETURN void _longjmp(jmp_buf, int);
#endif

__C_END

#endif
