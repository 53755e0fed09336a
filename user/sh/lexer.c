#include "user/sh/lexer.h"

#include <limits.h>
#include <string.h>

#include "user/sh/alias.h"
#include "user/sh/parser.h"
#include "user/sh/sh.h"

#define SHOWN 60            /* bytes of a command that jobs shows */

/* What ends a run of parts; other values are the byte that does. */
enum { UNTIL_WORD_ENDS = 1, UNTIL_TEXT_ENDS = 2 };

struct builder {
    struct word *word;
    struct part **tail;
    struct text text;       /* literal bytes that make the next part */
    bool pending, quoted;   /* there are some (maybe none, as ""); quoted */
};

static void read_parts(struct lexer *lexer, struct builder *b, int until,
                       bool quoted);

void
lexer_fail(struct lexer *lexer, const char *format, ...)
{
    struct text text = { lexer->arena, NULL, 0, 0 };
    va_list list;

    va_start(list, format);
    text_list(&text, format, list);
    va_end(list);
    lexer->message = text_end(&text);
    longjmp(*lexer->escape, 1);
}

static _Noreturn void
fail_at_end(struct lexer *lexer, const char *missing)
{
    lexer->incomplete = true;
    lexer_fail(lexer, "unexpected end of file, no %s", missing);
}

void
lexer_enter(struct lexer *lexer)
{
    if (++lexer->nesting > LEXER_MAX_NESTING)
        lexer_fail(lexer, "nested too deeply");
}

void
lexer_leave(struct lexer *lexer)
{
    lexer->nesting--;
}

/* --- bytes --------------------------------------------------------------- */

/* The byte that is `ahead` bytes on; lines are read as needed. -1: end. */
static int
raw(struct lexer *lexer, size_t ahead)
{
    struct source *source = lexer->source;

    while (source->at + ahead >= source->text.length) {
        if (!source_fill(source, lexer->started))
            return -1;
    }
    lexer->started = true;
    return (unsigned char)source->text.bytes[source->at + ahead];
}

static void
skip(struct lexer *lexer)
{
    if (lexer->source->text.bytes[lexer->source->at++] == '\n')
        lexer->source->line++;
}

/* The next byte, after backslashes that join lines are gone. */
static int
peek(struct lexer *lexer)
{
    int c;

    while ((c = raw(lexer, 0)) == '\\' && raw(lexer, 1) == '\n') {
        skip(lexer);
        skip(lexer);
    }
    return c;
}

static int
take(struct lexer *lexer)
{
    int c = peek(lexer);

    if (c >= 0)
        skip(lexer);
    return c;
}

static bool
take_if(struct lexer *lexer, int c)
{
    if (peek(lexer) != c)
        return false;
    skip(lexer);
    return true;
}

/* --- parts --------------------------------------------------------------- */

static void
builder_start(struct lexer *lexer, struct builder *b)
{
    *b = (struct builder){ .text.arena = lexer->arena };
    b->word = arena_alloc(lexer->arena, sizeof *b->word);
    *b->word = (struct word){ 0 };
    b->tail = &b->word->parts;
}

static struct part *
add_part(struct lexer *lexer, struct builder *b, enum part_kind kind,
         bool quoted)
{
    struct part *part = arena_alloc(lexer->arena, sizeof *part);

    *part = (struct part){ .kind = kind, .quoted = quoted };
    *b->tail = part;
    b->tail = &part->next;
    return part;
}

static void
end_literal(struct lexer *lexer, struct builder *b)
{
    if (!b->pending)
        return;
    add_part(lexer, b, PART_TEXT, b->quoted)->text = text_end(&b->text);
    b->text = (struct text){ .arena = lexer->arena };
    b->pending = false;
}

/* The bytes that follow are literal ones of this kind. */
static void
literal(struct lexer *lexer, struct builder *b, bool quoted)
{
    if (b->pending && b->quoted != quoted)
        end_literal(lexer, b);
    b->pending = true;
    b->quoted = quoted;
}

static void
add_literal(struct lexer *lexer, struct builder *b, int c, bool quoted)
{
    literal(lexer, b, quoted);
    text_byte(&b->text, (char)c);
}

