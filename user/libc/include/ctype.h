#ifndef _CTYPE_H
#define _CTYPE_H

#include <bits/features.h>

#ifdef __SHOW_POSIX
#include <bits/locale.h>
#endif

__C_BEGIN

int isalnum(int);
int isalpha(int);
int isblank(int);
int iscntrl(int);
int isdigit(int);
int isgraph(int);
int islower(int);
int isprint(int);
int ispunct(int);
int isspace(int);
int isupper(int);
int isxdigit(int);
int tolower(int);
int toupper(int);

#ifdef __SHOW_XSI
int isascii(int);
int toascii(int);
#endif

__C_END

#endif
