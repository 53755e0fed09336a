#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "user/libc/regex/internal.h"

struct parser {
    struct program *program;
    const char *s;
    bool extended;
    unsigned depth;    /* of open groups */
    unsigned nesting;  /* of function calls */
    uint32_t closed;   /* groups 1 to 9 that a \1 may name */
    int error;
};

#define MAX_NESTING 500

static void alternatives(struct parser *p);

/* --- code ----------------------------------------------------------------- */

static int
fail(struct parser *p, int error)
{
    if (!p->error)
        p->error = error;
    return 0;
}

/* Make room for `extra` instructions. */
static bool
reserve(struct parser *p, unsigned extra)
{
    struct program *program = p->program;
    struct instruction *grown;
    unsigned size;

    if (program->count + extra <= program->size)
        return true;
    if (program->count + extra > MAX_CODE) {
        fail(p, REG_ESPACE);
        return false;
    }
    size = 2 * (program->count + extra);
    grown = reallocarray(program->code, size, sizeof *grown);
    if (!grown) {
        fail(p, REG_ESPACE);
        return false;
    }
    program->code = grown;
    program->size = size;
    return true;
}

static unsigned
emit(struct parser *p, enum op op, int x, int y)
{
    struct program *program = p->program;

    if (p->error || !reserve(p, 1))
        return 0;
    program->code[program->count] =
        (struct instruction){(uint8_t)op, x, y};
    return program->count++;
}

static bool
has_targets(const struct instruction *i)
{
    return i->op == OP_SPLIT || i->op == OP_JUMP;
}

/* Put one instruction before those from `at` on, whose targets move. */
static void
insert(struct parser *p, unsigned at, enum op op, int x, int y)
{
    struct program *program = p->program;

    if (p->error || !reserve(p, 1))
        return;
    memmove(program->code + at + 1, program->code + at,
            (program->count - at) * sizeof *program->code);
    program->count++;
    program->code[at] = (struct instruction){(uint8_t)op, x, y};
    for (unsigned i = at + 1; i < program->count; i++) {
        struct instruction *moved = &program->code[i];

        if (!has_targets(moved))
            continue;
        moved->x += moved->x >= (int)at;
        if (moved->op == OP_SPLIT)
            moved->y += moved->y >= (int)at;
    }
}

/* A copy of the code from `from` to `to`, at the end. */
static void
copy(struct parser *p, unsigned from, unsigned to)
{
    struct program *program = p->program;
    int moved = (int)(program->count - from);

    if (p->error || !reserve(p, to - from))
        return;
    memcpy(program->code + program->count, program->code + from,
           (to - from) * sizeof *program->code);
    for (unsigned i = 0; i < to - from; i++) {
        struct instruction *new = &program->code[program->count + i];

        if (has_targets(new)) {
            new->x += moved;
            new->y += new->op == OP_SPLIT ? moved : 0;
        }
    }
    program->count += to - from;
}

/* --- repetition ----------------------------------------------------------- */

/* The code from `start` on any number of times. A turn that matches nothing
 * ends the loop, or it would never end. */
static void
star(struct parser *p, unsigned start, int first_group, int end_group)
{
    int slot = (int)p->program->slots++;

    insert(p, start, OP_SAVE, slot, 1);
    if (end_group > first_group)
        insert(p, start + 1, OP_CLEAR, first_group, end_group);
    emit(p, OP_CHECK, slot, 0);
    insert(p, start, OP_SPLIT, (int)start + 1, 0);
    emit(p, OP_JUMP, (int)start, 0);
    if (!p->error)
        p->program->code[start].y = (int)p->program->count;
}

/* Code from `start` is optional. */
static void
option(struct parser *p, unsigned start)
{
    insert(p, start, OP_SPLIT, (int)start + 1, 0);
    if (!p->error)
        p->program->code[start].y = (int)p->program->count;
}

/* least to most times; most -1: no end. */
static void
repeat(struct parser *p, unsigned start, int first_group, int least, int most)
{
    unsigned end = p->program->count, at;
    int end_group = (int)p->program->groups;
    unsigned size = end - start;

    if (most == 0) {
        p->program->count = start;
        return;
    }
    /* x{2,4}: x x, then an optional (x with an optional x behind it). */
    for (int i = 1; i < least; i++)
        copy(p, start, start + size);
    if (most < 0) {
        at = p->program->count;
        if (least > 0)
            copy(p, start, start + size);
        star(p, least > 0 ? at : start, first_group, end_group);
        return;
    }
    if (least == 0) {
        for (int i = 1; i < most; i++)
            copy(p, start, start + size);
        for (int i = most; i-- > 0;)
            option(p, start + (unsigned)i * size);
        return;
    }
    at = p->program->count;
    for (int i = least; i < most; i++)
        copy(p, start, start + size);
    for (int i = most - least; i-- > 0;)
        option(p, at + (unsigned)i * size);
}

static int
number(struct parser *p)
{
    int value = 0;

    if (!isdigit((unsigned char)*p->s))
        return -1;
    for (; isdigit((unsigned char)*p->s); p->s++)
        value = value > MAX_DUPS ? value : value * 10 + (*p->s - '0');
    return value;
}

