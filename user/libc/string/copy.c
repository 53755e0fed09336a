#include <string.h>

/*
 * Up to 32 bytes go as two pieces that may overlap; more as blocks of 16, the
 * last of which overlaps; what is long as REP MOVSB, which microcode does best.
 */
typedef long long vector __attribute__((vector_size(16), aligned(1),
                                        may_alias));
typedef unsigned long word __attribute__((aligned(1), may_alias));
typedef unsigned half __attribute__((aligned(1), may_alias));
typedef unsigned short quarter __attribute__((aligned(1), may_alias));

#define LONG 512

static void
copy_short(char *to, const char *from, size_t size)
{
    if (size >= 8) {
        word a = *(const word *)from, b = *(const word *)(from + size - 8);

        *(word *)to = a;
        *(word *)(to + size - 8) = b;
    } else if (size >= 4) {
        half a = *(const half *)from, b = *(const half *)(from + size - 4);

        *(half *)to = a;
        *(half *)(to + size - 4) = b;
    } else if (size >= 2) {
        quarter a = *(const quarter *)from;
        quarter b = *(const quarter *)(from + size - 2);

        *(quarter *)to = a;
        *(quarter *)(to + size - 2) = b;
    } else if (size == 1) {
        *to = *from;
    }
}

void *
memcpy(void *restrict to, const void *restrict from, size_t size)
{
    char *d = to;
    const char *s = from;
    vector last;

    if (size < 16) {
        copy_short(d, s, size);
        return to;
    }
    if (size >= LONG) {
        __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(size)
                         : : "memory");
        return to;
    }
    last = *(const vector *)(s + size - 16);
    for (size_t i = 0; i < size - 16; i += 16)
        *(vector *)(d + i) = *(const vector *)(s + i);
    *(vector *)(d + size - 16) = last;
    return to;
}

void *
memmove(void *to, const void *from, size_t size)
{
    char *d = to;
    const char *s = from;
    vector first;

    if (size < 16) {
        copy_short(d, s, size);
        return to;
    }
    if ((size_t)(d - s) >= size && (size_t)(s - d) >= size)
        return memcpy(to, from, size);
    if (d < s) {
        vector last = *(const vector *)(s + size - 16);

        for (size_t i = 0; i < size - 16; i += 16)
            *(vector *)(d + i) = *(const vector *)(s + i);
        *(vector *)(d + size - 16) = last;
        return to;
    }
    first = *(const vector *)s;
    for (size_t i = size - 16; i > 0; i = i > 16 ? i - 16 : 0)
        *(vector *)(d + i) = *(const vector *)(s + i);
    *(vector *)d = first;
    return to;
}

void *
memset(void *to, int byte, size_t size)
{
    char *d = to;
    unsigned long pattern = (unsigned char)byte * 0x0101010101010101UL;
    vector value = {(long long)pattern, (long long)pattern};

    if (size < 16) {
        copy_short(d, (const char *)&value, size);
        return to;
    }
    if (size >= LONG) {
        __asm__ volatile("rep stosb" : "+D"(d), "+c"(size) : "a"(byte)
                         : "memory");
        return to;
    }
    for (size_t i = 0; i < size - 16; i += 16)
        *(vector *)(d + i) = value;
    *(vector *)(d + size - 16) = value;
    return to;
}

void *
mempcpy(void *restrict to, const void *restrict from, size_t size)
{
    return (char *)memcpy(to, from, size) + size;
}

void
bcopy(const void *from, void *to, size_t size)
{
    memmove(to, from, size);
}

void
bzero(void *to, size_t size)
{
    memset(to, 0, size);
}

void
explicit_bzero(void *to, size_t size)
{
    memset(to, 0, size);
    __asm__ volatile("" : : "r"(to) : "memory");
}

void *
memccpy(void *restrict to, const void *restrict from, int c, size_t size)
{
    const char *end = memchr(from, c, size);

    if (!end) {
        memcpy(to, from, size);
        return NULL;
    }
    return mempcpy(to, from, (size_t)(end - (const char *)from) + 1);
}
