/* Expressions with what POSIX says they match, groups included. */
#include "compare.h"

#include <regex.h>
#include <time.h>

struct example {
    int flags;
    const char *pattern, *text, *found; /* "0-3,1-2,?-?" or an error */
};

#define E REG_EXTENDED
static const struct example examples[] = {
    {E, "abc", "xabcy", "1-4"},
    {E, "", "abc", "0-0"},
    {E, "a|ab|abc", "abcd", "0-3"},
    {E, "(a|ab)(c|bcd)(d*)", "abcd", "0-4,0-2,2-3,3-4"},
    {E, "(a*)(ab)*(b*)", "abb", "0-3,0-1,?-?,1-3"},
    {E, "(a+|b)*", "ab", "0-2,1-2"},
    {E, "(a?)(ab)?", "ab", "0-2,0-0,0-2"},
    {E, "x(a|b)*y", "xabaay", "0-6,4-5"},
    {E, "((a)|(b))*", "ab", "0-2,1-2,?-?,1-2"},
    {E, "(foo|foobar)(bar)?", "foobar", "0-6,0-6,?-?"},
    {E, "^$", "", "0-0"},
    {E, "a{2,3}", "aaaa", "0-3"},
    {E, "(ab){2}", "ababab", "0-4,2-4"},
    {E, "a{0}b", "ab", "1-2"},
    {E, "[]a]+", "]a]", "0-3"},
    {E, "[^]a]+", "]bc", "1-3"},
    {E, "[a\\]+", "a\\", "0-2"},
    {E, "[[:digit:]-]+", "a1-2", "1-4"},
    {E, "\\<b\\w*\\>", "ab bc", "3-5"},
    {E, "a.c", "a\xc3\xa4" "c", "0-4"},
    {E, "[\xc3\xa4\xc3\xb6]$", "x\xc3\xb6", "1-3"},
    {E, "(", "", "error 8"},
    {E, "a)", "a)", "0-2"},
    {E, "[a", "", "error 7"},
    {E, "a{2", "", "error 9"},
    {E, "a{2,1}", "", "error 10"},
    {E, "[b-a]", "", "error 11"},
    {E, "[[:nothing:]]", "", "error 4"},
    {E, "a\\", "", "error 5"},
    {E, "a|*b", "x*b", "1-3"},
    {E | REG_ICASE, "aB[c-d]", "AbD", "0-3"},
    {E | REG_NEWLINE, "^b.$", "a\nbc\nd", "2-4"},
    {E | REG_NEWLINE, "a.b", "a\nb", "none"},
    {E, "a.b", "a\nb", "0-3"},
    {0, "a\\{2\\}", "caaa", "1-3"},
    {0, "\\(a\\)\\1", "baa", "1-3,1-2"},
    {0, "\\(a*\\)b\\1", "aabaa", "0-5,0-2"},
    {0, "\\(.\\)\\(.\\)\\2\\1", "xabbay", "1-5,1-2,2-3"},
    {0, "*a", "*a", "0-2"},
    {0, "\\(*a\\)", "*a", "0-2,0-2"},
    {0, "^*a", "*a", "0-2"},
    {0, "a\\|b", "b", "0-1"},
    {0, "a\\+", "caa", "1-3"},
    {0, "a^b$c", "a^b$c", "0-5"},
    {0, "\\(^a\\)", "ba", "none"},
    {0, "a+b?", "a+b?", "0-4"},
    {0, "\\2", "", "error 6"},
    {0, "\\(a", "", "error 8"},
};

static void
result_text(char *to, const regex_t *regex, int error, const regmatch_t *found)
{
    if (error) {
        sprintf(to, error == REG_NOMATCH ? "none" : "error %d", error);
        return;
    }
    for (size_t i = 0; i <= regex->re_nsub; i++) {
        to += sprintf(to, "%s", i ? "," : "");
        to += found[i].rm_so < 0
                  ? sprintf(to, "?-?")
                  : sprintf(to, "%d-%d", (int)found[i].rm_so,
                            (int)found[i].rm_eo);
    }
}

/* What takes time 2^n with trial and error. */
static int
explosions(void)
{
    static char text[20001];
    clock_t start = clock();
    regex_t regex;
    int bad = 0;

    memset(text, 'a', 20000);
    bad += regcomp(&regex, "(a*)*(a*)*(a|aa)*b", REG_EXTENDED) != 0;
    bad += regexec(&regex, text, 0, NULL, 0) != REG_NOMATCH;
    regfree(&regex);
    bad += regcomp(&regex, "((a?){40}){20}a{200}$", REG_EXTENDED) != 0;
    bad += regexec(&regex, text, 0, NULL, 0) != 0;
    regfree(&regex);
    bad += regcomp(&regex, "((((a{99}){99}){99}){99}){99}", REG_EXTENDED) !=
           REG_ESPACE;
    return bad + (clock() - start > 10 * CLOCKS_PER_SEC);
}

int
main(void)
{
    int bad = 0;

    for (size_t i = 0; i < COUNT(examples); i++) {
        const struct example *e = &examples[i];
        regmatch_t found[10];
        char got[100];
        regex_t regex;
        int error = regcomp(&regex, e->pattern, e->flags);
        int compiled = !error;

        if (compiled)
            error = regexec(&regex, e->text, 10, found, 0);
        result_text(got, &regex, error, found);
        if (strcmp(got, e->found) != 0) {
            printf("%s on %s: %s, not %s\n", e->pattern, e->text, got,
                   e->found);
            bad++;
        }
        if (compiled)
            regfree(&regex);
    }
    bad += explosions();
    printf("%d failures\n", bad);
    return bad != 0;
}
