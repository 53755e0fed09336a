#include "user/sh/parser.h"

#include <string.h>

#include "user/sh/sh.h"

static struct node *parse_list(struct lexer *lexer, bool one_line);
static struct node *parse_pipeline(struct lexer *lexer);

static struct node *
make_node(struct lexer *lexer, enum node_kind kind)
{
    struct node *node = arena_alloc(lexer->arena, sizeof *node);

    *node = (struct node){ .kind = kind, .line = lexer_peek(lexer)->line };
    return node;
}

static void
next(struct lexer *lexer)
{
    lexer->have_token = false;
}

static bool
at(struct lexer *lexer, enum token_kind kind)
{
    return lexer_peek(lexer)->kind == kind;
}

static bool
at_word(struct lexer *lexer, const char *word)
{
    return lexer_is_word(lexer_peek(lexer), word);
}

static void
skip_newlines(struct lexer *lexer)
{
    while (at(lexer, TOKEN_NEWLINE))
        next(lexer);
}

/* --- errors -------------------------------------------------------------- */

static const char *
token_name(const struct token *token)
{
    static const char *const names[] = {
        [TOKEN_END] = "end of file", [TOKEN_NEWLINE] = "newline",
        [TOKEN_WORD] = "word", [TOKEN_AND_IF] = "\"&&\"",
        [TOKEN_OR_IF] = "\"||\"", [TOKEN_DOUBLE_SEMICOLON] = "\";;\"",
        [TOKEN_AND] = "\"&\"", [TOKEN_SEMICOLON] = "\";\"",
        [TOKEN_PIPE] = "\"|\"", [TOKEN_OPEN] = "\"(\"",
        [TOKEN_CLOSE] = "\")\"", [TOKEN_REDIRECT] = "redirection",
    };

    return names[token->kind];
}

/* What was found is not what had to come. */
static _Noreturn void
unexpected(struct lexer *lexer, const char *expected)
{
    struct token *token = lexer_peek(lexer);
    const char *word = token->kind == TOKEN_WORD ?
        lexer_literal(token->word) : NULL;
    const char *colon = expected != NULL ? ", expected " : "";

    lexer->incomplete = token->kind == TOKEN_END;
    if (expected == NULL)
        expected = "";
    if (word != NULL)
        lexer_fail(lexer, "syntax error: unexpected \"%s\"%s%s", word, colon,
                   expected);
    lexer_fail(lexer, "syntax error: unexpected %s%s%s", token_name(token),
               colon, expected);
}

static void
expect_word(struct lexer *lexer, const char *word)
{
    if (!at_word(lexer, word))
        unexpected(lexer, word);
    next(lexer);
}

static void
expect(struct lexer *lexer, enum token_kind kind, const char *name)
{
    if (!at(lexer, kind))
        unexpected(lexer, name);
    next(lexer);
}

/* --- redirections -------------------------------------------------------- */

static void
queue_here(struct lexer *lexer, struct redirect *redirect)
{
    struct redirect **place = &lexer->here;

    redirect->delimiter = lexer_unquote(lexer, redirect->word,
                                        &redirect->delimiter_quoted);
    while (*place != NULL)
        place = &(*place)->next_here;
    *place = redirect;
}

static struct redirect *
parse_redirect(struct lexer *lexer)
{
    struct redirect *redirect = arena_alloc(lexer->arena, sizeof *redirect);
    struct token *token = lexer_peek(lexer);

    *redirect = (struct redirect){
        .kind = token->redirect, .fd = token->fd,
        .strip_tabs = token->strip_tabs,
    };
    next(lexer);
    token = lexer_peek(lexer);
    if (token->kind != TOKEN_WORD)
        unexpected(lexer, "a word after the redirection");
    redirect->word = token->word;
    next(lexer);
    if (redirect->kind == REDIRECT_HERE)
        queue_here(lexer, redirect);
    return redirect;
}

static void
parse_redirects(struct lexer *lexer, struct node *node)
{
    struct redirect **tail = &node->redirects;

    while (*tail != NULL)
        tail = &(*tail)->next;
    while (at(lexer, TOKEN_REDIRECT)) {
        *tail = parse_redirect(lexer);
        tail = &(*tail)->next;
    }
}

/* --- compound commands --------------------------------------------------- */

/* Commands that must not be none, up to a word that ends them. */
static struct node *
parse_some(struct lexer *lexer)
{
    struct node *list = parse_list(lexer, false);

    if (list == NULL)
        unexpected(lexer, NULL);
    return list;
}

