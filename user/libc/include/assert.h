/* Included again, it takes NDEBUG's new state: no guard around assert(). */
#undef assert

#ifdef NDEBUG
#define assert(truth) ((void)0)
#else
#define assert(truth)                                                     \
    ((truth) ? (void)0                                                    \
             : __assert_fail(#truth, __FILE__, __LINE__, __func__))
#endif

#ifndef _ASSERT_H
#define _ASSERT_H

#include <bits/features.h>

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

__C_BEGIN

__NORETURN void __assert_fail(const char *, const char *, int, const char *);

__C_END

#endif
