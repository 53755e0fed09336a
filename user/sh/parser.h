/*
 * The grammar (POSIX.1-2008, XCU 2.10): from a source to trees. Recursion is
 * bounded by LEXER_MAX_NESTING.
 */
#ifndef USER_SH_PARSER_H
#define USER_SH_PARSER_H

#include "user/sh/lexer.h"

enum parse_result {
    PARSE_DONE,             /* a line of commands, maybe an empty one */
    PARSE_END,              /* the source has no more */
    PARSE_ERROR,            /* told on stderr; sh.status is 2 */
    PARSE_INTERRUPTED       /* ctrl-C at the prompt */
};

/* The next commands up to the end of a line, into source->tree. */
enum parse_result parse_command(struct source *source);

/* For the lexer: commands up to a ), which is taken; up to the end. */
struct node *parse_body(struct lexer *lexer);
struct node *parse_all(struct lexer *lexer);

#endif