static void
read_single_quotes(struct lexer *lexer, struct builder *b)
{
    int c;

    skip(lexer);
    literal(lexer, b, true);
    while ((c = raw(lexer, 0)) != '\'') {
        if (c < 0)
            fail_at_end(lexer, "closing '");
        skip(lexer);
        text_byte(&b->text, (char)c);
    }
    skip(lexer);
}

/* Something that is not in quotes has to follow a part in quotes as a part
 * of its own, even if the quotes hold nothing: "" is a word. */
static void
read_double_quotes(struct lexer *lexer, struct builder *b)
{
    struct part **before;

    skip(lexer);
    end_literal(lexer, b);
    before = b->tail;
    read_parts(lexer, b, '"', true);
    if (b->tail == before)
        literal(lexer, b, true);
    skip(lexer);
}

static void
read_backslash(struct lexer *lexer, struct builder *b, int until, bool quoted)
{
    int c = raw(lexer, 1);

    skip(lexer);
    if (c < 0) {
        add_literal(lexer, b, '\\', quoted);
        return;
    }
    if (quoted && strchr("$`\\", c) == NULL &&
        !(c == '"' && (until == '"' || until == '}')) &&
        !(c == '}' && until == '}')) {
        add_literal(lexer, b, '\\', true);
        return;
    }
    skip(lexer);
    add_literal(lexer, b, c, true);
}

/* --- expansions ---------------------------------------------------------- */

static struct node *
read_command_body(struct lexer *lexer)
{
    struct token token = lexer->token;
    bool have_token = lexer->have_token;
    struct node *body;

    lexer->have_token = false;
    body = lexer->read_body(lexer);
    lexer->token = token;
    lexer->have_token = have_token;
    return body;
}

/* The text between backquotes, less one level of backslashes. */
static const char *
backquoted_text(struct lexer *lexer, bool in_quotes)
{
    struct text text = { lexer->arena, NULL, 0, 0 };

    skip(lexer);
    for (;;) {
        int c = raw(lexer, 0), next;

        if (c < 0)
            fail_at_end(lexer, "closing `");
        skip(lexer);
        if (c == '`')
            return text_end(&text);
        next = c == '\\' ? raw(lexer, 0) : -1;
        if (next >= 0 && (strchr("$`\\", next) != NULL ||
                          (in_quotes && next == '"'))) {
            skip(lexer);
            c = next;
        }
        text_byte(&text, (char)c);
    }
}

/* A lexer for a text inside of the text. It lies in the arena: what longjmp
 * comes back to may only look at variables that did not change. */
static struct lexer *
inner_lexer(struct lexer *lexer, jmp_buf *escape, const char *text,
            unsigned line)
{
    struct lexer *inner = arena_alloc(lexer->arena, sizeof *inner);

    *inner = (struct lexer){
        .arena = lexer->arena, .escape = escape, .nesting = lexer->nesting,
        .read_body = lexer->read_body,
    };
    inner->source = source_open_string(text, line);
    return inner;
}

static void
read_backquotes(struct lexer *lexer, struct builder *b, int until,
                bool quoted)
{
    unsigned line = lexer->source->line;
    const char *text = backquoted_text(lexer, until == '"');
    struct lexer *inner;
    jmp_buf escape;

    lexer_enter(lexer);
    inner = inner_lexer(lexer, &escape, text, line);
    if (setjmp(escape) != 0) {
        source_close_down_to(inner->source->below);
        lexer_fail(lexer, "%s", inner->message);
    }
    end_literal(lexer, b);
    add_part(lexer, b, PART_COMMAND, quoted)->body = parse_all(inner);
    source_close(inner->source);
    lexer_leave(lexer);
}

/* At the second ( of $((: do they end as )), or are they two commands? */
static bool
is_arithmetic(struct lexer *lexer)
{
    unsigned depth = 2;
    int quote = 0;

    for (size_t i = 1; ; i++) {
        int c = raw(lexer, i);

        if (c < 0)
            return true;    /* wrong in any case */
        if (c == '\\' && quote != '\'') {
            i++;
        } else if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 1) {
            return raw(lexer, i + 1) == ')';
        }
    }
}

