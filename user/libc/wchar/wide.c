#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

size_t
wcslen(const wchar_t *s)
{
    size_t length = 0;

    while (s[length])
        length++;
    return length;
}

size_t
wcsnlen(const wchar_t *s, size_t size)
{
    size_t length = 0;

    while (length < size && s[length])
        length++;
    return length;
}

wchar_t *
wmemcpy(wchar_t *restrict to, const wchar_t *restrict from, size_t count)
{
    return memcpy(to, from, count * sizeof *to);
}

wchar_t *
wmemmove(wchar_t *to, const wchar_t *from, size_t count)
{
    return memmove(to, from, count * sizeof *to);
}

wchar_t *
wmemset(wchar_t *to, wchar_t c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = c;
    return to;
}

int
wmemcmp(const wchar_t *a, const wchar_t *b, size_t count)
{
    for (; count > 0; count--, a++, b++)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

wchar_t *
wmemchr(const wchar_t *s, wchar_t c, size_t count)
{
    for (; count > 0; count--, s++)
        if (*s == c)
            return (wchar_t *)s;
    return NULL;
}

wchar_t *
wcpcpy(wchar_t *restrict to, const wchar_t *restrict from)
{
    size_t length = wcslen(from);

    return wmemcpy(to, from, length + 1) + length;
}

wchar_t *
wcscpy(wchar_t *restrict to, const wchar_t *restrict from)
{
    wcpcpy(to, from);
    return to;
}

wchar_t *
wcsncpy(wchar_t *restrict to, const wchar_t *restrict from, size_t size)
{
    size_t length = wcsnlen(from, size);

    wmemcpy(to, from, length);
    wmemset(to + length, 0, size - length);
    return to;
}

wchar_t *
wcscat(wchar_t *restrict to, const wchar_t *restrict from)
{
    wcscpy(to + wcslen(to), from);
    return to;
}

wchar_t *
wcsncat(wchar_t *restrict to, const wchar_t *restrict from, size_t size)
{
    wchar_t *end = to + wcslen(to);
    size_t length = wcsnlen(from, size);

    wmemcpy(end, from, length)[length] = 0;
    return to;
}

wchar_t *
wcsdup(const wchar_t *s)
{
    size_t size = wcslen(s) + 1;
    wchar_t *copy = reallocarray(NULL, size, sizeof *copy);

    return copy ? wmemcpy(copy, s, size) : NULL;
}

int
wcsncmp(const wchar_t *a, const wchar_t *b, size_t size)
{
    for (; size > 0; size--, a++, b++) {
        if (*a != *b)
            return *a < *b ? -1 : 1;
        if (!*a)
            break;
    }
    return 0;
}

int
wcscmp(const wchar_t *a, const wchar_t *b)
{
    return wcsncmp(a, b, (size_t)-1);
}

int
wcscoll(const wchar_t *a, const wchar_t *b)
{
    return wcscmp(a, b);
}

int
wcsncasecmp(const wchar_t *a, const wchar_t *b, size_t size)
{
    for (; size > 0; size--, a++, b++) {
        wint_t left = towlower((wint_t)*a), right = towlower((wint_t)*b);

        if (left != right || !left)
            return left < right ? -1 : left > right;
    }
    return 0;
}

int
wcscasecmp(const wchar_t *a, const wchar_t *b)
{
    return wcsncasecmp(a, b, (size_t)-1);
}

wchar_t *
wcschr(const wchar_t *s, wchar_t c)
{
    return wmemchr(s, c, wcslen(s) + 1);
}

wchar_t *
wcsrchr(const wchar_t *s, wchar_t c)
{
    for (size_t i = wcslen(s) + 1; i-- > 0;)
        if (s[i] == c)
            return (wchar_t *)(s + i);
    return NULL;
}

size_t
wcsspn(const wchar_t *s, const wchar_t *accepted)
{
    size_t length = 0;

    while (s[length] && wcschr(accepted, s[length]))
        length++;
    return length;
}

size_t
wcscspn(const wchar_t *s, const wchar_t *rejected)
{
    size_t length = 0;

    while (s[length] && !wcschr(rejected, s[length]))
        length++;
    return length;
}

wchar_t *
wcspbrk(const wchar_t *s, const wchar_t *accepted)
{
    s += wcscspn(s, accepted);
    return *s ? (wchar_t *)s : NULL;
}

wchar_t *
wcsstr(const wchar_t *text, const wchar_t *needle)
{
    size_t size = wcslen(needle);

    for (;; text++) {
        if (wcsncmp(text, needle, size) == 0)
            return (wchar_t *)text;
        if (!*text)
            return NULL;
    }
}

wchar_t *
wcstok(wchar_t *restrict s, const wchar_t *restrict separators,
       wchar_t **restrict state)
{
    wchar_t *end;

    s = s ? s : *state;
    if (!s)
        return NULL;
    s += wcsspn(s, separators);
    if (!*s)
        return *state = NULL;
    end = s + wcscspn(s, separators);
    *state = *end ? end + 1 : NULL;
    *end = 0;
    return s;
}

/* --- numbers: a number is ASCII, so it is read as such -------------------- */

/* What may be a number, as a string on the heap; NULL: no memory. */
static char *
ascii_part(const wchar_t *s, size_t *blanks)
{
    size_t length = 0;
    char *text;

    *blanks = 0;
    while (iswspace((wint_t)s[*blanks]))
        ++*blanks;
    s += *blanks;
    while (s[length] > 0 && s[length] < 128)
        length++;
    text = malloc(length + 1);
    for (size_t i = 0; text && i < length; i++)
        text[i] = (char)s[i];
    if (text)
        text[length] = '\0';
    return text;
}

#define WIDE_NUMBER(type, name, narrow, parameters, arguments)          \
    type name parameters                                                \
    {                                                                   \
        size_t blanks;                                                  \
        char *text = ascii_part(s, &blanks), *stop = text;              \
        type value = 0;                                                 \
                                                                        \
        if (text)                                                       \
            value = narrow arguments;                                   \
        if (end)                                                        \
            *end = (wchar_t *)s +                                       \
                   (stop == text ? 0 : blanks + (size_t)(stop - text)); \
        free(text);                                                     \
        return value;                                                   \
    }

WIDE_NUMBER(long, wcstol, strtol,
            (const wchar_t *restrict s, wchar_t **restrict end, int base),
            (text, &stop, base))
WIDE_NUMBER(long long, wcstoll, strtoll,
            (const wchar_t *restrict s, wchar_t **restrict end, int base),
            (text, &stop, base))
WIDE_NUMBER(unsigned long, wcstoul, strtoul,
            (const wchar_t *restrict s, wchar_t **restrict end, int base),
            (text, &stop, base))
WIDE_NUMBER(unsigned long long, wcstoull, strtoull,
            (const wchar_t *restrict s, wchar_t **restrict end, int base),
            (text, &stop, base))
WIDE_NUMBER(double, wcstod, strtod,
            (const wchar_t *restrict s, wchar_t **restrict end),
            (text, &stop))
