/* A script of sed, read into commands that can be run one after the other. */
#ifndef USER_BIN_LIB_SED_SCRIPT_H
#define USER_BIN_LIB_SED_SCRIPT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum sed_address_kind {
    SED_NONE,
    SED_LINE,     /* 5 */
    SED_LAST,     /* $ */
    SED_REGEX,    /* /x/ */
    SED_STEP,     /* 1~2: every second line from the first on */
    SED_PLUS,     /* ,+3: so many lines more */
    SED_MULTIPLE, /* ,~4: up to a multiple of 4 */
    SED_ZERO,     /* 0,/x/: the end may match in the first line already */
};

struct sed_address {
    enum sed_address_kind kind;
    uintmax_t line, step;
    regex_t *regex; /* NULL is the last one that was used */
};

/* A piece of what s puts in: text, then the text of a group. */
struct sed_piece {
    char *text;
    size_t length;
    int group; /* -1: none */
};

struct sed_command {
    struct sed_address from, to;
    bool negated;
    char letter;
    size_t target;      /* of { b t T: the command to go on with */
    char *label;        /* of : b t T */
    char *text;         /* of a i c; the name of a file of r */
    size_t text_length;
    int status;         /* of q Q */
    unsigned char *map; /* of y: 256 bytes */
    regex_t *regex;     /* of s, as in an address */
    struct sed_piece *pieces;
    size_t piece_count;
    size_t groups;      /* of s: so many have to be found, with group 0 */
    size_t nth;         /* of s: which match is the first to be replaced */
    bool global, print;
    FILE *file;         /* of w, and s with w */
    bool in_range;
    uintmax_t range_end;
};

struct sed_script {
    struct sed_command *commands;
    size_t count, room;
};

/*
 * Read a whole script; the tool ends with a message when it cannot be
 * understood. flags are regcomp()'s.
 */
void sed_parse(struct sed_script *script, const char *text, int flags);

/* Close the files of w; what could not be written is told. */
void sed_close_files(void);

#endif
