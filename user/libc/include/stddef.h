#ifndef _STDDEF_H
#define _STDDEF_H

#include <bits/features.h>

#define NULL __NULL
#define offsetof(type, member) __builtin_offsetof(type, member)

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#ifndef __cplusplus
typedef __WCHAR_TYPE__ wchar_t;
#endif

typedef struct {
    long long __long __attribute__((__aligned__(__alignof__(long long))));
    long double __double __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;

#endif
