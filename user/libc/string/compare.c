#include <ctype.h>
#include <string.h>

typedef unsigned long word __attribute__((aligned(1), may_alias));

int
memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *p = a, *q = b;

    while (size >= 8 && *(const word *)p == *(const word *)q) {
        p += 8;
        q += 8;
        size -= 8;
    }
    for (; size > 0; size--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

int
bcmp(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size);
}

int
strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t size)
{
    for (; size > 0; size--, a++, b++) {
        if (*a != *b)
            return (unsigned char)*a - (unsigned char)*b;
        if (!*a)
            break;
    }
    return 0;
}

int
strcoll(const char *a, const char *b)
{
    return strcmp(a, b);
}

size_t
strxfrm(char *restrict to, const char *restrict from, size_t size)
{
    return strlcpy(to, from, size);
}

int
strncasecmp(const char *a, const char *b, size_t size)
{
    for (; size > 0; size--, a++, b++) {
        int left = tolower((unsigned char)*a);
        int right = tolower((unsigned char)*b);

        if (left != right || !left)
            return left - right;
    }
    return 0;
}

int
strcasecmp(const char *a, const char *b)
{
    return strncasecmp(a, b, (size_t)-1);
}

/* A run of digits that starts with 0 is a fraction, and sorts before others. */
static int
compare_digits(const unsigned char *a, const unsigned char *b, int fraction)
{
    size_t left = 0, right = 0;

    while (isdigit(a[left]))
        left++;
    while (isdigit(b[right]))
        right++;
    if (!fraction && left != right)
        return left < right ? -1 : 1;
    return 0;
}

int
strverscmp(const char *first, const char *second)
{
    const unsigned char *a = (const void *)first, *b = (const void *)second;
    size_t at = 0, start = 0;
    int zeros = 1; /* the run so far is nothing but zeros */

    for (; a[at] == b[at]; at++) {
        if (!a[at])
            return 0;
        if (!isdigit(a[at])) {
            start = at + 1;
            zeros = 1;
        } else if (a[at] != '0') {
            zeros = 0;
        }
    }
    if (start < at && zeros) { /* leading zeros before the difference */
        if (!isdigit(a[at]) || !isdigit(b[at])) {
            if (isdigit(a[at]) != isdigit(b[at]))
                return isdigit(a[at]) ? -1 : 1;
            return a[at] - b[at];
        }
        return a[at] - b[at];
    }
    if (isdigit(a[at]) && isdigit(b[at]) && start == at &&
        (a[at] == '0' || b[at] == '0'))
        return a[at] - b[at];
    if ((isdigit(a[at]) && isdigit(b[at])) ||
        (start < at && (isdigit(a[at]) || isdigit(b[at])))) {
        int order = compare_digits(a + at, b + at, 0);

        if (order)
            return order;
    }
    return a[at] - b[at];
}