/* After $( or $((. */
static void
read_parentheses(struct lexer *lexer, struct builder *b, bool quoted)
{
    struct builder inner;
    struct part *part;

    lexer_enter(lexer);
    if (peek(lexer) == '(' && is_arithmetic(lexer)) {
        skip(lexer);
        part = add_part(lexer, b, PART_ARITHMETIC, quoted);
        builder_start(lexer, &inner);
        read_parts(lexer, &inner, ')', true);
        end_literal(lexer, &inner);
        skip(lexer);
        if (take(lexer) != ')')
            lexer_fail(lexer, "no )) after $((");
        part->word = inner.word;
    } else {
        part = add_part(lexer, b, PART_COMMAND, quoted);
        part->body = read_command_body(lexer);
    }
    lexer_leave(lexer);
}

static bool
is_special(int c)
{
    return c > 0 && strchr("@*#?-$!", c) != NULL;
}

/* A name, digits (one, unless `braces`), or one special byte. */
static const char *
read_parameter_name(struct lexer *lexer, bool braces)
{
    struct text name = { lexer->arena, NULL, 0, 0 };
    int c = peek(lexer);

    if (sh_is_name_start(c)) {
        while (sh_is_name_byte(peek(lexer)))
            text_byte(&name, (char)take(lexer));
    } else if (c >= '0' && c <= '9') {
        do {
            text_byte(&name, (char)take(lexer));
            c = peek(lexer);
        } while (braces && c >= '0' && c <= '9');
    } else if (is_special(c)) {
        text_byte(&name, (char)take(lexer));
    }
    return text_end(&name);
}

/* ${#: the length of what follows, or is # the parameter itself? */
static bool
is_length(struct lexer *lexer)
{
    int c;

    if (peek(lexer) != '#')
        return false;
    c = raw(lexer, 1);
    if (sh_is_name_byte(c))
        return true;
    return is_special(c) && raw(lexer, 2) == '}';
}

static void
read_operator(struct lexer *lexer, struct part *part, bool quoted)
{
    struct builder inner;
    int c = peek(lexer);
    bool pattern = c == '%' || c == '#';

    if (c == ':') {
        skip(lexer);
        part->colon = true;
        c = peek(lexer);
    }
    if (c <= 0 || strchr(part->colon ? "-=?+" : "-=?+%#", c) == NULL)
        lexer_fail(lexer, c < 0 ? "unexpected end of file, no }" :
                   "bad substitution");
    skip(lexer);
    if (pattern && take_if(lexer, c))
        c = c == '%' ? 'P' : 'H';
    part->op = (char)c;
    builder_start(lexer, &inner);
    read_parts(lexer, &inner, '}', quoted && !pattern);
    end_literal(lexer, &inner);
    part->word = inner.word;
}

/* After ${. */
static void
read_braces(struct lexer *lexer, struct builder *b, bool quoted)
{
    struct part *part = add_part(lexer, b, PART_PARAMETER, quoted);

    lexer_enter(lexer);
    if (is_length(lexer)) {
        skip(lexer);
        part->length = true;
    }
    part->text = read_parameter_name(lexer, true);
    if (*part->text == '\0' && peek(lexer) >= 0)
        lexer_fail(lexer, "bad substitution");
    if (peek(lexer) != '}') {
        if (part->length)
            lexer_fail(lexer, "bad substitution");
        read_operator(lexer, part, quoted);
    }
    skip(lexer);
    lexer_leave(lexer);
}

static void
read_dollar(struct lexer *lexer, struct builder *b, bool quoted)
{
    int c;

    skip(lexer);
    c = peek(lexer);
    if (c != '{' && c != '(' && !sh_is_name_byte(c) && !is_special(c)) {
        add_literal(lexer, b, '$', quoted);
        return;
    }
    end_literal(lexer, b);
    if (take_if(lexer, '{'))
        read_braces(lexer, b, quoted);
    else if (take_if(lexer, '('))
        read_parentheses(lexer, b, quoted);
    else
        add_part(lexer, b, PART_PARAMETER, quoted)->text =
            read_parameter_name(lexer, false);
}

