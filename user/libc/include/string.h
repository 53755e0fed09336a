#ifndef _STRING_H
#define _STRING_H

#include <bits/features.h>

#define NULL __NULL

typedef __SIZE_TYPE__ size_t;

#ifdef __SHOW_POSIX
#include <bits/locale.h>
#endif
#ifdef __SHOW_MISC
#include <strings.h>
#endif

__C_BEGIN

void *memchr(const void *, int, size_t);
int memcmp(const void *, const void *, size_t);
void *memcpy(void *__restrict, const void *__restrict, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
char *strcat(char *__restrict, const char *__restrict);
char *strchr(const char *, int);
int strcmp(const char *, const char *);
int strcoll(const char *, const char *);
char *strcpy(char *__restrict, const char *__restrict);
size_t strcspn(const char *, const char *);
char *strerror(int);
size_t strlen(const char *);
char *strncat(char *__restrict, const char *__restrict, size_t);
int strncmp(const char *, const char *, size_t);
char *strncpy(char *__restrict, const char *__restrict, size_t);
char *strpbrk(const char *, const char *);
char *strrchr(const char *, int);
size_t strspn(const char *, const char *);
char *strstr(const char *, const char *);
char *strtok(char *__restrict, const char *__restrict);
size_t strxfrm(char *__restrict, const char *__restrict, size_t);

#ifdef __SHOW_POSIX
void *memccpy(void *__restrict, const void *__restrict, int, size_t);
char *stpcpy(char *__restrict, const char *__restrict);
char *stpncpy(char *__restrict, const char *__restrict, size_t);
char *strdup(const char *);
char *strndup(const char *, size_t);
size_t strnlen(const char *, size_t);
int strerror_r(int, char *, size_t);
char *strsignal(int);
char *strtok_r(char *__restrict, const char *__restrict, char **__restrict);
#endif

#ifdef __SHOW_MISC
void explicit_bzero(void *, size_t);
size_t strlcat(char *__restrict, const char *__restrict, size_t);
size_t strlcpy(char *__restrict, const char *__restrict, size_t);
char *strsep(char **, const char *);
#endif

#ifdef __SHOW_GNU
void *memmem(const void *, size_t, const void *, size_t);
void *mempcpy(void *__restrict, const void *__restrict, size_t);
void *memrchr(const void *, int, size_t);
void *rawmemchr(const void *, int);
char *strcasestr(const char *, const char *);
char *strchrnul(const char *, int);
int strverscmp(const char *, const char *);
#define strdupa(s)                                               \
    __extension__({                                              \
        const char *__s = (s);                                   \
        (char *)memcpy(__builtin_alloca(strlen(__s) + 1), __s,   \
                       strlen(__s) + 1);                         \
    })
#endif

__C_END

#endif
