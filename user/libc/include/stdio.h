#ifndef _STDIO_H
#define _STDIO_H

#include <bits/features.h>

#define NULL __NULL

typedef __SIZE_TYPE__ size_t;
typedef struct __file FILE;
typedef struct {
    long __offset;
} fpos_t;

#ifdef __SHOW_POSIX
typedef long off_t;
typedef long ssize_t;
typedef __builtin_va_list va_list;
#endif

#define EOF          (-1)
#define SEEK_SET     0
#define SEEK_CUR     1
#define SEEK_END     2
#define _IOFBF       0
#define _IOLBF       1
#define _IONBF       2
#define BUFSIZ       4096
#define FILENAME_MAX 4096
#define FOPEN_MAX    1000
#define TMP_MAX      10000
#define L_tmpnam     20
#define P_tmpdir     "/tmp"
#define L_ctermid    20

__C_BEGIN

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;
#define stdin  stdin
#define stdout stdout
#define stderr stderr

void clearerr(FILE *);
int fclose(FILE *);
int feof(FILE *);
int ferror(FILE *);
int fflush(FILE *);
int fgetc(FILE *);
int fgetpos(FILE *__restrict, fpos_t *__restrict);
char *fgets(char *__restrict, int, FILE *__restrict);
FILE *fopen(const char *__restrict, const char *__restrict);
int fprintf(FILE *__restrict, const char *__restrict, ...) __PRINTF(2, 3);
int fputc(int, FILE *);
int fputs(const char *__restrict, FILE *__restrict);
size_t fread(void *__restrict, size_t, size_t, FILE *__restrict);
FILE *freopen(const char *__restrict, const char *__restrict,
              FILE *__restrict);
int fscanf(FILE *__restrict, const char *__restrict, ...) __SCANF(2, 3);
int fseek(FILE *, long, int);
int fsetpos(FILE *, const fpos_t *);
long ftell(FILE *);
size_t fwrite(const void *__restrict, size_t, size_t, FILE *__restrict);
int getc(FILE *);
int getchar(void);
void perror(const char *);
int printf(const char *__restrict, ...) __PRINTF(1, 2);
int putc(int, FILE *);
int putchar(int);
int puts(const char *);
int remove(const char *);
int rename(const char *, const char *);
void rewind(FILE *);
int scanf(const char *__restrict, ...) __SCANF(1, 2);
void setbuf(FILE *__restrict, char *__restrict);
int setvbuf(FILE *__restrict, char *__restrict, int, size_t);
int snprintf(char *__restrict, size_t, const char *__restrict, ...)
    __PRINTF(3, 4);
int sprintf(char *__restrict, const char *__restrict, ...) __PRINTF(2, 3);
int sscanf(const char *__restrict, const char *__restrict, ...) __SCANF(2, 3);
FILE *tmpfile(void);
char *tmpnam(char *);
int ungetc(int, FILE *);
int vfprintf(FILE *__restrict, const char *__restrict, __builtin_va_list)
    __PRINTF(2, 0);
int vfscanf(FILE *__restrict, const char *__restrict, __builtin_va_list)
    __SCANF(2, 0);
int vprintf(const char *__restrict, __builtin_va_list) __PRINTF(1, 0);
int vscanf(const char *__restrict, __builtin_va_list) __SCANF(1, 0);
int vsnprintf(char *__restrict, size_t, const char *__restrict,
              __builtin_va_list) __PRINTF(3, 0);
int vsprintf(char *__restrict, const char *__restrict, __builtin_va_list)
    __PRINTF(2, 0);
int vsscanf(const char *__restrict, const char *__restrict,
            __builtin_va_list) __SCANF(2, 0);

#ifdef __SHOW_POSIX
char *ctermid(char *);
int dprintf(int, const char *__restrict, ...) __PRINTF(2, 3);
FILE *fdopen(int, const char *);
int fileno(FILE *);
void flockfile(FILE *);
FILE *fmemopen(void *__restrict, size_t, const char *__restrict);
int fseeko(FILE *, off_t, int);
off_t ftello(FILE *);
int ftrylockfile(FILE *);
void funlockfile(FILE *);
int getc_unlocked(FILE *);
int getchar_unlocked(void);
ssize_t getdelim(char **__restrict, size_t *__restrict, int,
                 FILE *__restrict);
ssize_t getline(char **__restrict, size_t *__restrict, FILE *__restrict);
FILE *open_memstream(char **, size_t *);
int pclose(FILE *);
FILE *popen(const char *, const char *);
int putc_unlocked(int, FILE *);
int putchar_unlocked(int);
int renameat(int, const char *, int, const char *);
int vdprintf(int, const char *__restrict, __builtin_va_list) __PRINTF(2, 0);
#endif

#ifdef __SHOW_XSI
char *tempnam(const char *, const char *);
#endif

#ifdef __SHOW_MISC
void clearerr_unlocked(FILE *);
int feof_unlocked(FILE *);
int ferror_unlocked(FILE *);
int fflush_unlocked(FILE *);
int fgetc_unlocked(FILE *);
char *fgetln(FILE *, size_t *);
int fileno_unlocked(FILE *);
void fpurge(FILE *);
int fputc_unlocked(int, FILE *);
size_t fread_unlocked(void *__restrict, size_t, size_t, FILE *__restrict);
size_t fwrite_unlocked(const void *__restrict, size_t, size_t,
                       FILE *__restrict);
void setbuffer(FILE *, char *, size_t);
void setlinebuf(FILE *);
#endif

#ifdef __SHOW_GNU
int asprintf(char **__restrict, const char *__restrict, ...) __PRINTF(2, 3);
char *fgets_unlocked(char *__restrict, int, FILE *__restrict);
int fputs_unlocked(const char *__restrict, FILE *__restrict);
int vasprintf(char **__restrict, const char *__restrict, __builtin_va_list)
    __PRINTF(2, 0);
#elif defined(__SHOW_MISC)
int asprintf(char **__restrict, const char *__restrict, ...) __PRINTF(2, 3);
int vasprintf(char **__restrict, const char *__restrict, __builtin_va_list)
    __PRINTF(2, 0);
#endif

__C_END

#endif