/* --- words --------------------------------------------------------------- */

static bool
ends_word(int c)
{
    return c < 0 || strchr(" \t\n|&;<>()", c) != NULL;
}

/* What is missing when the text ends before `until`. */
static void
check_end(struct lexer *lexer, int until)
{
    char closing[] = "closing ?";

    if (until == UNTIL_TEXT_ENDS)
        return;
    closing[sizeof closing - 2] = (char)until;
    fail_at_end(lexer, closing);
}

/* Quotes inside of ${x:-...}, or of a word. Not in arithmetic, and not in
 * here-documents. */
static bool
read_quotes(struct lexer *lexer, struct builder *b, int c, int until,
            bool quoted)
{
    if (c == '\'' && !quoted) {
        read_single_quotes(lexer, b);
    } else if (c == '"' && until != UNTIL_TEXT_ENDS && until != ')') {
        lexer_enter(lexer);
        read_double_quotes(lexer, b);
        lexer_leave(lexer);
    } else {
        return false;
    }
    return true;
}

static void
read_parts(struct lexer *lexer, struct builder *b, int until, bool quoted)
{
    unsigned parentheses = 0;

    for (;;) {
        int c = peek(lexer);

        if (until == UNTIL_WORD_ENDS ? ends_word(c) :
            c == until && (until != ')' || parentheses == 0))
            break;
        if (c < 0) {
            check_end(lexer, until);
            break;
        }
        if (read_quotes(lexer, b, c, until, quoted))
            continue;
        if (c == '\\') {
            read_backslash(lexer, b, until, quoted);
        } else if (c == '$') {
            read_dollar(lexer, b, quoted);
        } else if (c == '`') {
            read_backquotes(lexer, b, until, quoted);
        } else {
            parentheses += (unsigned)(c == '(') - (unsigned)(c == ')');
            add_literal(lexer, b, c, quoted);
            skip(lexer);
        }
    }
    if (until == '"')
        end_literal(lexer, b);
}

const char *
lexer_literal(const struct word *word)
{
    const struct part *part = word->parts;

    if (part == NULL || part->next != NULL || part->kind != PART_TEXT ||
        part->quoted)
        return NULL;
    return part->text;
}

bool
lexer_is_word(const struct token *token, const char *word)
{
    const char *text = token->kind == TOKEN_WORD ?
        lexer_literal(token->word) : NULL;

    return text != NULL && strcmp(text, word) == 0;
}

const char *
lexer_unquote(struct lexer *lexer, const struct word *word, bool *quoted)
{
    struct text text = { lexer->arena, NULL, 0, 0 };

    *quoted = false;
    for (const struct part *part = word->parts; part; part = part->next) {
        if (part->kind != PART_TEXT)
            lexer_fail(lexer, "expansion in the delimiter of <<");
        *quoted |= part->quoted;
        text_string(&text, part->text);
    }
    return text_end(&text);
}

/* --- here-documents ------------------------------------------------------ */

/* One line, with its end; false at the end of the text. A backslash before
 * the end of the line joins lines, unless the delimiter was quoted. */
static bool
read_here_line(struct lexer *lexer, const struct redirect *here,
               struct text *line)
{
    bool start = true;
    int c;

    while ((c = raw(lexer, 0)) >= 0) {
        skip(lexer);
        if (start && here->strip_tabs && c == '\t')
            continue;
        start = false;
        text_byte(line, (char)c);
        if (c == '\n')
            return true;
        if (c == '\\' && !here->delimiter_quoted && raw(lexer, 0) == '\n') {
            line->length--;
            skip(lexer);
        } else if (c == '\\' && !here->delimiter_quoted &&
                   raw(lexer, 0) == '\\') {
            skip(lexer);
            text_byte(line, '\\');
        }
    }
    return line->length > 0;
}

