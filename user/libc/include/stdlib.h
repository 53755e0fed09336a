#ifndef _STDLIB_H
#define _STDLIB_H

#include <bits/features.h>

#define NULL __NULL

typedef __SIZE_TYPE__ size_t;
#ifndef __cplusplus
typedef __WCHAR_TYPE__ wchar_t;
#endif

#ifdef __SHOW_XSI
#include <sys/wait.h>
#endif
#ifdef __SHOW_MISC
#include <alloca.h>
#endif

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX     2147483647
#define MB_CUR_MAX   ((size_t)4)

typedef struct {
    int quot, rem;
} div_t;

typedef struct {
    long quot, rem;
} ldiv_t;

typedef struct {
    long long quot, rem;
} lldiv_t;

__C_BEGIN

__NORETURN void _Exit(int);
__NORETURN void abort(void);
int abs(int);
void *aligned_alloc(size_t, size_t);
int at_quick_exit(void (*)(void));
int atexit(void (*)(void));
double atof(const char *);
int atoi(const char *);
long atol(const char *);
long long atoll(const char *);
void *bsearch(const void *, const void *, size_t, size_t,
              int (*)(const void *, const void *));
void *calloc(size_t, size_t);
div_t div(int, int);
__NORETURN void exit(int);
void free(void *);
char *getenv(const char *);
long labs(long);
ldiv_t ldiv(long, long);
long long llabs(long long);
lldiv_t lldiv(long long, long long);
void *malloc(size_t);
int mblen(const char *, size_t);
size_t mbstowcs(wchar_t *__restrict, const char *__restrict, size_t);
int mbtowc(wchar_t *__restrict, const char *__restrict, size_t);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
__NORETURN void quick_exit(int);
int rand(void);
void *realloc(void *, size_t);
void srand(unsigned);
double strtod(const char *__restrict, char **__restrict);
float strtof(const char *__restrict, char **__restrict);
long strtol(const char *__restrict, char **__restrict, int);
long double strtold(const char *__restrict, char **__restrict);
long long strtoll(const char *__restrict, char **__restrict, int);
unsigned long strtoul(const char *__restrict, char **__restrict, int);
unsigned long long strtoull(const char *__restrict, char **__restrict, int);
int system(const char *);
size_t wcstombs(char *__restrict, const wchar_t *__restrict, size_t);
int wctomb(char *, wchar_t);

#ifdef __SHOW_POSIX
int getsubopt(char **, char *const *, char **);
char *mkdtemp(char *);
int mkstemp(char *);
int posix_memalign(void **, size_t, size_t);
int rand_r(unsigned *);
int setenv(const char *, const char *, int);
int unsetenv(const char *);
#endif

#ifdef __SHOW_XSI
double drand48(void);
double erand48(unsigned short[3]);
char *initstate(unsigned, char *, size_t);
long jrand48(unsigned short[3]);
long lrand48(void);
long mrand48(void);
long nrand48(unsigned short[3]);
int putenv(char *);
long random(void);
char *realpath(const char *__restrict, char *__restrict);
unsigned short *seed48(unsigned short[3]);
char *setstate(char *);
void srand48(long);
void srandom(unsigned);
#endif

#ifdef __SHOW_MISC
int clearenv(void);
const char *getprogname(void);
int mkostemp(char *, int);
int mkstemps(char *, int);
void qsort_r(void *, size_t, size_t,
             int (*)(const void *, const void *, void *), void *);
void *reallocarray(void *, size_t, size_t);
void setprogname(const char *);
#endif

#ifdef __SHOW_GNU
int mkostemps(char *, int, int);
char *secure_getenv(const char *);
#endif

__C_END

#endif
