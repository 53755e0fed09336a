#include <stdlib.h>
#include <string.h>

char *
stpcpy(char *restrict to, const char *restrict from)
{
    size_t length = strlen(from);

    memcpy(to, from, length + 1);
    return to + length;
}

char *
strcpy(char *restrict to, const char *restrict from)
{
    stpcpy(to, from);
    return to;
}

char *
stpncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strnlen(from, size);

    memcpy(to, from, length);
    memset(to + length, 0, size - length);
    return to + length;
}

char *
strncpy(char *restrict to, const char *restrict from, size_t size)
{
    stpncpy(to, from, size);
    return to;
}

char *
strcat(char *restrict to, const char *restrict from)
{
    stpcpy(to + strlen(to), from);
    return to;
}

char *
strncat(char *restrict to, const char *restrict from, size_t size)
{
    char *end = to + strlen(to);
    size_t length = strnlen(from, size);

    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

size_t
strlcpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strlen(from);

    if (size > 0) {
        size_t kept = length < size ? length : size - 1;

        memcpy(to, from, kept);
        to[kept] = '\0';
    }
    return length;
}

size_t
strlcat(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strnlen(to, size);

    return length + strlcpy(to + length, from, size - length);
}

char *
strndup(const char *s, size_t size)
{
    size_t length = strnlen(s, size);
    char *copy = malloc(length + 1);

    if (copy) {
        memcpy(copy, s, length);
        copy[length] = '\0';
    }
    return copy;
}

char *
strdup(const char *s)
{
    return strndup(s, (size_t)-1);
}

/* --- sets of characters --------------------------------------------------- */

struct set {
    unsigned long bits[4];
};

static struct set
set_of(const char *members)
{
    struct set set = {{0}};

    for (; *members; members++)
        set.bits[(unsigned char)*members / 64] |=
            1UL << (unsigned char)*members % 64;
    return set;
}

static int
has(const struct set *set, char c)
{
    return (int)(set->bits[(unsigned char)c / 64] >> (unsigned char)c % 64) &
           1;
}

size_t
strspn(const char *s, const char *accepted)
{
    struct set set = set_of(accepted);
    size_t length = 0;

    while (s[length] && has(&set, s[length]))
        length++;
    return length;
}

size_t
strcspn(const char *s, const char *rejected)
{
    struct set set = set_of(rejected);
    size_t length = 0;

    while (s[length] && !has(&set, s[length]))
        length++;
    return length;
}

char *
strpbrk(const char *s, const char *accepted)
{
    s += strcspn(s, accepted);
    return *s ? (char *)s : NULL;
}

char *
strtok_r(char *restrict s, const char *restrict separators,
         char **restrict state)
{
    char *end;

    s = s ? s : *state;
    if (!s)
        return NULL;
    s += strspn(s, separators);
    if (!*s)
        return *state = NULL;
    end = s + strcspn(s, separators);
    *state = *end ? end + 1 : NULL;
    *end = '\0';
    return s;
}

char *
strtok(char *restrict s, const char *restrict separators)
{
    static char *state;

    return strtok_r(s, separators, &state);
}

char *
strsep(char **s, const char *separators)
{
    char *start = *s, *end;

    if (!start)
        return NULL;
    end = start + strcspn(start, separators);
    *s = *end ? end + 1 : NULL;
    *end = '\0';
    return start;
}

/* --- bits ----------------------------------------------------------------- */

int
ffs(int n)
{
    return __builtin_ffs(n);
}

int
ffsl(long n)
{
    return __builtin_ffsl(n);
}

int
ffsll(long long n)
{
    return __builtin_ffsll(n);
}
