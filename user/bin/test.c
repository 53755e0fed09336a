/* test and [: tells by its status whether something is so. */
#include "user/bin/lib/format.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS ""

static char **words;
static int count, at;

static bool
is(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

/* --- primaries -------------------------------------------------------------*/

static bool
is_unary(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && word[2] == '\0' &&
           strchr("bcdefgGhkLnOprsStuwxz", word[1]) != NULL;
}

static bool
is_binary(const char *word)
{
    static const char *const words_known[] = {
        "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge",
        "-nt", "-ot", "-ef",
    };

    for (size_t i = 0; i < sizeof(words_known) / sizeof(*words_known); i++)
        if (is(word, words_known[i]))
            return true;
    return false;
}

static bool
has_mode(char letter, mode_t mode)
{
    switch (letter) {
    case 'b': return S_ISBLK(mode);
    case 'c': return S_ISCHR(mode);
    case 'd': return S_ISDIR(mode);
    case 'f': return S_ISREG(mode);
    case 'p': return S_ISFIFO(mode);
    case 'S': return S_ISSOCK(mode);
    case 'g': return (mode & S_ISGID) != 0;
    case 'k': return (mode & S_ISVTX) != 0;
    case 'u': return (mode & S_ISUID) != 0;
    default: return true; /* -e */
    }
}

/* What is too large for any number is the largest one. */
static intmax_t
number(const char *word)
{
    char *end;
    intmax_t value = strtoimax(word, &end, 10);

    if (end == word || end[strspn(end, " \t\n")] != '\0')
        tool_fatal("%s: a number is expected", word);
    return value;
}

static bool
unary(char letter, const char *word)
{
    struct stat info;

    switch (letter) {
    case 'n': return *word != '\0';
    case 'z': return *word == '\0';
    case 'r': return access(word, R_OK) == 0;
    case 'w': return access(word, W_OK) == 0;
    case 'x': return access(word, X_OK) == 0;
    case 't': return isatty((int)number(word));
    case 'h':
    case 'L': return lstat(word, &info) == 0 && S_ISLNK(info.st_mode);
    }
    if (stat(word, &info) != 0)
        return false;
    if (letter == 's')
        return info.st_size > 0;
    if (letter == 'O')
        return info.st_uid == geteuid();
    if (letter == 'G')
        return info.st_gid == getegid();
    return has_mode(letter, info.st_mode);
}

static bool
compare_numbers(const char *left, const char *operator, const char *right)
{
    intmax_t a = number(left), b = number(right);

    if (is(operator, "-eq"))
        return a == b;
    if (is(operator, "-ne"))
        return a != b;
    if (is(operator, "-lt"))
        return a < b;
    if (is(operator, "-le"))
        return a <= b;
    return is(operator, "-gt") ? a > b : a >= b;
}

/* -nt: a file that is there is newer than one that is not. */
static bool
compare_files(const char *left, const char *operator, const char *right)
{
    struct stat a, b;
    bool has_a = stat(left, &a) == 0, has_b = stat(right, &b) == 0;
    struct timespec x, y;

    if (is(operator, "-ef"))
        return has_a && has_b && path_same(&a, &b);
    if (!has_a || !has_b)
        return is(operator, "-nt") ? has_a && !has_b : has_b && !has_a;
    x = is(operator, "-nt") ? a.st_mtim : b.st_mtim;
    y = is(operator, "-nt") ? b.st_mtim : a.st_mtim;
    return x.tv_sec > y.tv_sec ||
           (x.tv_sec == y.tv_sec && x.tv_nsec > y.tv_nsec);
}

static bool
binary(const char *left, const char *operator, const char *right)
{
    if (is(operator, "=") || is(operator, "=="))
        return is(left, right);
    if (is(operator, "!="))
        return !is(left, right);
    if (is(operator, "<"))
        return strcmp(left, right) < 0;
    if (is(operator, ">"))
        return strcmp(left, right) > 0;
    if (is(operator, "-nt") || is(operator, "-ot") || is(operator, "-ef"))
        return compare_files(left, operator, right);
    return compare_numbers(left, operator, right);
}

/* --- expressions: or, and, not, parentheses --------------------------------*/

static bool read_or(void);

static bool
read_primary(void)
{
    int left = count - at;
    bool value;

    if (left == 0)
        tool_fatal("an expression is missing");
    if (left >= 3 && is_binary(words[at + 1])) {
        at += 3;
        return binary(words[at - 3], words[at - 2], words[at - 1]);
    }
    if (left >= 2 && is(words[at], "!")) {
        at++;
        return !read_primary();
    }
    if (left >= 2 && is(words[at], "(")) {
        at++;
        value = read_or();
        if (at == count || !is(words[at++], ")"))
            tool_fatal("')' is missing");
        return value;
    }
    if (left >= 2 && is_unary(words[at])) {
        at += 2;
        return unary(words[at - 2][1], words[at - 1]);
    }
    return *words[at++] != '\0';
}

static bool
read_and(void)
{
    bool value = read_primary();

    while (at < count && is(words[at], "-a")) {
        at++;
        value = read_primary() && value;
    }
    return value;
}

static bool
read_or(void)
{
    bool value = read_and();

    while (at < count && is(words[at], "-o")) {
        at++;
        value = read_and() || value;
    }
    return value;
}

static bool
read_all(void)
{
    bool value = read_or();

    if (at < count)
        tool_fatal("%s: an operator is expected", words[at]);
    return value;
}

/*
 * POSIX decides by the number of words first, so that "test -n = -n" and
 * "test ! ! !" mean the same whatever the words are.
 */
static bool
evaluate(char **from, int number_of)
{
    bool in_parentheses = number_of >= 3 && is(from[0], "(") &&
                          is(from[number_of - 1], ")");

    words = from;
    count = number_of;
    at = 0;
    if (count == 0)
        return false;
    if (count == 1)
        return *from[0] != '\0';
    if (count == 2 && !is(from[0], "!") && !is_unary(from[0]))
        tool_fatal("%s: an operator is expected", from[0]);
    if (count == 3 && is_binary(from[1]))
        return binary(from[0], from[1], from[2]);
    if (count == 3 && is(from[1], "-a"))
        return *from[0] != '\0' && *from[2] != '\0';
    if (count == 3 && is(from[1], "-o"))
        return *from[0] != '\0' || *from[2] != '\0';
    if (count <= 4 && is(from[0], "!"))
        return !evaluate(from + 1, number_of - 1);
    if (count <= 4 && in_parentheses)
        return evaluate(from + 1, number_of - 2);
    return read_all();
}

int
main(int argc, char **argv)
{
    const char *name = path_last(argv[0]);

    tool_start(2);
    if (is(name, "[")) {
        if (argc == 2)
            tool_answer(argv[1]);
        if (!is(argv[argc - 1], "]"))
            tool_fatal("']' is missing");
        argc--;
    }
    return evaluate(argv + 1, argc - 1) ? 0 : 1;
}
