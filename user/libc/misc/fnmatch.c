#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* The character at s; a bad byte stands for itself, beyond Unicode. */
static int
character(const char *s, size_t *length)
{
    mbstate_t state = {0, 0, 0};
    wchar_t c = 0;

    *length = 1;
    if (!((unsigned char)*s & 0x80))
        return *s;
    *length = mbrtowc(&c, s, 4, &state);
    if (*length < (size_t)-2)
        return c;
    *length = 1;
    return 0x110000 + (unsigned char)*s;
}

static int
folded(int c, int flags)
{
    return flags & FNM_CASEFOLD && c < 0x110000 ? (int)towlower((wint_t)c)
                                                : c;
}

/* "[:name:]" at *p, after the bracket. -1: it is none. */
static int
in_class(const char **p, int c)
{
    const char *end = strstr(*p + 1, ":]");
    char name[16];
    size_t length;

    if (**p != ':' || !end)
        return -1;
    length = (size_t)(end - *p - 1);
    if (length >= sizeof name)
        return -1;
    memcpy(name, *p + 1, length);
    name[length] = '\0';
    *p = end + 2;
    return c < 128 && iswctype((wint_t)c, wctype(name));
}

/* One end of a range: a character, escaped or as [.x.] or [=x=]. */
static int
element(const char **p, int flags)
{
    size_t length;
    int c;

    if (**p == '[' && ((*p)[1] == '.' || (*p)[1] == '=')) {
        char kind = (*p)[1];

        c = character(*p + 2, &length);
        if ((*p)[2 + length] == kind && (*p)[3 + length] == ']') {
            *p += length + 4;
            return c;
        }
    }
    if (**p == '\\' && !(flags & FNM_NOESCAPE) && (*p)[1])
        ++*p;
    c = character(*p, &length);
    *p += length;
    return c;
}

/* Behind '['. Returns what follows the bracket; NULL: it is not closed. */
static const char *
bracket(const char *p, int c, int flags, bool *found)
{
    bool inverted = *p == '!' || *p == '^', first = true, any = false;

    p += inverted;
    for (; first || *p != ']'; first = false) {
        int from, to, member = -1;

        if (!*p || (*p == '/' && flags & FNM_PATHNAME))
            return NULL;
        if (p[0] == '[' && p[1] == ':') {
            const char *at = p + 1;

            member = in_class(&at, c);
            if (member >= 0) {
                p = at;
                any |= member;
                continue;
            }
        }
        from = to = element(&p, flags);
        if (p[0] == '-' && p[1] && p[1] != ']') {
            p++;
            to = element(&p, flags);
        }
        any |= (c >= from && c <= to) ||
               (folded(c, flags) >= folded(from, flags) &&
                folded(c, flags) <= folded(to, flags) &&
                flags & FNM_CASEFOLD);
    }
    *found = any != inverted;
    return p + 1;
}

/* A period that only a period matches: first of all, or behind a slash. */
static bool
is_hidden(const char *s, const char *start, int flags)
{
    return *s == '.' && flags & FNM_PERIOD &&
           (s == start || (flags & FNM_PATHNAME && s[-1] == '/'));
}

/* Match one element of the pattern, no star; NULL: no match. */
static const char *
one(const char *p, const char **s, const char *start, int flags)
{
    size_t length, skipped;
    int c = character(*s, &length);
    bool found = false;
    const char *end;

    if (*p == '?' || *p == '[') {
        if (is_hidden(*s, start, flags) || !**s ||
            (**s == '/' && flags & FNM_PATHNAME))
            return NULL;
        end = *p == '?' ? p + 1 : bracket(p + 1, c, flags, &found);
        if (end) {
            *s += length;
            return *p == '?' || found ? end : NULL;
        }
    }
    if (*p == '\\' && !(flags & FNM_NOESCAPE)) {
        p++;
        if (!*p)
            return NULL;
    }
    if (!**s || folded(character(p, &skipped), flags) != folded(c, flags))
        return NULL;
    *s += length;
    return p + skipped;
}

/* Only the last star is ever tried again: what an earlier one could take, the
 * later one can take as well. With FNM_PATHNAME that holds between slashes. */
int
fnmatch(const char *p, const char *s, int flags)
{
    const char *start = s, *star = NULL, *again = NULL, *next;
    size_t length;

    for (;;) {
        if (*p == '*') {
            if (is_hidden(s, start, flags))
                return FNM_NOMATCH;
            while (*p == '*')
                p++;
            star = p;
            again = s;
            continue;
        }
        if (!*p && (!*s || (flags & FNM_LEADING_DIR && *s == '/')))
            return 0;
        next = *p ? one(p, &s, start, flags) : NULL;
        if (next) {
            if (next[-1] == '/' && flags & FNM_PATHNAME)
                star = NULL;
            p = next;
            continue;
        }
        if (!star || !*again || (*again == '/' && flags & FNM_PATHNAME))
            return FNM_NOMATCH;
        character(again, &length);
        again += length;
        s = again;
        p = star;
    }
}