static struct node *
parse_if(struct lexer *lexer)
{
    struct node *node = make_node(lexer, NODE_IF);

    lexer_enter(lexer);
    next(lexer);
    node->first = parse_some(lexer);
    expect_word(lexer, "then");
    node->second = parse_some(lexer);
    if (at_word(lexer, "elif")) {
        node->third = parse_if(lexer);      /* takes the fi */
        lexer_leave(lexer);
        return node;
    }
    if (at_word(lexer, "else")) {
        next(lexer);
        node->third = parse_some(lexer);
    }
    expect_word(lexer, "fi");
    lexer_leave(lexer);
    return node;
}

static struct node *
parse_do(struct lexer *lexer)
{
    struct node *body;

    expect_word(lexer, "do");
    body = parse_some(lexer);
    expect_word(lexer, "done");
    return body;
}

static struct node *
parse_while(struct lexer *lexer)
{
    struct node *node = make_node(lexer, at_word(lexer, "while") ?
                                  NODE_WHILE : NODE_UNTIL);

    next(lexer);
    node->first = parse_some(lexer);
    node->second = parse_do(lexer);
    return node;
}

static struct word *
parse_words(struct lexer *lexer)
{
    struct word *words = NULL, **tail = &words;

    while (at(lexer, TOKEN_WORD)) {
        *tail = lexer->token.word;
        tail = &(*tail)->next;
        next(lexer);
    }
    return words;
}

static struct node *
parse_for(struct lexer *lexer)
{
    struct node *node = make_node(lexer, NODE_FOR);

    next(lexer);
    if (at(lexer, TOKEN_WORD))
        node->name = lexer_literal(lexer->token.word);
    if (node->name == NULL || !sh_is_name(node->name, strlen(node->name)))
        unexpected(lexer, "a name");
    next(lexer);
    skip_newlines(lexer);
    if (at_word(lexer, "in")) {
        next(lexer);
        node->words = parse_words(lexer);
        if (!at(lexer, TOKEN_SEMICOLON) && !at(lexer, TOKEN_NEWLINE))
            unexpected(lexer, NULL);
        next(lexer);
    } else {
        node->all_arguments = true;
        if (at(lexer, TOKEN_SEMICOLON))
            next(lexer);
    }
    skip_newlines(lexer);
    node->second = parse_do(lexer);
    return node;
}

static struct case_item *
parse_case_item(struct lexer *lexer)
{
    struct case_item *item = arena_alloc(lexer->arena, sizeof *item);
    struct word **tail = &item->patterns;

    *item = (struct case_item){ 0 };
    if (at(lexer, TOKEN_OPEN))
        next(lexer);
    for (;;) {
        if (!at(lexer, TOKEN_WORD))
            unexpected(lexer, "a pattern");
        *tail = lexer->token.word;
        tail = &(*tail)->next;
        next(lexer);
        if (!at(lexer, TOKEN_PIPE))
            break;
        next(lexer);
    }
    expect(lexer, TOKEN_CLOSE, "\")\"");
    item->body = parse_list(lexer, false);
    if (at(lexer, TOKEN_DOUBLE_SEMICOLON))
        next(lexer);
    else if (!at_word(lexer, "esac"))
        unexpected(lexer, "\";;\" or \"esac\"");
    skip_newlines(lexer);
    return item;
}

static struct node *
parse_case(struct lexer *lexer)
{
    struct node *node = make_node(lexer, NODE_CASE);
    struct case_item **tail = &node->items;

    next(lexer);
    if (!at(lexer, TOKEN_WORD))
        unexpected(lexer, "a word");
    node->words = lexer->token.word;
    next(lexer);
    skip_newlines(lexer);
    expect_word(lexer, "in");
    skip_newlines(lexer);
    while (!at_word(lexer, "esac")) {
        *tail = parse_case_item(lexer);
        tail = &(*tail)->next;
    }
    next(lexer);
    return node;
}

static struct node *
parse_group(struct lexer *lexer)
{
    struct node *node = make_node(lexer, NODE_GROUP);

    next(lexer);
    node->first = parse_some(lexer);
    expect_word(lexer, "}");
    return node;
}

static struct node *
parse_subshell(struct lexer *lexer)
{
    struct node *node = make_node(lexer, NODE_SUBSHELL);

    next(lexer);
    node->first = parse_some(lexer);
    expect(lexer, TOKEN_CLOSE, "\")\"");
    return node;
}

