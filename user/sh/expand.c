#include "user/sh/expand.h"

#include <string.h>

#include "user/sh/arith.h"
#include "user/sh/exec.h"
#include "user/sh/glob.h"
#include "user/sh/jobs.h"
#include "user/sh/pattern.h"
#include "user/sh/sh.h"
#include "user/sh/vars.h"

/* An expansion under way. */
struct expansion {
    struct cells cells;
    bool fields;            /* to be split: "$@" makes several */
};

static bool expand_part(struct expansion *e, const struct part *part,
                        unsigned literal);

static struct expansion
start(bool fields)
{
    return (struct expansion){ { &sh.scratch, NULL, 0, 0 }, fields };
}

void
fields_add(struct fields *fields, char *field)
{
    if (fields->count + 2 > fields->size) {
        size_t size = fields->size * 2 + 16;
        char **at = arena_alloc(&sh.scratch, size * sizeof *at);

        if (fields->count > 0)
            memcpy(at, fields->at, fields->count * sizeof *at);
        fields->at = at;
        fields->size = size;
    }
    fields->at[fields->count++] = field;
    fields->at[fields->count] = NULL;
}

/* --- parameters ---------------------------------------------------------- */

static const char *
ifs(void)
{
    const char *value = var_get("IFS");

    return value != NULL ? value : " \t\n";
}

static char *
number_text(long long number)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    text_number(&text, number);
    return text_end(&text);
}

static char *
option_letters(void)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    for (int c = 'A'; c <= 'z'; c++) {
        if (sh.option[c])
            text_byte(&text, (char)c);
    }
    return text_end(&text);
}

static char *
joined_arguments(char between)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    for (unsigned i = 0; i < sh.argument_count; i++) {
        if (i > 0 && between != '\0')
            text_byte(&text, between);
        text_string(&text, sh.arguments[i]);
    }
    return text_end(&text);
}

/* The value of anything but $@ and $*; NULL: unset. */
static const char *
value_of(const char *name)
{
    long number;

    switch (name[0]) {
    case '?': return number_text(sh.status);
    case '$': return number_text((long long)sh.pid);
    case '#': return number_text(sh.argument_count);
    case '-': return option_letters();
    case '!':
        return sh.background ? number_text((long long)sh.background) : NULL;
    case '@': case '*':
        return sh.argument_count > 0 ?
            joined_arguments(name[0] == '@' ? ' ' : ifs()[0]) : NULL;
    default:
        break;
    }
    if (name[0] < '0' || name[0] > '9')
        return var_get(name);
    number = sh_number(name, 1000000000);
    if (number == 0)
        return sh.name;
    return number > 0 && (unsigned long)number <= sh.argument_count ?
        sh.arguments[number - 1] : NULL;
}

static bool
is_list(const char *name)
{
    return name[0] == '@' || name[0] == '*';
}

static void
add_value(struct expansion *e, const char *value, bool quoted)
{
    if (quoted && *value == '\0')
        cells_add(&e->cells, CELL_NULL);
    cells_string(&e->cells, value, quoted ? CELL_QUOTED : CELL_SPLIT);
}

/* "$@" and unquoted: a field each. "$*", or where there are no fields: one
 * string. */
static void
add_arguments(struct expansion *e, char name, bool quoted)
{
    if (!e->fields || (quoted && name == '*')) {
        add_value(e, joined_arguments(name == '*' ? ifs()[0] : ' '), quoted);
        return;
    }
    for (unsigned i = 0; i < sh.argument_count; i++) {
        if (i > 0)
            cells_add(&e->cells, CELL_BREAK);
        add_value(e, sh.arguments[i], quoted);
    }
}

/* --- operators of ${ } --------------------------------------------------- */

static bool
expand_parts(struct expansion *e, const struct part *part, unsigned literal)
{
    for (; part != NULL; part = part->next) {
        if (!expand_part(e, part, literal))
            return false;
    }
    return true;
}

static size_t
tilde_end(const struct part *part, size_t from, bool colons)
{
    size_t end = from + 1;

    while (part->text[end] != '\0' && part->text[end] != '/' &&
           !(colons && part->text[end] == ':'))
        end++;
    if (part->text[end] == '\0' && part->next != NULL)
        return from;            /* the name goes on in what comes */
    return end;
}

/* Only ~ itself: there is one user, whose home is $HOME. */
static bool
add_tilde(struct expansion *e, const struct part *part, size_t from,
          bool colons)
{
    const char *home = var_get("HOME");

    if (tilde_end(part, from, colons) != from + 1 || home == NULL)
        return false;
    if (*home == '\0')
        cells_add(&e->cells, CELL_NULL);
    cells_string(&e->cells, home, CELL_QUOTED);
    return true;
}

