#include "user/sh/arith.h"

#include <string.h>

#include "user/sh/sh.h"
#include "user/sh/vars.h"

#define MAX_NESTING 200

struct value {
    int64_t number;
    const char *name;           /* of the variable that it is, or NULL */
};

struct arith {
    const char *at;
    const char *error;          /* NULL: none so far */
    unsigned nesting;
    unsigned skipped;           /* inside of what must not be evaluated */
};

/* Binary operators; longer ones stand before their beginnings. */
static const struct operator {
    const char *text;
    unsigned char binds;        /* the more, the tighter */
} operators[] = {
    { "<<", 8 }, { ">>", 8 }, { "<=", 7 }, { ">=", 7 }, { "==", 6 },
    { "!=", 6 }, { "&&", 2 }, { "||", 1 }, { "*", 10 }, { "/", 10 },
    { "%", 10 }, { "+", 9 }, { "-", 9 }, { "<", 7 }, { ">", 7 },
    { "&", 5 }, { "^", 4 }, { "|", 3 },
};

static struct value parse_assignment(struct arith *a);

static void
fail(struct arith *a, const char *error)
{
    if (a->error == NULL)
        a->error = error;
    a->at = "";     /* which ends every loop */
}

static void
skip_blanks(struct arith *a)
{
    while (*a->at != '\0' && strchr(" \t\n\r\v\f", *a->at) != NULL)
        a->at++;
}

static bool
take(struct arith *a, const char *text)
{
    size_t length = strlen(text);

    skip_blanks(a);
    if (strncmp(a->at, text, length) != 0)
        return false;
    a->at += length;
    return true;
}

/* --- numbers and variables ----------------------------------------------- */

static int
digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* 10, 0x10, 010. More than 64 bits stay at the largest number. */
static int64_t
read_number(struct arith *a, const char **at)
{
    const char *p = *at;
    uint64_t number = 0;
    int base = 10;

    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit_of(p[2]) < 16) {
        base = 16;
        p += 2;
    } else if (p[0] == '0') {
        base = 8;
    }
    for (; digit_of(*p) < base; p++) {
        if (number > (INT64_MAX - (uint64_t)digit_of(*p)) / (uint64_t)base)
            number = INT64_MAX;
        else
            number = number * (uint64_t)base + (uint64_t)digit_of(*p);
    }
    if (sh_is_name_byte(*p))
        fail(a, "not a number");
    else
        *at = p;
    return (int64_t)number;
}

static int64_t
number_of_variable(struct arith *a, const char *name)
{
    const char *value = var_get(name), *p = value;
    bool minus = false;
    int64_t number;

    if (value == NULL) {
        if (sh.option['u'])
            fail(a, "a variable is not set");
        return 0;
    }
    p += strspn(p, " \t\n");
    if (*p == '\0')
        return 0;
    if (*p == '-' || *p == '+')
        minus = *p++ == '-';
    if (*p < '0' || *p > '9') {
        fail(a, "a variable is not a number");
        return 0;
    }
    number = read_number(a, &p);
    p += strspn(p, " \t\n");
    if (*p != '\0')
        fail(a, "a variable is not a number");
    return minus ? (int64_t)(0 - (uint64_t)number) : number;
}

static struct value
variable(struct arith *a)
{
    struct value value = { 0, NULL };
    size_t length = 0;

    while (sh_is_name_byte(a->at[length]))
        length++;
    value.name = arena_copy(&sh.scratch, a->at, length);
    a->at += length;
    if (a->skipped == 0)
        value.number = number_of_variable(a, value.name);
    return value;
}

static struct value
assign(struct arith *a, const char *name, int64_t number)
{
    if (a->skipped == 0 && a->error == NULL) {
        var_set_number(name, number);
        if (sh.flow == FLOW_ERROR)
            fail(a, "");        /* readonly: told */
    }
    return (struct value){ number, NULL };
}

/* --- operators ----------------------------------------------------------- */

static int64_t
divide(struct arith *a, bool remainder, int64_t left, int64_t right)
{
    if (a->skipped > 0)
        return 0;
    if (right == 0) {
        fail(a, "division by zero");
        return 0;
    }
    if (right == -1)
        return remainder ? 0 : (int64_t)(0 - (uint64_t)left);
    return remainder ? left % right : left / right;
}

static int64_t
shift(bool right, int64_t number, int64_t by)
{
    unsigned bits = (unsigned)by & 63;
    uint64_t shifted;

    if (!right)
        return (int64_t)((uint64_t)number << bits);
    shifted = (uint64_t)number >> bits;
    if (number < 0 && bits > 0)
        shifted |= ~UINT64_C(0) << (64 - bits);
    return (int64_t)shifted;
}

static int64_t
compute(struct arith *a, const char *op, int64_t left, int64_t right)
{
    uint64_t l = (uint64_t)left, r = (uint64_t)right;

    switch (op[0]) {
    case '*': return (int64_t)(l * r);
    case '/': return divide(a, false, left, right);
    case '%': return divide(a, true, left, right);
    case '+': return (int64_t)(l + r);
    case '-': return (int64_t)(l - r);
    case '&': return op[1] == '&' ? left && right : left & right;
    case '|': return op[1] == '|' ? left || right : left | right;
    case '^': return left ^ right;
    case '=': return left == right;
    case '!': return left != right;
    case '<':
        return op[1] == '<' ? shift(false, left, right) :
            op[1] == '=' ? left <= right : left < right;
    default:
        return op[1] == '>' ? shift(true, left, right) :
            op[1] == '=' ? left >= right : left > right;
    }
}