/* A compound command, or NULL if what comes is none. */
static struct node *
parse_compound(struct lexer *lexer)
{
    struct node *node;

    if (at(lexer, TOKEN_OPEN))
        node = parse_subshell(lexer);
    else if (at_word(lexer, "{"))
        node = parse_group(lexer);
    else if (at_word(lexer, "if"))
        node = parse_if(lexer);
    else if (at_word(lexer, "while") || at_word(lexer, "until"))
        node = parse_while(lexer);
    else if (at_word(lexer, "for"))
        node = parse_for(lexer);
    else if (at_word(lexer, "case"))
        node = parse_case(lexer);
    else
        return NULL;
    parse_redirects(lexer, node);
    return node;
}

/* --- simple commands ----------------------------------------------------- */

/* name=value, taken apart; false if the word is something else. */
static bool
take_assignment(struct lexer *lexer, struct word *word,
                struct assignment ***tail)
{
    struct part *part = word->parts;
    struct assignment *assignment;
    const char *equals;

    if (part == NULL || part->kind != PART_TEXT || part->quoted)
        return false;
    equals = strchr(part->text, '=');
    if (equals == NULL ||
        !sh_is_name(part->text, (size_t)(equals - part->text)))
        return false;
    assignment = arena_alloc(lexer->arena, sizeof *assignment);
    assignment->next = NULL;
    assignment->name = arena_copy(lexer->arena, part->text,
                                  (size_t)(equals - part->text));
    assignment->value = word;
    part->text = equals + 1;
    if (part->text[0] == '\0')
        word->parts = part->next;
    **tail = assignment;
    *tail = &assignment->next;
    return true;
}

static struct node *
parse_function(struct lexer *lexer, struct node *node, const char *name)
{
    if (name == NULL || !sh_is_name(name, strlen(name)))
        lexer_fail(lexer, "syntax error: bad function name");
    next(lexer);
    expect(lexer, TOKEN_CLOSE, "\")\"");
    skip_newlines(lexer);
    node->kind = NODE_FUNCTION;
    node->name = name;
    node->first = parse_compound(lexer);
    if (node->first == NULL)
        unexpected(lexer, "the body of a function");
    return node;
}

/* Aliases count for the first word, and after one that ends in a blank. */
static struct node *
parse_simple(struct lexer *lexer)
{
    struct node *node = make_node(lexer, NODE_SIMPLE);
    struct assignment **assignments = &node->assignments;
    struct redirect **redirects = &node->redirects;
    struct word **words = &node->words;

    for (;;) {
        struct token *token = lexer_peek(lexer);

        if (token->kind == TOKEN_REDIRECT) {
            *redirects = parse_redirect(lexer);
            redirects = &(*redirects)->next;
            continue;
        }
        if (token->kind != TOKEN_WORD)
            break;
        if (node->words == NULL ? lexer_expand_alias(lexer) :
            lexer_blank_alias_ended(lexer) &&
            lexer_expand_alias(lexer))
            continue;
        next(lexer);
        if (node->words == NULL &&
            take_assignment(lexer, token->word, &assignments))
            continue;
        *words = token->word;
        words = &(*words)->next;
        if (words == &node->words->next && at(lexer, TOKEN_OPEN) &&
            node->assignments == NULL && node->redirects == NULL)
            return parse_function(lexer, node, lexer_literal(node->words));
    }
    if (!node->words && !node->assignments && !node->redirects)
        unexpected(lexer, NULL);
    return node;
}

static bool
ends_list(struct lexer *lexer)
{
    static const char *const words[] = {
        "then", "else", "elif", "fi", "do", "done", "esac", "}",
    };

    if (at(lexer, TOKEN_END) || at(lexer, TOKEN_CLOSE) ||
        at(lexer, TOKEN_DOUBLE_SEMICOLON))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (at_word(lexer, words[i]))
            return true;
    }
    return false;
}

/* An alias may stand for the word that makes a command a compound one. */
static struct node *
parse_one(struct lexer *lexer)
{
    struct node *node;

    lexer_enter(lexer);
    for (;;) {
        node = parse_compound(lexer);
        if (node != NULL)
            break;
        if (ends_list(lexer))
            unexpected(lexer, NULL);
        if (!lexer_expand_alias(lexer)) {
            node = parse_simple(lexer);
            break;
        }
    }
    lexer_leave(lexer);
    return node;
}

/* --- lists --------------------------------------------------------------- */

