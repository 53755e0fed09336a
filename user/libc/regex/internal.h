/*
 * Regular expressions of POSIX. The text becomes a program of the machine
 * below, which runs all its threads side by side over the text: time and
 * memory grow with program times text, never faster. Only back-references,
 * for which no such bound is known, go by trial and error.
 *
 * Where two threads meet in one state, the one that POSIX prefers goes on:
 * the earlier start, then for each group from left to right the earlier start
 * and the longer match.
 */
#ifndef LIBC_REGEX_INTERNAL_H
#define LIBC_REGEX_INTERNAL_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "user/libc/internal/libc.h"

enum op {
    OP_CHAR,   /* x: the character */
    OP_ANY,    /* any character */
    OP_SET,    /* x: index of a set */
    OP_SPLIT,  /* to x and to y */
    OP_JUMP,   /* to x */
    OP_SAVE,   /* x: 2 * group, or 2 * group + 1 at its end */
    OP_CLEAR,  /* groups x to y - 1 have matched nothing (yet) */
    OP_BEGIN,  /* start of the text or line */
    OP_END,
    OP_WORD_START, /* \< and \> */
    OP_WORD_END,
    OP_EDGE,   /* \b */
    OP_INSIDE, /* \B */
    OP_CHECK,  /* fails where the loop's turn that began at slot x is empty */
    OP_BACK,   /* x: what group x has matched, again */
    OP_MATCH,
};

struct instruction {
    uint8_t op;
    int x, y;
};

/* Members below 128 as bits, others as ranges of characters. */
struct range {
    int32_t from, to;
};
struct char_set {
    uint64_t ascii[2];
    bool inverted;
    unsigned count;
    struct range *ranges;
};

struct program {
    struct instruction *code;
    unsigned count, size;
    struct char_set *sets;
    unsigned set_count;
    unsigned groups; /* and one for all of the match */
    unsigned slots;  /* 2 for each group, then one for each checked loop */
    int flags;
    bool has_back;
    int first;       /* a byte that each match begins with, or -1 */
};

#define MAX_CODE 16000
#define MAX_DUPS 255

/* The character at s, of *length bytes; a bad byte is a character of its
 * own. */
HIDDEN int32_t __regex_character(const char *s, const char *end,
                                 unsigned *length);
HIDDEN bool __regex_in_set(const struct char_set *set, int32_t c, bool fold);

/* Read "[...]" after the bracket; 0 or REG_*. */
HIDDEN int __regex_bracket(struct program *program, const char **s, int *set);

#endif