static struct value
parse_primary(struct arith *a)
{
    struct value value = { 0, NULL };

    skip_blanks(a);
    if (take(a, "(")) {
        value = parse_assignment(a);
        while (take(a, ","))
            value = parse_assignment(a);
        value.name = NULL;
        if (!take(a, ")"))
            fail(a, "no )");
    } else if (*a->at >= '0' && *a->at <= '9') {
        value.number = read_number(a, &a->at);
    } else if (sh_is_name_start(*a->at)) {
        value = variable(a);
    } else {
        fail(a, "a number is missing");
    }
    return value;
}

static struct value
parse_postfix(struct arith *a)
{
    struct value value = parse_primary(a);
    int64_t old = value.number;

    if (value.name != NULL && take(a, "++"))
        (void)assign(a, value.name, (int64_t)((uint64_t)old + 1));
    else if (value.name != NULL && take(a, "--"))
        (void)assign(a, value.name, (int64_t)((uint64_t)old - 1));
    else
        return value;
    return (struct value){ old, NULL };
}

static struct value parse_unary(struct arith *a);

/* ++x, --x; before anything else they are two signs. */
static bool
take_step(struct arith *a, const char *step)
{
    const char *before = a->at;

    if (!take(a, step))
        return false;
    skip_blanks(a);
    if (sh_is_name_start(*a->at))
        return true;
    a->at = before;
    return false;
}

static struct value
parse_step(struct arith *a, uint64_t step)
{
    struct value value = variable(a);

    return assign(a, value.name, (int64_t)((uint64_t)value.number + step));
}

static struct value
parse_unary(struct arith *a)
{
    struct value value = { 0, NULL };

    if (++a->nesting > MAX_NESTING) {
        fail(a, "nested too deeply");
    } else if (take_step(a, "++")) {
        value = parse_step(a, 1);
    } else if (take_step(a, "--")) {
        value = parse_step(a, UINT64_MAX);
    } else if (take(a, "-")) {
        value.number = (int64_t)(0 - (uint64_t)parse_unary(a).number);
    } else if (take(a, "+")) {
        value.number = parse_unary(a).number;
    } else if (take(a, "~")) {
        value.number = ~parse_unary(a).number;
    } else if (take(a, "!")) {
        value.number = !parse_unary(a).number;
    } else {
        value = parse_postfix(a);
    }
    a->nesting--;
    return value;
}

/* The binary operator that comes, if it binds tightly enough and is not the
 * beginning of an assignment. */
static const struct operator *
next_operator(struct arith *a, unsigned binds)
{
    skip_blanks(a);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        const struct operator *op = &operators[i];
        size_t length = strlen(op->text);

        if (strncmp(a->at, op->text, length) != 0)
            continue;
        if (op->binds < binds || (a->at[length] == '=' &&
                                  strchr("<>=!&|", op->text[length - 1])
                                  == NULL))
            return NULL;
        if (a->at[length] == '=' && (op->binds == 8 || op->binds == 5 ||
                                     op->binds == 3))
            return NULL;
        return op;
    }
    return NULL;
}

static struct value
parse_binary(struct arith *a, unsigned binds)
{
    struct value left = parse_unary(a), right;
    const struct operator *op;

    while (a->error == NULL && (op = next_operator(a, binds)) != NULL) {
        bool skip = (op->binds == 2 && !left.number) ||
            (op->binds == 1 && left.number);

        a->at += strlen(op->text);
        a->skipped += skip;
        right = parse_binary(a, op->binds + 1u);
        a->skipped -= skip;
        left = (struct value){
            compute(a, op->text, left.number, right.number), NULL
        };
    }
    return left;
}

static struct value
parse_conditional(struct arith *a)
{
    struct value value = parse_binary(a, 1), yes, no;
    bool chosen = value.number != 0;

    if (a->error != NULL || !take(a, "?"))
        return value;
    a->skipped += !chosen;
    yes = parse_assignment(a);
    a->skipped -= !chosen;
    if (!take(a, ":"))
        fail(a, "no : after ?");
    a->skipped += chosen;
    no = parse_assignment(a);
    a->skipped -= chosen;
    return (struct value){ chosen ? yes.number : no.number, NULL };
}

/* = and its kin; NULL if none comes. */
static const char *
take_assignment(struct arith *a)
{
    static const char *const texts[] = {
        "<<=", ">>=", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (take(a, texts[i]))
            return texts[i];
    }
    if (a->at[0] == '=' && a->at[1] != '=' && take(a, "="))
        return "=";
    return NULL;
}

static struct value
parse_assignment(struct arith *a)
{
    struct value left = { 0, NULL }, right;
    const char *op;
    char binary[3];

    if (++a->nesting > MAX_NESTING) {
        fail(a, "nested too deeply");
    } else {
        left = parse_conditional(a);
        op = a->error == NULL ? take_assignment(a) : NULL;
        if (op != NULL && left.name == NULL) {
            fail(a, "assignment to what is no variable");
        } else if (op != NULL) {
            right = parse_assignment(a);
            memcpy(binary, op, strlen(op));
            binary[strlen(op) - 1] = '\0';
            left = assign(a, left.name, binary[0] == '\0' ? right.number :
                          compute(a, binary, left.number, right.number));
        }
    }
    a->nesting--;
    return left;
}

bool
arith_evaluate(const char *expression, int64_t *result)
{
    struct arith a = { .at = expression };

    *result = 0;
    skip_blanks(&a);
    if (*a.at == '\0')
        return true;
    *result = parse_assignment(&a).number;
    while (take(&a, ","))
        *result = parse_assignment(&a).number;
    skip_blanks(&a);
    if (a.error == NULL && *a.at != '\0')
        a.error = "something is left over";
    if (a.error == NULL)
        return true;
    if (a.error[0] != '\0')
        sh_fatal("arithmetic: %s: \"%.40s\"", a.error, expression);
    return false;
}