/* {n}, {n,}, {n,m} after the brace. */
static bool
bounds(struct parser *p, int *least, int *most)
{
    *least = *most = number(p);
    if (*p->s == ',') {
        p->s++;
        *most = number(p);
        if (*least < 0)
            *least = 0;
    } else if (*least < 0) {
        return fail(p, *p->s ? REG_BADBR : REG_EBRACE);
    }
    if (!p->extended && *p->s == '\\')
        p->s++;
    if (*p->s != '}')
        return fail(p, *p->s ? REG_BADBR : REG_EBRACE);
    p->s++;
    if (*least > MAX_DUPS || *most > MAX_DUPS ||
        (*most >= 0 && *most < *least))
        return fail(p, REG_BADBR);
    return true;
}

/* Repetition operators behind what starts at `start`. */
static void
repetitions(struct parser *p, unsigned start, int first_group)
{
    while (!p->error) {
        int least = 0, most = -1;
        bool escaped = !p->extended && *p->s == '\\';
        char c = p->s[escaped];

        if (c == '*' && !escaped) {
            p->s++;
        } else if ((c == '+' || c == '?') && escaped != p->extended) {
            p->s += 1 + escaped;
            least = c == '+';
            most = c == '?' ? 1 : -1;
        } else if (c == '{' && escaped != p->extended) {
            p->s += 1 + escaped;
            if (!bounds(p, &least, &most))
                return;
        } else {
            return;
        }
        repeat(p, start, first_group, least, most);
    }
}

/* --- atoms ---------------------------------------------------------------- */

static void
character(struct parser *p)
{
    unsigned length;
    int32_t c = __regex_character(p->s, p->s + strlen(p->s), &length);

    if (p->program->flags & REG_ICASE && c < 0x110000)
        c = (int32_t)towlower((wint_t)c);
    emit(p, OP_CHAR, c, 0);
    p->s += length;
}

static void
group(struct parser *p)
{
    unsigned number = p->program->groups++;
    bool escaped = !p->extended;

    emit(p, OP_SAVE, (int)(2 * number), 0);
    p->depth++;
    alternatives(p);
    p->depth--;
    if (p->error)
        return;
    if (p->s[0] != (escaped ? '\\' : ')') || (escaped && p->s[1] != ')')) {
        fail(p, REG_EPAREN);
        return;
    }
    p->s += 1 + escaped;
    emit(p, OP_SAVE, (int)(2 * number + 1), 0);
    if (number < 10)
        p->closed |= 1u << number;
}

/* What follows a backslash. */
static void
escaped_atom(struct parser *p)
{
    static const char letters[] = "<>bB`'";
    static const uint8_t ops[] = {OP_WORD_START, OP_WORD_END, OP_EDGE,
                                  OP_INSIDE, OP_BEGIN, OP_END};
    const char *found;
    char c = *p->s;
    int set;

    if (!c) {
        fail(p, REG_EESCAPE);
    } else if (c >= '1' && c <= '9') {
        p->s++;
        if (!(p->closed >> (c - '0') & 1)) {
            fail(p, REG_ESUBREG);
            return;
        }
        p->program->has_back = true;
        emit(p, OP_BACK, c - '0', 0);
    } else if ((found = strchr(letters, c))) {
        p->s++;
        emit(p, ops[found - letters], c == '`' || c == '\'', 0);
    } else if (strchr("wWsS", c)) {
        const char *text = c == 'w'   ? "_[:alnum:]]"
                           : c == 'W' ? "^_[:alnum:]]"
                           : c == 's' ? "[:space:]]" : "^[:space:]]";

        p->s++;
        p->error = __regex_bracket(p->program, &text, &set);
        emit(p, OP_SET, set, 0);
    } else {
        character(p);
    }
}

/* Is this a '$' that stands for the end? In a basic expression only there. */
static bool
is_end(const struct parser *p)
{
    return p->extended || !p->s[1] ||
           (p->s[1] == '\\' && (p->s[2] == ')' || p->s[2] == '|'));
}

/* False: there is none, the branch is over. */
static bool
atom(struct parser *p, bool first)
{
    char c = *p->s;
    int set;

    if (!c || p->error)
        return false;
    if (p->extended ? c == '|' || (c == ')' && p->depth > 0)
                    : c == '\\' && (p->s[1] == '|' ||
                                    (p->s[1] == ')' && p->depth > 0)))
        return false;
    if (c == '[') {
        p->s++;
        p->error = __regex_bracket(p->program, &p->s, &set);
        emit(p, OP_SET, set, 0);
    } else if (c == '.') {
        p->s++;
        emit(p, OP_ANY, 0, 0);
    } else if (c == '^' && (p->extended || first)) {
        p->s++;
        emit(p, OP_BEGIN, 0, 0);
    } else if (c == '$' && is_end(p)) {
        p->s++;
        emit(p, OP_END, 0, 0);
    } else if (p->extended ? c == '(' : c == '\\' && p->s[1] == '(') {
        p->s += 1 + !p->extended;
        group(p);
    } else if (c == '\\') {
        p->s++;
        if (!p->extended && (*p->s == ')' || *p->s == '{'))
            fail(p, *p->s == ')' ? REG_EPAREN : REG_BADRPT);
        else
            escaped_atom(p);
    } else if (p->extended && strchr("*+?", c)) {
        /* As glibc: at the start of an expression, a plain character. */
        if (!first)
            return fail(p, REG_BADRPT);
        p->s++;
        if (c != '*')
            return fail(p, REG_BADRPT);
        emit(p, OP_CHAR, c, 0);
    } else {
        character(p);
    }
    return !p->error;
}

