/* Reading and writing: files by name, lines, numbers in arguments. */
#ifndef USER_BIN_LIB_STREAM_H
#define USER_BIN_LIB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Open a file for reading, "-" is the standard input; NULL after telling. */
FILE *stream_open(const char *name);

/*
 * Close it (the standard input stays open), and tell when reading it had
 * failed: errno must still be that of the last read. False then.
 */
bool stream_close(FILE *file, const char *name);

/* The name for messages. */
const char *stream_name(const char *name);

/*
 * Call work for each operand from argv[optind] on, or for the standard input
 * if there is none.
 */
void stream_each(int argc, char **argv,
                 void (*work)(FILE *file, const char *name));

/* A line that was read; its end is not part of it. */
struct line {
    char *text; /* with '\0' after it; may have more of them inside */
    size_t length;
    size_t room;
    bool ended; /* false: the last line of a file, without its end */
};

/* Read a line that ends in end; false at the end of the file. */
bool line_read(struct line *line, FILE *file, int end);

/* Write a line, and its end. */
void line_write(const struct line *line, FILE *file, int end);

/* write() until all is written; false with errno. */
bool write_all(int descriptor, const void *bytes, size_t count);

/*
 * The number in an argument, in decimal, between two limits; else the tool
 * ends with a message about what. number_scaled() takes the suffixes b (512),
 * k, K, M and G as well.
 */
intmax_t number_read(const char *text, intmax_t least, intmax_t most,
                     const char *what);
intmax_t number_scaled(const char *text, const char *what);

#endif
