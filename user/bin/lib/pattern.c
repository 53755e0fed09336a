#include "user/bin/lib/pattern.h"

#include "user/bin/lib/tool.h"

void
pattern_compile(regex_t *regex, const char *text, int flags)
{
    int error = regcomp(regex, text, flags);
    char why[128];

    if (error == 0)
        return;
    regerror(error, regex, why, sizeof(why));
    tool_fatal("%s: %s", text, why);
}

#ifdef REG_STARTEND

bool
pattern_find(const regex_t *regex, const char *text, size_t length,
             size_t from, size_t count, regmatch_t match[])
{
    regmatch_t whole;
    regmatch_t *found = count > 0 ? match : &whole;

    found[0].rm_so = (regoff_t)from;
    found[0].rm_eo = (regoff_t)length;
    return regexec(regex, text, count, found,
                   REG_STARTEND | (from > 0 ? REG_NOTBOL : 0)) == 0;
}

#else

bool
pattern_find(const regex_t *regex, const char *text, size_t length,
             size_t from, size_t count, regmatch_t match[])
{
    (void)length;
    if (regexec(regex, text + from, count, match,
                from > 0 ? REG_NOTBOL : 0) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (match[i].rm_so < 0)
            continue;
        match[i].rm_so += (regoff_t)from;
        match[i].rm_eo += (regoff_t)from;
    }
    return true;
}

#endif
