/*
 * Where the text of commands comes from: a string, a file, a terminal. Text
 * stays until the command that it belongs to has been read, so that the
 * lexer may look far ahead and aliases may be put in.
 *
 * Open sources make a stack; whoever opens one closes it.
 */
#ifndef USER_SH_SOURCE_H
#define USER_SH_SOURCE_H

#include "user/sh/ast.h"

struct source {
    struct source *below;
    struct arena arena;
    struct text text;
    size_t at;                  /* the next byte */
    unsigned line;              /* its line */
    struct tree *tree;          /* the command that runs; may be NULL */
    int fd;                     /* -1: a string */
    bool careful;               /* others read fd too: never past a line */
    bool terminal;              /* prompt, and let the line be edited */
    bool ended;
    bool interrupted;           /* by ctrl-C at the prompt */
    char *block;                /* read from fd, not yet in the text */
    size_t block_at, block_length;
};

struct source *source_open_string(const char *string, unsigned line);
struct source *source_open_fd(int fd, bool careful, bool terminal);
void source_close(struct source *source);
void source_close_down_to(struct source *below);
struct source *source_top(void);

/* Add a line. False at the end, or if it was interrupted. A continued line
 * is asked for with PS2. */
bool source_fill(struct source *source, bool continued);

/* Forget the text before `at`. */
void source_drop(struct source *source);

/* Replace the bytes from start up to `at`, which becomes start. */
void source_replace(struct source *source, size_t start, const char *with);

#endif
