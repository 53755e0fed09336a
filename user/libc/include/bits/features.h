/*
 * Which names the headers show. C's own always; the rest by the macros of
 * POSIX (_POSIX_C_SOURCE, _XOPEN_SOURCE) and the two customary ones beyond
 * (_DEFAULT_SOURCE, _GNU_SOURCE). A program that asks for nothing, and for no
 * strict C, gets what _DEFAULT_SOURCE shows.
 */
#ifndef _BITS_FEATURES_H
#define _BITS_FEATURES_H

#if defined(_BSD_SOURCE) || defined(_SVID_SOURCE) || defined(_ALL_SOURCE)
#define __ASKED_DEFAULT 1
#endif
#if !defined(__STRICT_ANSI__) && !defined(_POSIX_SOURCE) && \
    !defined(_POSIX_C_SOURCE) && !defined(_XOPEN_SOURCE)
#define __ASKED_DEFAULT 1
#endif

#ifdef _GNU_SOURCE
#define __SHOW_GNU 1
#endif
#if defined(__SHOW_GNU) || defined(__ASKED_DEFAULT) || \
    defined(_DEFAULT_SOURCE)
#define __SHOW_MISC 1
#endif
#if defined(__SHOW_MISC) || defined(_XOPEN_SOURCE)
#define __SHOW_XSI 1
#endif
#if defined(__SHOW_XSI) || defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE)
#define __SHOW_POSIX 1
#endif

#ifdef __cplusplus
#define __C_BEGIN extern "C" {
#define __C_END }
#define __NULL 0L
#else
#define __C_BEGIN
#define __C_END
#define __NULL ((void *)0)
#endif

#define __NORETURN __attribute__((__noreturn__))
#define __PRINTF(format, first) \
    __attribute__((__format__(__printf__, format, first)))
#define __SCANF(format, first) \
    __attribute__((__format__(__scanf__, format, first)))

#endif