static struct word *
here_word(struct lexer *lexer, const struct redirect *here, const char *text)
{
    struct builder b;
    struct lexer *inner;
    jmp_buf escape;

    builder_start(lexer, &b);
    if (here->delimiter_quoted) {
        add_part(lexer, &b, PART_TEXT, true)->text = text;
        return b.word;
    }
    inner = inner_lexer(lexer, &escape, text, lexer->source->line);
    if (setjmp(escape) != 0) {
        source_close_down_to(inner->source->below);
        lexer_fail(lexer, "%s", inner->message);
    }
    read_parts(inner, &b, UNTIL_TEXT_ENDS, true);
    end_literal(inner, &b);
    source_close(inner->source);
    return b.word;
}

static void
read_here(struct lexer *lexer, struct redirect *here)
{
    struct text text = { lexer->arena, NULL, 0, 0 };
    size_t length = strlen(here->delimiter);

    for (;;) {
        struct text line = { lexer->arena, NULL, 0, 0 };
        size_t end;

        if (!read_here_line(lexer, here, &line))
            break;      /* as other shells do: the end of the file ends it */
        end = line.length;
        if (line.bytes[end - 1] == '\n')
            end--;
        if (end == length && memcmp(line.bytes, here->delimiter, end) == 0)
            break;
        text_add(&text, line.bytes, line.length);
    }
    here->word = here_word(lexer, here, text_end(&text));
}

static void
read_pending_here(struct lexer *lexer)
{
    while (lexer->here != NULL) {
        struct redirect *here = lexer->here;

        lexer->here = here->next_here;
        read_here(lexer, here);
    }
}

/* --- tokens -------------------------------------------------------------- */

static void
skip_blanks(struct lexer *lexer)
{
    int c;

    while ((c = peek(lexer)) == ' ' || c == '\t')
        skip(lexer);
    if (c != '#')
        return;
    while ((c = raw(lexer, 0)) >= 0 && c != '\n')
        skip(lexer);
}

static void
read_redirect(struct lexer *lexer, struct token *token, int c)
{
    token->kind = TOKEN_REDIRECT;
    if (token->fd < 0)
        token->fd = c == '>';
    if (c == '<') {
        token->redirect =
            take_if(lexer, '<') ? REDIRECT_HERE :
            take_if(lexer, '&') ? REDIRECT_FROM_FD :
            take_if(lexer, '>') ? REDIRECT_BOTH : REDIRECT_READ;
        if (token->redirect == REDIRECT_HERE)
            token->strip_tabs = take_if(lexer, '-');
        return;
    }
    token->redirect =
        take_if(lexer, '>') ? REDIRECT_APPEND :
        take_if(lexer, '&') ? REDIRECT_TO_FD :
        take_if(lexer, '|') ? REDIRECT_CLOBBER : REDIRECT_WRITE;
}

static void
read_operator_token(struct lexer *lexer, struct token *token)
{
    int c = take(lexer);

    switch (c) {
    case '\n':
        token->kind = TOKEN_NEWLINE;
        read_pending_here(lexer);
        break;
    case '&':
        token->kind = take_if(lexer, '&') ? TOKEN_AND_IF : TOKEN_AND;
        break;
    case '|':
        token->kind = take_if(lexer, '|') ? TOKEN_OR_IF : TOKEN_PIPE;
        break;
    case ';':
        token->kind = take_if(lexer, ';') ? TOKEN_DOUBLE_SEMICOLON :
            TOKEN_SEMICOLON;
        break;
    case '(':
        token->kind = TOKEN_OPEN;
        break;
    case ')':
        token->kind = TOKEN_CLOSE;
        break;
    default:
        read_redirect(lexer, token, c);
    }
}

/* Digits right before < or > are no word but a descriptor. */
static bool
is_io_number(struct lexer *lexer, const struct word *word, int *fd)
{
    const char *text = lexer_literal(word);
    int c = peek(lexer);
    long number;

    if ((c != '<' && c != '>') || text == NULL)
        return false;
    number = sh_number(text, INT_MAX);
    *fd = (int)number;
    return number >= 0;
}