static struct node *
parse_pipeline(struct lexer *lexer)
{
    struct node *not = NULL, *node, *pipe;
    struct node **tail;
    size_t start;

    if (at_word(lexer, "!")) {
        not = make_node(lexer, NODE_NOT);
        next(lexer);
    }
    start = lexer_peek(lexer)->start;
    node = parse_one(lexer);
    if (at(lexer, TOKEN_PIPE)) {
        pipe = make_node(lexer, NODE_PIPE);
        pipe->children = node;
        tail = &node->next;
        while (at(lexer, TOKEN_PIPE)) {
            next(lexer);
            skip_newlines(lexer);
            *tail = parse_one(lexer);
            tail = &(*tail)->next;
        }
        node = pipe;
    }
    lexer_peek(lexer);
    node->text = lexer_source_text(lexer, start);
    if (not == NULL)
        return node;
    not->first = node;
    return not;
}

static struct node *
parse_and_or(struct lexer *lexer)
{
    size_t start = lexer_peek(lexer)->start;
    struct node *node = parse_pipeline(lexer), *list;
    struct node **tail;

    if (!at(lexer, TOKEN_AND_IF) && !at(lexer, TOKEN_OR_IF))
        return node;
    list = make_node(lexer, NODE_AND_OR);
    list->children = node;
    tail = &node->next;
    while (at(lexer, TOKEN_AND_IF) || at(lexer, TOKEN_OR_IF)) {
        bool or = at(lexer, TOKEN_OR_IF);

        next(lexer);
        skip_newlines(lexer);
        *tail = parse_pipeline(lexer);
        (*tail)->or = or;
        tail = &(*tail)->next;
    }
    lexer_peek(lexer);
    list->text = lexer_source_text(lexer, start);
    return list;
}

static struct node *
in_background(struct lexer *lexer, struct node *command)
{
    struct node *node = make_node(lexer, NODE_BACKGROUND);

    node->first = command;
    node->text = command->text;
    return node;
}

/* NULL: there were no commands. With one_line, a newline ends the list; it
 * is not taken. */
static struct node *
parse_list(struct lexer *lexer, bool one_line)
{
    struct node *first = NULL, **tail = &first, *list;

    for (;;) {
        if (!one_line)
            skip_newlines(lexer);
        if (ends_list(lexer) || at(lexer, TOKEN_NEWLINE))
            break;
        *tail = parse_and_or(lexer);
        if (at(lexer, TOKEN_AND))
            *tail = in_background(lexer, *tail);
        tail = &(*tail)->next;
        if (at(lexer, TOKEN_AND) || at(lexer, TOKEN_SEMICOLON))
            next(lexer);
        else if (one_line || !at(lexer, TOKEN_NEWLINE))
            break;
    }
    if (first == NULL || first->next == NULL)
        return first;
    list = make_node(lexer, NODE_LIST);
    list->children = first;
    return list;
}

struct node *
parse_body(struct lexer *lexer)
{
    struct node *body = parse_list(lexer, false);

    expect(lexer, TOKEN_CLOSE, "\")\"");
    return body;
}

struct node *
parse_all(struct lexer *lexer)
{
    struct node *body = parse_list(lexer, false);

    if (!at(lexer, TOKEN_END))
        unexpected(lexer, NULL);
    return body;
}

static enum parse_result
parse_line(struct lexer *lexer, struct tree *tree)
{
    if (at(lexer, TOKEN_END))
        return lexer->source->interrupted ? PARSE_INTERRUPTED : PARSE_END;
    tree->root = parse_list(lexer, true);
    if (!at(lexer, TOKEN_NEWLINE) && !at(lexer, TOKEN_END))
        unexpected(lexer, NULL);
    return PARSE_DONE;
}

static enum parse_result
parse_failed(struct lexer *lexer, struct source *source)
{
    if (source->interrupted)
        return PARSE_INTERRUPTED;
    sh.line = source->line;
    sh_error("%s", lexer->message);
    sh.status = 2;
    source->at = source->text.length;   /* the rest of the line is void */
    return PARSE_ERROR;
}

enum parse_result
parse_command(struct source *source)
{
    struct lexer *lexer;
    struct source *const top = source_top();
    enum parse_result result;
    jmp_buf escape;

    source_drop(source);
    tree_drop(source->tree);
    source->tree = NULL;
    source->tree = tree_make();
    lexer = arena_alloc(&source->tree->arena, sizeof *lexer);
    *lexer = (struct lexer){
        .source = source, .arena = &source->tree->arena, .escape = &escape,
        .read_body = parse_body,
    };
    if (setjmp(escape) != 0) {
        source_close_down_to(top);
        result = parse_failed(lexer, source);
    } else {
        result = parse_line(lexer, source->tree);
    }
    return result;
}
