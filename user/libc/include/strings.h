#ifndef _STRINGS_H
#define _STRINGS_H

#include <bits/features.h>

typedef __SIZE_TYPE__ size_t;

__C_BEGIN

int ffs(int);
int strcasecmp(const char *, const char *);
int strncasecmp(const char *, const char *, size_t);

#ifdef __SHOW_MISC
int bcmp(const void *, const void *, size_t);
void bcopy(const void *, void *, size_t);
void bzero(void *, size_t);
int ffsl(long);
int ffsll(long long);
char *index(const char *, int);
char *rindex(const char *, int);
#endif

__C_END

#endif
