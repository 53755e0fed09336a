#ifndef _GLOB_H
#define _GLOB_H

#include <bits/features.h>

typedef __SIZE_TYPE__ size_t;

typedef struct {
    size_t gl_pathc;
    char **gl_pathv;
    size_t gl_offs;
    int gl_flags;
} glob_t;

#define GLOB_ERR      0x01
#define GLOB_MARK     0x02
#define GLOB_NOSORT   0x04
#define GLOB_DOOFFS   0x08
#define GLOB_NOCHECK  0x10
#define GLOB_APPEND   0x20
#define GLOB_NOESCAPE 0x40

#define GLOB_NOSPACE 1
#define GLOB_ABORTED 2
#define GLOB_NOMATCH 3

__C_BEGIN

int glob(const char *__restrict, int, int (*)(const char *, int),
         glob_t *__restrict);
void globfree(glob_t *);

__C_END

#endif
