/*
 * Random expressions on random text: is there a match, and where. Groups are
 * compared where no two libraries can differ; of what is ambiguous, glibc
 * does not always find what POSIX asks for (test_regex.c has such cases).
 */
#include "compare.h"

#include <regex.h>

static char pattern[64], text[32];

static char *
piece(char *at, int extended, int depth)
{
    static const char *const atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]",
        "[[:alpha:]]", "x", "ab", "[a-c]", "\\."};
    static const char *const repeats[] = {"*", "+", "?", "{2}", "{1,2}",
                                          "{0,1}", "{2,}"};

    if (depth < 2 && random_below(4) == 0) {
        at += sprintf(at, extended ? "(" : "\\(");
        at = piece(at, extended, depth + 1);
        if (extended && random_below(2)) {
            *at++ = '|';
            at = piece(at, extended, depth + 1);
        }
        at += sprintf(at, extended ? ")" : "\\)");
    } else {
        at += sprintf(at, "%s", atoms[random_below(COUNT(atoms))]);
        if (random_below(3) == 0)
            at += sprintf(at, "%s", extended ? repeats[random_below(7)] : "*");
    }
    if (at - pattern < 24 && random_below(2))
        at = piece(at, extended, depth);
    return at;
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    for (int i = 0; i < 6000; i++) {
        int extended = (int)random_below(2) * REG_EXTENDED;
        int flags = (random_below(4) == 0) * REG_ICASE |
                    (random_below(4) == 0) * REG_NEWLINE;
        char *at = pattern;
        regmatch_t found[1];
        regex_t regex;
        int error;

        if (random_below(6) == 0)
            *at++ = '^';
        at = piece(at, extended, 0);
        if (random_below(6) == 0)
            *at++ = '$';
        *at = '\0';
        error = regcomp(&regex, pattern, extended | flags);
        printf("%s %d: %d", pattern, extended | flags, error);
        for (int k = 0; !error && k < 8; k++) {
            unsigned length = random_below(12);

            for (unsigned j = 0; j < length; j++)
                text[j] = "aabbbcxABd.\n"[random_below(12)];
            text[length] = '\0';
            error = regexec(&regex, text, 1, found, 0);
            printf(" %d %d %d", error, error ? 0 : (int)found[0].rm_so,
                   error ? 0 : (int)found[0].rm_eo);
            error = 0;
        }
        printf("\n");
        if (!error)
            regfree(&regex);
    }
    return 0;
}
