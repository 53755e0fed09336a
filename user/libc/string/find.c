#include <stdint.h>
#include <string.h>

/*
 * Sixteen bytes at a time, from an aligned address, so that no read leaves the
 * page that the string ends in.
 */
typedef char vector __attribute__((vector_size(16), may_alias));

static unsigned
equal_bytes(const char *at, vector value)
{
    return (unsigned)__builtin_ia32_pmovmskb128(*(const vector *)at == value);
}

static vector
repeated(char c)
{
    return (vector){c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c};
}

size_t
strlen(const char *s)
{
    const char *at = (const char *)((uintptr_t)s & -16UL);
    unsigned found = equal_bytes(at, repeated(0)) >> (s - at) << (s - at);

    while (!found)
        found = equal_bytes(at += 16, repeated(0));
    return (size_t)(at + __builtin_ctz(found) - s);
}

size_t
strnlen(const char *s, size_t size)
{
    const char *end = memchr(s, 0, size);

    return end ? (size_t)(end - s) : size;
}

void *
memchr(const void *data, int c, size_t size)
{
    const char *s = data;
    const char *at = (const char *)((uintptr_t)s & -16UL);
    size_t skipped = (size_t)(s - at);
    unsigned found;

    if (size == 0)
        return NULL;
    found = equal_bytes(at, repeated((char)c)) >> skipped << skipped;
    while (!found) {
        at += 16;
        if ((size_t)(at - s) >= size)
            return NULL;
        found = equal_bytes(at, repeated((char)c));
    }
    at += __builtin_ctz(found);
    return (size_t)(at - s) < size ? (void *)at : NULL;
}

void *
rawmemchr(const void *data, int c)
{
    return memchr(data, c, SIZE_MAX);
}

void *
memrchr(const void *data, int c, size_t size)
{
    const unsigned char *s = data;

    while (size-- > 0)
        if (s[size] == (unsigned char)c)
            return (void *)(s + size);
    return NULL;
}

char *
strchrnul(const char *s, int c)
{
    const char *at = (const char *)((uintptr_t)s & -16UL);
    size_t skipped = (size_t)(s - at);
    unsigned found = equal_bytes(at, repeated((char)c)) |
                     equal_bytes(at, repeated(0));

    found = found >> skipped << skipped;
    while (!found) {
        at += 16;
        found = equal_bytes(at, repeated((char)c)) |
                equal_bytes(at, repeated(0));
    }
    return (char *)at + __builtin_ctz(found);
}

char *
strchr(const char *s, int c)
{
    char *found = strchrnul(s, c);

    return *found == (char)c ? found : NULL;
}

char *
index(const char *s, int c)
{
    return strchr(s, c);
}

char *
strrchr(const char *s, int c)
{
    return memrchr(s, c, strlen(s) + 1);
}

char *
rindex(const char *s, int c)
{
    return strrchr(s, c);
}
