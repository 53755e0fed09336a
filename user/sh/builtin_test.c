/* test and [: POSIX's rules by number of arguments come out of a grammar
 * that looks one argument ahead, with binary operators first. */
#include "user/sh/builtins.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/sh.h"

#define MAX_NESTING 200

struct test {
    char **at, **end;
    bool error;             /* said */
    unsigned nesting;
};

static bool parse_or(struct test *t);

static void
fail(struct test *t, const char *word, const char *what)
{
    if (!t->error)
        sh_error("test: %s%s%s", word, *word ? ": " : "", what);
    t->error = true;
    t->at = t->end;
}

static long
left(const struct test *t)
{
    return t->end - t->at;
}

/* --- files --------------------------------------------------------------- */

static bool
test_mode(const char *path, char letter)
{
    struct stat info;

    if ((letter == 'h' || letter == 'L' ? lstat(path, &info) :
         stat(path, &info)) < 0)
        return false;
    switch (letter) {
    case 'b': return S_ISBLK(info.st_mode);
    case 'c': return S_ISCHR(info.st_mode);
    case 'd': return S_ISDIR(info.st_mode);
    case 'e': return true;
    case 'f': return S_ISREG(info.st_mode);
    case 'g': return (info.st_mode & S_ISGID) != 0;
    case 'h': case 'L': return S_ISLNK(info.st_mode);
    case 'p': return S_ISFIFO(info.st_mode);
    case 's': return info.st_size > 0;
    case 'S': return S_ISSOCK(info.st_mode);
    default: return (info.st_mode & S_ISUID) != 0;     /* u */
    }
}

static bool
test_unary(char letter, const char *word)
{
    long fd;

    switch (letter) {
    case 'n': return *word != '\0';
    case 'z': return *word == '\0';
    case 'r': return access(word, R_OK) == 0;
    case 'w': return access(word, W_OK) == 0;
    case 'x': return access(word, X_OK) == 0;
    case 't':
        fd = sh_number(word, 1 << 20);
        return fd >= 0 && isatty((int)fd);
    default: return test_mode(word, letter);
    }
}

static bool
newer(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

static bool
test_files(const char *a, const char *op, const char *b)
{
    struct stat left_info, right_info;
    bool has_left = stat(a, &left_info) == 0;
    bool has_right = stat(b, &right_info) == 0;

    if (strcmp(op, "-nt") == 0)
        return has_left && (!has_right || newer(&left_info, &right_info));
    if (strcmp(op, "-ot") == 0)
        return has_right && (!has_left || newer(&right_info, &left_info));
    return has_left && has_right && left_info.st_dev == right_info.st_dev &&
        left_info.st_ino == right_info.st_ino;
}

/* --- numbers ------------------------------------------------------------- */

static long long
number(struct test *t, const char *word)
{
    const char *at = word + strspn(word, " \t\n");
    bool minus = *at == '-';
    long long value = 0;

    at += *at == '-' || *at == '+';
    if (*at < '0' || *at > '9')
        fail(t, word, "not a number");
    for (; *at >= '0' && *at <= '9'; at++) {
        if (value > (9223372036854775807LL - (*at - '0')) / 10) {
            fail(t, word, "out of range");
            return 0;
        }
        value = value * 10 + (*at - '0');
    }
    at += strspn(at, " \t\n");
    if (*at != '\0')
        fail(t, word, "not a number");
    return minus ? -value : value;
}

static bool
test_numbers(struct test *t, const char *a, const char *op, const char *b)
{
    long long x = number(t, a), y = number(t, b);

    switch (op[1] * 256 + op[2]) {
    case 'e' * 256 + 'q': return x == y;
    case 'n' * 256 + 'e': return x != y;
    case 'l' * 256 + 't': return x < y;
    case 'l' * 256 + 'e': return x <= y;
    case 'g' * 256 + 't': return x > y;
    default: return x >= y;
    }
}

/* --- grammar ------------------------------------------------------------- */

static bool
is_one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(word, *list) == 0)
            return true;
    }
    return false;
}

static const char *const number_operators[] = {
    "-eq", "-ne", "-lt", "-le", "-gt", "-ge", NULL
};
static const char *const file_operators[] = { "-nt", "-ot", "-ef", NULL };
static const char *const string_operators[] = { "=", "!=", "<", ">", NULL };

static bool
is_binary(const char *word)
{
    return is_one_of(word, number_operators) ||
        is_one_of(word, file_operators) || is_one_of(word, string_operators);
}

static bool
is_unary(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && word[2] == '\0' &&
        strchr("bcdefghLnprsStuwxz", word[1]) != NULL;
}

static bool
test_binary(struct test *t, const char *a, const char *op, const char *b)
{
    int order = strcmp(a, b);

    if (is_one_of(op, number_operators))
        return test_numbers(t, a, op, b);
    if (is_one_of(op, file_operators))
        return test_files(a, op, b);
    return op[0] == '=' ? order == 0 : op[0] == '!' ? order != 0 :
        op[0] == '<' ? order < 0 : order > 0;
}

static bool
parse_primary(struct test *t)
{
    char **at = t->at;
    bool value;

    if (left(t) == 0) {
        fail(t, "", "an argument is missing");
        return false;
    }
    if (left(t) >= 3 && is_binary(at[1])) {
        t->at += 3;
        return test_binary(t, at[0], at[1], at[2]);
    }
    if (strcmp(at[0], "(") == 0 && left(t) > 1) {
        t->at++;
        value = parse_or(t);
        if (!t->error && (left(t) == 0 || strcmp(*t->at++, ")") != 0))
            fail(t, "", "no )");
        return value;
    }
    if (is_unary(at[0]) && left(t) >= 2) {
        t->at += 2;
        return test_unary(at[0][1], at[1]);
    }
    t->at++;
    return at[0][0] != '\0';
}

static bool
parse_not(struct test *t)
{
    bool not = false;

    while (left(t) > 1 && strcmp(*t->at, "!") == 0 &&
           !(left(t) >= 3 && is_binary(t->at[1]))) {
        not = !not;
        t->at++;
    }
    return parse_primary(t) != not;
}

static bool
parse_and(struct test *t)
{
    bool value = parse_not(t);

    while (left(t) > 0 && strcmp(*t->at, "-a") == 0) {
        t->at++;
        value = parse_not(t) && value;
    }
    return value;
}

static bool
parse_or(struct test *t)
{
    bool value;

    if (++t->nesting > MAX_NESTING) {
        fail(t, "", "nested too deeply");
        return false;
    }
    value = parse_and(t);
    while (left(t) > 0 && strcmp(*t->at, "-o") == 0) {
        t->at++;
        value = parse_and(t) || value;
    }
    t->nesting--;
    return value;
}

int
builtin_test(char **argv)
{
    struct test t = { argv + 1, argv + 1, false, 0 };
    bool value;

    while (*t.end != NULL)
        t.end++;
    if (strcmp(argv[0], "[") == 0) {
        if (t.end == t.at || strcmp(t.end[-1], "]") != 0) {
            sh_error("[: no ]");
            return 2;
        }
        t.end--;
    }
    if (t.at == t.end)
        return 1;
    value = parse_or(&t);
    if (!t.error && t.at != t.end)
        fail(&t, *t.at, "unexpected");
    return t.error ? 2 : !value;
}
