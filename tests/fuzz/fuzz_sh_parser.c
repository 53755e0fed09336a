/*
 * user/sh: any text for lexer and parser. What is read keeps the promises
 * of ast.h, and ends; errors are told on stderr.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/alias.h"
#include "user/sh/parser.h"
#include "user/sh/sh.h"

#define DEEPEST (8 * LEXER_MAX_NESTING)

static void check_node(const struct node *node, unsigned depth);

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static void
check_word(const struct word *word, unsigned depth)
{
    check(word != NULL && depth < DEEPEST);
    for (const struct part *part = word->parts; part; part = part->next) {
        check(part->kind == PART_TEXT || part->kind == PART_PARAMETER ||
              part->kind == PART_COMMAND || part->kind == PART_ARITHMETIC);
        check((part->text != NULL) == (part->kind == PART_TEXT ||
                                       part->kind == PART_PARAMETER));
        check(part->op == 0 || strchr("-=?+%#PH", part->op) != NULL);
        check((part->word != NULL) == (part->op != 0 ||
                                       part->kind == PART_ARITHMETIC));
        if (part->word != NULL)
            check_word(part->word, depth + 1);
        check_node(part->body, depth + 1);
    }
}

static void
check_words(const struct word *word, unsigned depth)
{
    for (; word != NULL; word = word->next)
        check_word(word, depth);
}

static void
check_redirects(const struct redirect *redirect, unsigned depth)
{
    for (; redirect != NULL; redirect = redirect->next) {
        check(redirect->fd >= 0);
        check_word(redirect->word, depth);
        check((redirect->delimiter != NULL) ==
              (redirect->kind == REDIRECT_HERE));
    }
}

/* What each kind has, and what it has not. */
static void
check_kind(const struct node *node)
{
    bool loop = node->kind == NODE_WHILE || node->kind == NODE_UNTIL;

    check(node->kind <= NODE_FUNCTION);
    if (node->kind == NODE_LIST || node->kind == NODE_PIPE ||
        node->kind == NODE_AND_OR)
        check(node->children != NULL && node->children->next != NULL);
    if (node->kind == NODE_SIMPLE)
        check(node->words || node->assignments || node->redirects);
    if (loop || node->kind == NODE_IF)
        check(node->first != NULL && node->second != NULL);
    if (node->kind == NODE_FOR)
        check(sh_is_name(node->name, strlen(node->name)) && node->second);
    if (node->kind == NODE_FUNCTION)
        check(sh_is_name(node->name, strlen(node->name)) && node->first);
    if (node->kind == NODE_CASE)
        check(node->words != NULL);
}

static void
check_node(const struct node *node, unsigned depth)
{
    if (node == NULL)
        return;
    check(depth < DEEPEST);
    check_kind(node);
    check_words(node->words, depth);
    check_redirects(node->redirects, depth);
    for (const struct assignment *a = node->assignments; a; a = a->next) {
        check(sh_is_name(a->name, strlen(a->name)));
        check_word(a->value, depth);
    }
    for (const struct node *n = node->children; n; n = n->next)
        check_node(n, depth + 1);
    for (const struct case_item *i = node->items; i; i = i->next) {
        check(i->patterns != NULL);
        check_words(i->patterns, depth);
        check_node(i->body, depth + 1);
    }
    check_node(node->first, depth + 1);
    check_node(node->second, depth + 1);
    check_node(node->third, depth + 1);
}

static void
set_aliases(void)
{
    alias_set("a", "echo ");
    alias_set("b", "a b ");
    alias_set("i", "if true\nthen");
    alias_set("q", "echo 'open");
    alias_set("r", "r r");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct source *source;
    enum parse_result result;
    char *text = malloc(size + 1);

    if (!started) {
        set_aliases();
        started = true;
    }
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    source = source_open_string(text, 1);
    do {
        size_t before = source->at;

        result = parse_command(source);
        check(source_top() == source);
        check(result != PARSE_INTERRUPTED);
        check(source->at <= source->text.length);
        if (result == PARSE_DONE)
            check_node(source->tree->root, 0);
        check(result != PARSE_DONE || source->at > before);
    } while (result == PARSE_DONE);
    source_close(source);
    arena_free(&sh.scratch);
    free(text);
    return 0;
}
