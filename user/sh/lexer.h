/*
 * Tokens of a source (POSIX.1-2008, XCU 2.3), words with their expansions
 * already taken apart (2.2, 2.6). What is wrong in the text is told by
 * lexer_fail(), which goes to `escape`, set by parse_command().
 */
#ifndef USER_SH_LEXER_H
#define USER_SH_LEXER_H

#include <setjmp.h>

#include "user/sh/source.h"

/* Constructs and expansions inside each other. */
#define LEXER_MAX_NESTING 200

enum token_kind {
    TOKEN_END, TOKEN_NEWLINE, TOKEN_WORD,
    TOKEN_AND_IF, TOKEN_OR_IF, TOKEN_DOUBLE_SEMICOLON,
    TOKEN_AND, TOKEN_SEMICOLON, TOKEN_PIPE, TOKEN_OPEN, TOKEN_CLOSE,
    TOKEN_REDIRECT
};

struct token {
    enum token_kind kind;
    struct word *word;          /* TOKEN_WORD */
    enum redirect_kind redirect;/* TOKEN_REDIRECT */
    int fd;
    bool strip_tabs;
    size_t start;               /* in the source */
    unsigned line;
};

/* An alias whose text is being read; it is not looked up inside of it. */
struct lexer_alias {
    struct lexer_alias *below;
    const char *name;
    size_t end;                 /* of its text in the source */
    bool blank;                 /* its text ends in a blank */
};

struct lexer {
    struct source *source;
    struct arena *arena;        /* for what is read */
    jmp_buf *escape;
    struct token token;
    bool have_token;            /* token was read and not yet taken */
    bool started;               /* more lines are asked for with PS2 */
    bool incomplete;            /* failed because the text ended */
    unsigned nesting;
    struct redirect *here;      /* whose texts follow the line */
    struct lexer_alias *aliases;
    const char *message;        /* of the failure */
    /* Reads the commands of $( up to the ), for the lexer. */
    struct node *(*read_body)(struct lexer *lexer);
};

_Noreturn void lexer_fail(struct lexer *lexer, const char *format, ...);
void lexer_enter(struct lexer *lexer);
void lexer_leave(struct lexer *lexer);

/* The next token, which stays; the caller takes it by have_token = false. */
struct token *lexer_peek(struct lexer *lexer);

/* Is the token at hand this word, written without any quoting? */
bool lexer_is_word(const struct token *token, const char *word);
const char *lexer_literal(const struct word *word); /* or NULL */

/* The delimiter of a here-document: a word without its quotes. */
const char *lexer_unquote(struct lexer *lexer, const struct word *word,
                          bool *quoted);

/* Replace the word at hand by its alias, if it has one that may be used. */
bool lexer_expand_alias(struct lexer *lexer);

/* Was the last alias text that ended one with a blank at its end? */
bool lexer_blank_alias_ended(struct lexer *lexer);

/* How something was written from start up to the token at hand, cut. */
const char *lexer_source_text(struct lexer *lexer, size_t start);

/* A word read from a string as inside double quotes, for PS1, PS4. */
struct word *lexer_quoted_word(struct arena *arena, const char *string);

#endif
