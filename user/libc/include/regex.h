#ifndef _REGEX_H
#define _REGEX_H

#include <bits/features.h>

typedef __SIZE_TYPE__ size_t;
typedef long regoff_t;

typedef struct {
    size_t re_nsub;
    void *__program;
} regex_t;

typedef struct {
    regoff_t rm_so, rm_eo;
} regmatch_t;

#define REG_EXTENDED 1
#define REG_ICASE    2
#define REG_NEWLINE  4
#define REG_NOSUB    8

#define REG_NOTBOL   1
#define REG_NOTEOL   2
#ifdef __SHOW_MISC
#define REG_STARTEND 4 /* match pmatch[0].rm_so up to rm_eo */
#endif

enum {
    REG_NOERROR,
    REG_NOMATCH,
    REG_BADPAT,
    REG_ECOLLATE,
    REG_ECTYPE,
    REG_EESCAPE,
    REG_ESUBREG,
    REG_EBRACK,
    REG_EPAREN,
    REG_EBRACE,
    REG_BADBR,
    REG_ERANGE,
    REG_ESPACE,
    REG_BADRPT
};

__C_BEGIN

int regcomp(regex_t *__restrict, const char *__restrict, int);
size_t regerror(int, const regex_t *__restrict, char *__restrict, size_t);
int regexec(const regex_t *__restrict, const char *__restrict, size_t,
            regmatch_t[], int);
void regfree(regex_t *);

__C_END

#endif