/* Where in a text a tilde counts. */
struct tilde_rule {
    bool first;             /* at the start */
    bool colons;            /* after each colon */
    bool equals;            /* after the first = */
};

static void
add_tilde_text(struct expansion *e, const struct part *part,
               struct tilde_rule rule, unsigned literal)
{
    bool here = rule.first;

    for (size_t i = 0; part->text[i] != '\0'; i++) {
        char c = part->text[i];

        if (here && c == '~' && add_tilde(e, part, i, rule.colons)) {
            here = false;
            continue;
        }
        cells_add(&e->cells, (unsigned char)c | literal);
        here = (rule.colons && c == ':') || (rule.equals && c == '=');
        rule.equals &= c != '=';
    }
}

static bool
expand_word(struct expansion *e, const struct word *word,
            enum expand_tilde tilde, bool declaration, unsigned literal)
{
    struct tilde_rule rule = {
        tilde != EXPAND_NO_TILDE, tilde == EXPAND_TILDES, declaration
    };

    for (const struct part *part = word->parts; part; part = part->next) {
        if (part->kind == PART_TEXT && !part->quoted)
            add_tilde_text(e, part, rule, literal);
        else if (!expand_part(e, part, literal))
            return false;
        rule.first = false;
    }
    return true;
}

static bool
expand_alternative(struct expansion *e, const struct part *part)
{
    if (part->quoted && (part->word->parts == NULL))
        cells_add(&e->cells, CELL_NULL);
    if (part->quoted)
        return expand_parts(e, part->word->parts, CELL_QUOTED);
    return expand_word(e, part->word, EXPAND_TILDE, false, CELL_SPLIT);
}

static bool
assign_default(struct expansion *e, const struct part *part)
{
    const char *value;

    if (!sh_is_name(part->text, strlen(part->text))) {
        sh_fatal("%s: cannot be assigned to", part->text);
        return false;
    }
    value = expand_string(part->word, EXPAND_TILDE);
    if (value == NULL || !var_set(part->text, value))
        return false;
    add_value(e, value, part->quoted);
    return true;
}

static bool
complain(const struct part *part)
{
    const char *words = expand_string(part->word, EXPAND_TILDE);

    if (words == NULL)
        return false;
    if (*words == '\0')
        words = part->colon ? "parameter not set or null" :
            "parameter not set";
    sh_fatal("%s: %s", part->text, words);
    return false;
}

/* ${x#p} ${x##p} ${x%p} ${x%%p}: try every end, short or long ones first. */
static bool
add_trimmed(struct expansion *e, const struct part *part, const char *value)
{
    struct cells pattern = { &sh.scratch, NULL, 0, 0 };
    size_t length = strlen(value), from = 0, to = length;
    bool front = part->op == '#' || part->op == 'H';
    bool longest = part->op == 'H' || part->op == 'P';

    if (!expand_pattern(part->word, &pattern))
        return false;
    for (size_t i = 0; i <= length; i++) {
        size_t cut = longest ? length - i : i;

        if (front && pattern_match(pattern.at, pattern.count, value, cut)) {
            from = cut;
            break;
        }
        if (!front && pattern_match(pattern.at, pattern.count,
                                    value + length - cut, cut)) {
            to = length - cut;
            break;
        }
    }
    add_value(e, arena_copy(&sh.scratch, value + from, to - from),
              part->quoted);
    return true;
}

static bool
fail_if_unset(const struct part *part, const char *value)
{
    if (value != NULL || !sh.option['u'] || is_list(part->text))
        return true;
    sh_fatal("%s: parameter not set", part->text);
    return false;
}

static bool
expand_length(struct expansion *e, const struct part *part)
{
    const char *value = value_of(part->text);
    size_t length;

    if (!fail_if_unset(part, value))
        return false;
    length = is_list(part->text) ? sh.argument_count :
        value != NULL ? strlen(value) : 0;
    add_value(e, number_text((long long)length), part->quoted);
    return true;
}

static bool
expand_parameter(struct expansion *e, const struct part *part)
{
    const char *value = value_of(part->text);
    bool there = value != NULL && !(part->colon && *value == '\0');

    if (part->length)
        return expand_length(e, part);
    switch (part->op) {
    case '-':
        if (!there)
            return expand_alternative(e, part);
        break;
    case '=':
        if (!there)
            return assign_default(e, part);
        break;
    case '?':
        if (!there)
            return complain(part);
        break;
    case '+':
        if (there)
            return expand_alternative(e, part);
        if (part->quoted)
            cells_add(&e->cells, CELL_NULL);
        return true;
    default:
        if (!fail_if_unset(part, value))
            return false;
        if (part->op != 0)
            return add_trimmed(e, part, value != NULL ? value : "");
    }
    if (is_list(part->text))
        add_arguments(e, part->text[0], part->quoted);
    else
        add_value(e, value != NULL ? value : "", part->quoted);
    return true;
}

