#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/internal/system.h"
#include "user/libc/stdio/internal.h"

/* --- locks ---------------------------------------------------------------- */

int
ftrylockfile(FILE *file)
{
    void *self = thread_self(), *nobody = NULL;

    if (__atomic_load_n(&file->owner, __ATOMIC_RELAXED) != self &&
        !__atomic_compare_exchange_n(&file->owner, &nobody, self, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return -1;
    file->depth++;
    return 0;
}

void
flockfile(FILE *file)
{
    while (ftrylockfile(file) != 0)
        __sys_yield();
}

void
funlockfile(FILE *file)
{
    if (--file->depth == 0)
        __atomic_store_n(&file->owner, NULL, __ATOMIC_RELEASE);
}

/* --- one character -------------------------------------------------------- */

int
getc_unlocked(FILE *file)
{
    return file_get(file);
}

int
fgetc_unlocked(FILE *file)
{
    return file_get(file);
}

int
fgetc(FILE *file)
{
    int c;

    flockfile(file);
    c = file_get(file);
    funlockfile(file);
    return c;
}

int
getc(FILE *file)
{
    return fgetc(file);
}

int
getchar(void)
{
    return fgetc(stdin);
}

int
getchar_unlocked(void)
{
    return file_get(stdin);
}

int
putc_unlocked(int c, FILE *file)
{
    return file_put(file, c);
}

int
fputc_unlocked(int c, FILE *file)
{
    return file_put(file, c);
}

int
fputc(int c, FILE *file)
{
    flockfile(file);
    c = file_put(file, c);
    funlockfile(file);
    return c;
}

int
putc(int c, FILE *file)
{
    return fputc(c, file);
}

int
putchar(int c)
{
    return fputc(c, stdout);
}

int
putchar_unlocked(int c)
{
    return file_put(stdout, c);
}

int
ungetc(int c, FILE *file)
{
    flockfile(file);
    c = __file_unget(file, c);
    funlockfile(file);
    return c;
}

/* --- many ----------------------------------------------------------------- */

size_t
fread_unlocked(void *restrict data, size_t size, size_t count,
               FILE *restrict file)
{
    size_t all, got;

    if (__builtin_mul_overflow(size, count, &all)) {
        file->flags |= F_ERROR;
        errno = EOVERFLOW;
        return 0;
    }
    got = __file_read(file, data, all);
    return got == all ? (all ? count : 0) : got / size;
}

size_t
fread(void *restrict data, size_t size, size_t count, FILE *restrict file)
{
    size_t got;

    flockfile(file);
    got = fread_unlocked(data, size, count, file);
    funlockfile(file);
    return got;
}

size_t
fwrite_unlocked(const void *restrict data, size_t size, size_t count,
                FILE *restrict file)
{
    size_t all, put;

    if (__builtin_mul_overflow(size, count, &all)) {
        file->flags |= F_ERROR;
        errno = EOVERFLOW;
        return 0;
    }
    put = __file_write(file, data, all);
    return put == all ? (all ? count : 0) : put / size;
}

size_t
fwrite(const void *restrict data, size_t size, size_t count,
       FILE *restrict file)
{
    size_t put;

    flockfile(file);
    put = fwrite_unlocked(data, size, count, file);
    funlockfile(file);
    return put;
}

int
fputs_unlocked(const char *restrict text, FILE *restrict file)
{
    size_t size = strlen(text);

    return __file_write(file, text, size) == size ? 0 : EOF;
}

int
fputs(const char *restrict text, FILE *restrict file)
{
    int result;

    flockfile(file);
    result = fputs_unlocked(text, file);
    funlockfile(file);
    return result;
}

int
puts(const char *text)
{
    int result;

    flockfile(stdout);
    result = fputs_unlocked(text, stdout);
    if (result == 0 && file_put(stdout, '\n') == EOF)
        result = EOF;
    funlockfile(stdout);
    return result;
}

/* Bytes up to and with the delimiter that the buffer holds; makes sure that
 * it holds some. 0: the end, or an error. */
static size_t
ready_bytes(FILE *file, int delimiter, bool *complete)
{
    unsigned char *found;

    if (!(file->flags & F_READING) || file->at == file->end) {
        if (__file_fill(file) == EOF)
            return 0;
        file->at--;
    }
    found = memchr(file->at, delimiter, (size_t)(file->end - file->at));
    *complete = found != NULL;
    return (size_t)((found ? found + 1 : file->end) - file->at);
}

char *
fgets_unlocked(char *restrict text, int size, FILE *restrict file)
{
    size_t used = 0, left = size > 0 ? (size_t)size - 1 : 0;
    bool complete = false;

    if (size <= 0)
        return NULL;
    while (left > 0 && !complete) {
        size_t ready = ready_bytes(file, '\n', &complete);

        if (ready == 0)
            break;
        if (ready > left) {
            ready = left;
            complete = false;
        }
        memcpy(text + used, file->at, ready);
        file->at += ready;
        used += ready;
        left -= ready;
    }
    if ((used == 0 && size > 1) || (file->flags & F_ERROR && !complete && left))
        return NULL;
    text[used] = '\0';
    return text;
}

char *
fgets(char *restrict text, int size, FILE *restrict file)
{
    char *result;

    flockfile(file);
    result = fgets_unlocked(text, size, file);
    funlockfile(file);
    return result;
}

static ssize_t
get_delimited(char **text, size_t *size, int delimiter, FILE *file)
{
    size_t used = 0;
    bool complete = false;

    if (!*text)
        *size = 0;
    while (!complete) {
        size_t ready = ready_bytes(file, delimiter, &complete);

        if (ready == 0 || used + ready > SSIZE_MAX - 1)
            break;
        if (used + ready + 1 > *size) {
            size_t wanted = used + ready + 1;
            char *grown;

            wanted = wanted < 120 ? 120 : wanted + wanted / 2;
            grown = realloc(*text, wanted);
            if (!grown)
                return -1;
            *text = grown;
            *size = wanted;
        }
        memcpy(*text + used, file->at, ready);
        file->at += ready;
        used += ready;
    }
    if (used == 0 || (file->flags & F_ERROR && !complete))
        return -1;
    (*text)[used] = '\0';
    return (ssize_t)used;
}

ssize_t
getdelim(char **restrict text, size_t *restrict size, int delimiter,
         FILE *restrict file)
{
    ssize_t result;

    if (!text || !size)
        return __fail(EINVAL);
    flockfile(file);
    result = get_delimited(text, size, delimiter, file);
    funlockfile(file);
    return result;
}

ssize_t
getline(char **restrict text, size_t *restrict size, FILE *restrict file)
{
    return getdelim(text, size, '\n', file);
}

char *
fgetln(FILE *file, size_t *size)
{
    ssize_t got = getdelim(&file->line, &file->line_size, '\n', file);

    *size = got > 0 ? (size_t)got : 0;
    return got > 0 ? file->line : NULL;
}

/* --- state and place ------------------------------------------------------ */

int
feof_unlocked(FILE *file)
{
    return (file->flags & F_EOF) != 0;
}

int
feof(FILE *file)
{
    return feof_unlocked(file);
}

int
ferror_unlocked(FILE *file)
{
    return (file->flags & F_ERROR) != 0;
}

int
ferror(FILE *file)
{
    return ferror_unlocked(file);
}

void
clearerr_unlocked(FILE *file)
{
    file->flags &= ~(unsigned)(F_EOF | F_ERROR);
}

void
clearerr(FILE *file)
{
    flockfile(file);
    clearerr_unlocked(file);
    funlockfile(file);
}

int
fflush(FILE *file)
{
    int result;

    if (!file)
        return fflush_unlocked(NULL);
    flockfile(file);
    result = fflush_unlocked(file);
    funlockfile(file);
    return result;
}

void
fpurge(FILE *file)
{
    file->at = file->end = file->buffer;
    file->flags &= ~(unsigned)(F_READING | F_WRITING);
}

int
fseeko(FILE *file, off_t offset, int whence)
{
    int result;

    flockfile(file);
    result = __file_seek(file, offset, whence);
    funlockfile(file);
    return result;
}

int
fseek(FILE *file, long offset, int whence)
{
    return fseeko(file, offset, whence);
}

off_t
ftello(FILE *file)
{
    off_t at;

    flockfile(file);
    at = __file_tell(file);
    funlockfile(file);
    return at;
}

long
ftell(FILE *file)
{
    return ftello(file);
}

void
rewind(FILE *file)
{
    fseeko(file, 0, SEEK_SET);
    clearerr(file);
}

int
fgetpos(FILE *restrict file, fpos_t *restrict place)
{
    place->__offset = ftello(file);
    return place->__offset < 0 ? -1 : 0;
}

int
fsetpos(FILE *file, const fpos_t *place)
{
    return fseeko(file, place->__offset, SEEK_SET);
}

void
perror(const char *text)
{
    int number = errno;

    flockfile(stderr);
    if (text && *text)
        fprintf(stderr, "%s: ", text);
    fprintf(stderr, "%s\n", strerror(number));
    funlockfile(stderr);
}
