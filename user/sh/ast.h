/*
 * What a command is after it was read. All of it lies in the arena of its
 * tree and is never changed; a tree lives as long as someone holds it: the
 * source it was read from, while it runs, and functions it has defined.
 */
#ifndef USER_SH_AST_H
#define USER_SH_AST_H

#include "user/sh/mem.h"

enum part_kind {
    PART_TEXT,          /* text */
    PART_PARAMETER,     /* ${text op word} */
    PART_COMMAND,       /* $(body) */
    PART_ARITHMETIC     /* $((word)) */
};

struct part {
    struct part *next;
    enum part_kind kind;
    bool quoted;        /* no field splitting, no patterns, no tilde */
    bool colon;         /* ${x:-...} */
    bool length;        /* ${#x} */
    char op;            /* - = ? + % #, P for %%, H for ##, 0 for none */
    const char *text;   /* literal bytes, or the parameter's name */
    struct word *word;
    struct node *body;  /* NULL: nothing to run */
};

struct word {
    struct word *next;
    struct part *parts; /* NULL: the empty word of "x=" */
};

struct assignment {
    struct assignment *next;
    const char *name;
    struct word *value;
};

enum redirect_kind {
    REDIRECT_READ,      /* <   */
    REDIRECT_WRITE,     /* >   */
    REDIRECT_CLOBBER,   /* >|  */
    REDIRECT_APPEND,    /* >>  */
    REDIRECT_BOTH,      /* <>  */
    REDIRECT_FROM_FD,   /* <&  */
    REDIRECT_TO_FD,     /* >&  */
    REDIRECT_HERE       /* <<, the word is the text */
};

struct redirect {
    struct redirect *next;
    enum redirect_kind kind;
    int fd;
    struct word *word;
    struct redirect *next_here; /* while its text is still to be read */
    const char *delimiter;
    bool delimiter_quoted, strip_tabs;
};

enum node_kind {
    NODE_SIMPLE,        /* assignments, words */
    NODE_PIPE,          /* children, from left to right */
    NODE_NOT,           /* first */
    NODE_AND_OR,        /* children, each with `or` but the first */
    NODE_LIST,          /* children, one after the other */
    NODE_BACKGROUND,    /* first */
    NODE_SUBSHELL,      /* first */
    NODE_GROUP,         /* first */
    NODE_IF,            /* first, second, third (may be NULL) */
    NODE_WHILE,         /* first, second */
    NODE_UNTIL,         /* first, second */
    NODE_FOR,           /* name, words or all_arguments, second */
    NODE_CASE,          /* words (one), items */
    NODE_FUNCTION       /* name, first */
};

struct case_item {
    struct case_item *next;
    struct word *patterns;
    struct node *body;          /* may be NULL */
};

struct node {
    struct node *next;          /* in the list of children */
    enum node_kind kind;
    unsigned line;
    bool or;                    /* joined by ||, not && */
    bool all_arguments;         /* for x; do */
    struct redirect *redirects;
    struct assignment *assignments;
    struct word *words;
    struct node *children;
    struct node *first, *second, *third;
    struct case_item *items;
    const char *name;
    const char *text;           /* how it was written, cut; for jobs */
};

struct tree {
    struct arena arena;
    unsigned holders;
    struct node *root;          /* NULL: nothing to do */
};

struct tree *tree_make(void);
void tree_hold(struct tree *tree);
void tree_drop(struct tree *tree);

#endif