struct token *
lexer_peek(struct lexer *lexer)
{
    struct token *token = &lexer->token;
    int c;

    if (lexer->have_token)
        return token;
    skip_blanks(lexer);
    *token = (struct token){ .fd = -1, .start = lexer->source->at,
                             .line = lexer->source->line };
    c = peek(lexer);
    if (c < 0) {
        token->kind = TOKEN_END;
        read_pending_here(lexer);
    } else if (ends_word(c)) {
        read_operator_token(lexer, token);
    } else {
        struct builder b;

        builder_start(lexer, &b);
        read_parts(lexer, &b, UNTIL_WORD_ENDS, false);
        end_literal(lexer, &b);
        token->kind = TOKEN_WORD;
        token->word = b.word;
        if (is_io_number(lexer, b.word, &token->fd))
            read_redirect(lexer, token, take(lexer));
    }
    lexer->have_token = true;
    return token;
}

/* --- aliases ------------------------------------------------------------- */

/* Forget the aliases whose text ends before the word at hand; did the last
 * of them end in a blank? */
static bool
end_aliases(struct lexer *lexer)
{
    bool blank = false;

    while (lexer->aliases != NULL &&
           lexer->aliases->end <= lexer->token.start) {
        blank = lexer->aliases->blank;
        lexer->aliases = lexer->aliases->below;
    }
    return blank;
}

bool
lexer_blank_alias_ended(struct lexer *lexer)
{
    return end_aliases(lexer);
}

/* Put the text where the word was; the aliases around it get longer. */
static void
insert_alias(struct lexer *lexer, const char *name, const char *value)
{
    struct lexer_alias *alias = arena_alloc(lexer->arena, sizeof *alias);
    size_t start = lexer->token.start, end = lexer->source->at;
    size_t length = strlen(value);

    for (struct lexer_alias *a = lexer->aliases; a != NULL; a = a->below)
        a->end = a->end + length - (end - start);
    alias->below = lexer->aliases;
    alias->name = name;
    alias->end = start + length;
    alias->blank = length > 0 && strchr(" \t", value[length - 1]) != NULL;
    source_replace(lexer->source, start, value);
    lexer->aliases = alias;
    lexer->have_token = false;
}

bool
lexer_expand_alias(struct lexer *lexer)
{
    const char *name = lexer->token.kind == TOKEN_WORD ?
        lexer_literal(lexer->token.word) : NULL;
    const char *value;

    if (name == NULL || (value = alias_find(name)) == NULL)
        return false;
    (void)end_aliases(lexer);
    for (struct lexer_alias *a = lexer->aliases; a != NULL; a = a->below) {
        if (strcmp(a->name, name) == 0)
            return false;
    }
    insert_alias(lexer, name, value);
    return true;
}

/* --- text ---------------------------------------------------------------- */

const char *
lexer_source_text(struct lexer *lexer, size_t start)
{
    const struct source *source = lexer->source;
    size_t end = lexer->have_token ? lexer->token.start : source->at;
    const char *bytes = source->text.bytes;
    bool cut = false;

    if (end < start)
        return "";
    if (end - start > SHOWN) {
        end = start + SHOWN;
        cut = true;
    }
    for (size_t i = start; i < end; i++) {
        if (bytes[i] == '\n') {
            end = i;
            cut = true;
        }
    }
    while (end > start && strchr(" \t", bytes[end - 1]) != NULL)
        end--;
    if (!cut)
        return arena_copy(lexer->arena, bytes + start, end - start);
    {
        struct text text = { lexer->arena, NULL, 0, 0 };

        text_add(&text, bytes + start, end - start);
        text_string(&text, " ...");
        return text_end(&text);
    }
}

struct word *
lexer_quoted_word(struct arena *arena, const char *string)
{
    struct redirect here = { .delimiter_quoted = false };
    struct lexer lexer = { .arena = arena, .read_body = parse_body };
    struct source empty = { .line = sh.line };
    jmp_buf escape;

    lexer.source = &empty;
    lexer.escape = &escape;
    if (setjmp(escape) != 0)
        return NULL;
    return here_word(&lexer, &here, string);
}