/* --- branches ------------------------------------------------------------- */

static void
branch(struct parser *p)
{
    bool first = true;

    for (;;) {
        unsigned start = p->program->count;
        int first_group = (int)p->program->groups;
        const char *from = p->s;

        if (!atom(p, first))
            return;
        first = false;
        if (!p->extended && *from == '^' && p->s == from + 1 &&
            p->program->code[start].op == OP_BEGIN) {
            first = true; /* "^*" is an anchor and a star */
            if (*p->s == '*')
                continue;
        } else if (!p->extended && *from == '*' && p->s == from + 1) {
            ; /* a star at the start stands for itself */
        }
        repetitions(p, start, first_group);
    }
}

static bool
take_bar(struct parser *p)
{
    if (p->extended ? *p->s != '|' : p->s[0] != '\\' || p->s[1] != '|')
        return false;
    p->s += 1 + !p->extended;
    return true;
}

/* Code of a | b: split to a and b; behind a, a jump to the end. */
static void
alternatives(struct parser *p)
{
    unsigned start = p->program->count;

    if (++p->nesting > MAX_NESTING) {
        fail(p, REG_ESPACE);
        return;
    }
    branch(p);
    if (!p->error && take_bar(p)) {
        unsigned jump;

        insert(p, start, OP_SPLIT, (int)start + 1, 0);
        jump = emit(p, OP_JUMP, 0, 0);
        if (!p->error)
            p->program->code[start].y = (int)p->program->count;
        alternatives(p);
        if (!p->error)
            p->program->code[jump].x = (int)p->program->count;
    }
    p->nesting--;
}

/* --- regcomp() and regfree() ---------------------------------------------- */

static void
discard(struct program *program)
{
    for (unsigned i = 0; i < program->set_count; i++)
        free(program->sets[i].ranges);
    free(program->sets);
    free(program->code);
    free(program);
}

/* The byte that a match must begin with, where there is one such. */
static int
first_byte(const struct program *program)
{
    unsigned i = 0;

    while (program->code[i].op == OP_SAVE)
        i++;
    if (program->code[i].op == OP_CHAR && program->code[i].x < 128 &&
        !(program->flags & REG_ICASE))
        return program->code[i].x;
    return -1;
}

/* Slots of loops come behind those of the groups, whose number is known only
 * now. */
static void
place_slots(struct program *program)
{
    int loops = (int)program->slots, base = 2 * (int)program->groups;

    for (unsigned i = 0; i < program->count; i++) {
        struct instruction *code = &program->code[i];

        if (code->op == OP_CHECK || (code->op == OP_SAVE && code->y == 1))
            code->x += base;
    }
    program->slots = (unsigned)(base + loops);
}

int
regcomp(regex_t *restrict regex, const char *restrict text, int flags)
{
    struct program *program = calloc(1, sizeof *program);
    struct parser parser = {.program = program, .s = text,
                            .extended = flags & REG_EXTENDED};

    if (!program)
        return REG_ESPACE;
    program->flags = flags;
    program->groups = 1;
    emit(&parser, OP_SAVE, 0, 0);
    alternatives(&parser);
    if (!parser.error && *parser.s)
        fail(&parser, REG_EPAREN);
    emit(&parser, OP_SAVE, 1, 0);
    emit(&parser, OP_MATCH, 0, 0);
    if (parser.error) {
        discard(program);
        return parser.error;
    }
    place_slots(program);
    program->first = first_byte(program);
    regex->re_nsub = program->groups - 1;
    regex->__program = program;
    return 0;
}

void
regfree(regex_t *regex)
{
    if (regex->__program)
        discard(regex->__program);
    regex->__program = NULL;
}

size_t
regerror(int error, const regex_t *restrict regex, char *restrict text,
         size_t size)
{
    static const char *const messages[] = {
        "Success", "No match", "Invalid regular expression",
        "Invalid collation character", "Invalid character class name",
        "Trailing backslash", "Invalid back reference",
        "Unmatched [, [^, [:, [., or [=", "Unmatched ( or \\(",
        "Unmatched \\{", "Invalid content of \\{\\}", "Invalid range end",
        "Memory exhausted", "Invalid preceding regular expression"};
    const char *message = "Unknown error";

    (void)regex;
    if (error >= 0 && (size_t)error < sizeof messages / sizeof *messages)
        message = messages[error];
    return strlcpy(text, message, text ? size : 0) + 1;
}