/* --- commands and arithmetic --------------------------------------------- */

static bool
expand_command(struct expansion *e, const struct part *part)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    if (!exec_substitute(part->body, &text))
        return false;
    while (text.length > 0 && text.bytes[text.length - 1] == '\n')
        text.length--;
    add_value(e, text_end(&text), part->quoted);
    return true;
}

static bool
expand_arithmetic(struct expansion *e, const struct part *part)
{
    const char *expression = expand_string(part->word, EXPAND_NO_TILDE);
    int64_t number;

    if (expression == NULL || !arith_evaluate(expression, &number))
        return false;
    add_value(e, number_text(number), part->quoted);
    return true;
}

static bool
expand_part(struct expansion *e, const struct part *part, unsigned literal)
{
    switch (part->kind) {
    case PART_TEXT:
        if (part->quoted && part->text[0] == '\0')
            cells_add(&e->cells, CELL_NULL);
        cells_string(&e->cells, part->text,
                     part->quoted ? CELL_QUOTED : literal);
        return true;
    case PART_PARAMETER:
        return expand_parameter(e, part);
    case PART_COMMAND:
        return expand_command(e, part);
    default:
        return expand_arithmetic(e, part);
    }
}

/* --- fields -------------------------------------------------------------- */

struct splitter {
    const struct cells *cells;
    struct fields *fields;
    size_t from;            /* the current field starts here */
    bool content;           /* and holds something, if only quotes */
    bool after_blank;       /* it follows blanks that ended a field */
};

static void
add_field(struct splitter *s, size_t to)
{
    struct cells field = { &sh.scratch, NULL, 0, 0 };

    for (size_t i = s->from; i < to; i++) {
        if ((s->cells->at[i] & (CELL_BREAK | CELL_NULL)) == 0)
            cells_add(&field, s->cells->at[i]);
    }
    if (sh.option['f'] || !pattern_is_one(field.at, field.count) ||
        !glob_expand(field.at, field.count, s->fields))
        fields_add(s->fields, cells_text(&field, 0, field.count));
}

static void
split_at(struct splitter *s, size_t i, bool blank)
{
    if (s->content || (!blank && !s->after_blank))
        add_field(s, i);
    s->after_blank = blank && (s->content || s->after_blank);
    s->content = false;
    s->from = i + 1;
}

static void
split(const struct cells *cells, struct fields *fields)
{
    struct splitter s = { cells, fields, 0, false, false };
    const char *separators = ifs();

    for (size_t i = 0; i < cells->count; i++) {
        cell_t cell = cells->at[i];
        char byte = (char)cell;

        if (cell & CELL_BREAK) {
            if (s.content)
                add_field(&s, i);
            s.content = s.after_blank = false;
            s.from = i + 1;
        } else if ((cell & CELL_SPLIT) && strchr(separators, byte)) {
            split_at(&s, i, strchr(" \t\n", byte) != NULL);
        } else {
            s.content = true;
            s.after_blank = false;
        }
    }
    if (s.content)
        add_field(&s, cells->count);
}

bool
expand_words(const struct word *words, struct fields *fields)
{
    for (; words != NULL; words = words->next) {
        struct expansion e = start(true);

        if (!expand_word(&e, words, EXPAND_TILDE, false, 0))
            return false;
        split(&e.cells, fields);
    }
    return sh.flow == FLOW_NONE;
}

bool
expand_declaration(const struct word *word, struct fields *fields)
{
    struct expansion e = start(false);

    if (!expand_word(&e, word, EXPAND_TILDES, true, 0))
        return false;
    fields_add(fields, cells_text(&e.cells, 0, e.cells.count));
    return true;
}

char *
expand_string(const struct word *word, enum expand_tilde tilde)
{
    struct expansion e = start(false);

    if (!expand_word(&e, word, tilde, false, 0))
        return NULL;
    return cells_text(&e.cells, 0, e.cells.count);
}

bool
expand_pattern(const struct word *word, struct cells *cells)
{
    struct expansion e = start(false);

    if (!expand_word(&e, word, EXPAND_TILDE, false, 0))
        return false;
    for (size_t i = 0; i < e.cells.count; i++) {
        if ((e.cells.at[i] & CELL_NULL) == 0)
            cells_add(cells, e.cells.at[i]);
    }
    return true;
}
