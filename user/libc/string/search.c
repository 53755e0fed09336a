#include <ctype.h>
#include <string.h>

/*
 * Two-way search (Crochemore and Perrin, "Two-way string-matching", Journal of
 * the ACM 38, 1991): the needle is cut at a critical place; right part forward
 * first, then the left part backward. Linear time, no memory.
 */

/* The start of the greatest suffix under < or, reversed, >; its period. */
static size_t
greatest_suffix(const unsigned char *s, size_t size, int reversed,
                size_t *period)
{
    size_t start = 0, other = 1, matched = 0;

    *period = 1;
    while (other + matched < size) {
        unsigned char a = s[start + matched], b = s[other + matched];

        if (a == b) {
            if (++matched == *period) {
                other += *period;
                matched = 0;
            }
        } else if ((b < a) != (reversed != 0)) {
            other += matched + 1;
            matched = 0;
            *period = other - start;
        } else {
            start = other++;
            matched = 0;
            *period = 1;
        }
    }
    return start;
}

static size_t
critical_place(const unsigned char *s, size_t size, size_t *period)
{
    size_t other_period;
    size_t a = greatest_suffix(s, size, 0, period);
    size_t b = greatest_suffix(s, size, 1, &other_period);

    if (a >= b)
        return a;
    *period = other_period;
    return b;
}

static void *
two_way(const unsigned char *text, size_t text_size, const unsigned char *s,
        size_t size)
{
    size_t period, cut = critical_place(s, size, &period);
    int periodic = cut + period <= size && memcmp(s, s + period, cut) == 0;
    size_t known = 0; /* of a periodic needle: bytes known to match */
    size_t shift, at = 0;

    shift = periodic ? period : (cut > size - cut ? cut : size - cut) + 1;
    while (at + size <= text_size) {
        size_t i = cut > known ? cut : known;

        while (i < size && s[i] == text[at + i])
            i++;
        if (i < size) {
            at += i - cut + 1;
            known = 0;
            continue;
        }
        for (i = cut; i > known && s[i - 1] == text[at + i - 1];)
            i--;
        if (i <= known)
            return (void *)(text + at);
        at += shift;
        known = periodic ? size - period : 0;
    }
    return NULL;
}

void *
memmem(const void *text, size_t text_size, const void *needle, size_t size)
{
    const unsigned char *from = text, *s = needle;
    const unsigned char *first;

    if (size == 0)
        return (void *)text;
    if (size > text_size)
        return NULL;
    first = memchr(from, s[0], text_size - size + 1);
    if (!first || size == 1)
        return (void *)first;
    return two_way(first, text_size - (size_t)(first - from), s, size);
}

char *
strstr(const char *text, const char *needle)
{
    char *first = *needle ? strchr(text, *needle) : (char *)text;

    if (!first || !*needle || !needle[1])
        return first;
    return memmem(first, strlen(first), needle, strlen(needle));
}

char *
strcasestr(const char *text, const char *needle)
{
    size_t size = strlen(needle);

    for (;; text++) {
        if (strncasecmp(text, needle, size) == 0)
            return (char *)text;
        if (!*text)
            return NULL;
    }
}
