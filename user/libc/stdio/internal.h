/* What the files of stdio share. */
#ifndef LIBC_STDIO_INTERNAL_H
#define LIBC_STDIO_INTERNAL_H

#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <wchar.h>

#include "user/libc/internal/libc.h"

enum {
    F_READ = 1,      /* may be read */
    F_WRITE = 2,     /* may be written */
    F_EOF = 4,
    F_ERROR = 8,
    F_LINE = 16,     /* line buffered */
    F_DIRECT = 32,   /* not buffered */
    F_READING = 64,  /* the buffer holds input */
    F_WRITING = 128, /* the buffer holds output */
    F_OWN_BUFFER = 256,
    F_STATIC = 512,  /* stdin, stdout, stderr: never freed */
    F_UNDECIDED = 1024, /* line buffered if it turns out to be a terminal */
    F_APPEND = 2048,
};

#define UNGET 8 /* bytes that can always be pushed back */

/* What a stream stands on; results below 0 are -errno. */
struct file_calls {
    ssize_t (*read)(FILE *file, void *data, size_t size);
    ssize_t (*write)(FILE *file, const void *data, size_t size);
    off_t (*seek)(FILE *file, off_t offset, int whence);
    int (*close)(FILE *file);
};

/*
 * F_READING: input from `at` to `end`. F_WRITING: output from `buffer` to
 * `at`; `end` is the end of the room, or `buffer` where each byte is to be
 * looked at (line buffering, none). Neither: all three are equal.
 */
struct __file {
    unsigned char *at, *end, *buffer;
    size_t size;
    unsigned flags;
    int fd;
    const struct file_calls *calls;
    void *cookie;
    int pid;         /* of popen() */
    int orientation; /* of fwide() */
    mbstate_t state;
    void *owner;     /* of the lock */
    unsigned depth;
    FILE *next, *previous; /* of all open streams */
    char *line;      /* of fgetln() */
    size_t line_size;
    unsigned char small[UNGET + 1];
};

HIDDEN extern const struct file_calls __fd_calls;

/* A stream of these calls, with a buffer to be made at first use; NULL with
 * errno set. */
HIDDEN FILE *__file_new(unsigned flags, const struct file_calls *calls);
HIDDEN void __file_free(FILE *file);

/* "r", "w+", ...: flags of the stream and of open(); false: not a mode. */
HIDDEN bool __file_mode(const char *mode, unsigned *flags, int *open_flags);

/* Get ready to read or write; false with the error set. */
HIDDEN bool __file_start_reading(FILE *file);
HIDDEN bool __file_start_writing(FILE *file);

/* Write out what is buffered; 0 or EOF. */
HIDDEN int __file_flush(FILE *file);
HIDDEN int __file_fill(FILE *file);           /* the next byte, or EOF */
HIDDEN int __file_overflow(FILE *file, int c); /* putc() that is not quick */
HIDDEN size_t __file_write(FILE *file, const void *data, size_t size);
HIDDEN size_t __file_read(FILE *file, void *data, size_t size);
HIDDEN int __file_seek(FILE *file, off_t offset, int whence);
HIDDEN off_t __file_tell(FILE *file);
HIDDEN int __file_unget(FILE *file, int c);

static inline int
file_get(FILE *file)
{
    if ((file->flags & F_READING) && file->at < file->end)
        return *file->at++;
    return __file_fill(file);
}

static inline int
file_put(FILE *file, int c)
{
    if ((file->flags & F_WRITING) && file->at < file->end)
        return *file->at++ = (unsigned char)c;
    return __file_overflow(file, c);
}

/* --- formatting ----------------------------------------------------------- */

struct sink {
    /* false: it failed, and the rest is pointless. */
    bool (*put)(struct sink *sink, const char *text, size_t size);
    size_t total;
    FILE *file;       /* of a stream */
    char *at, *end;   /* of a string */
};

/* The length of what was made, or -1 with errno set. */
HIDDEN int __format(struct sink *sink, const char *format, va_list list);

struct spec {
    bool left, plus, space, alternate, zero;
    int width, precision; /* precision -1: none given */
    char size;            /* 'H' hh, 'h', 'l', 'q' ll, 'j', 'z', 't', 'L' */
    char conversion;
};

/* Text of one number: sign or 0x, then body with the zeros that it needs. */
HIDDEN bool __format_field(struct sink *sink, const struct spec *spec,
                           const char *prefix, const char *body, size_t size,
                           size_t zeros);
HIDDEN bool __format_repeat(struct sink *sink, char c, size_t count);
HIDDEN bool __format_float(struct sink *sink, const struct spec *spec,
                           long double value);

/* --- reading numbers ------------------------------------------------------ */

/* Characters for a reader of numbers: get() gives the next one or -1. */
struct source {
    int (*get)(struct source *source);
    void *context;
};

#endif
