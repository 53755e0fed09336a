#include "kernel/lib/mem.h"

#include <stdint.h>

/*
 * REP MOVSQ and REP STOSQ: microcode beats any loop that may not use SIMD
 * registers, and neither the loader nor the kernel may.
 */
void *
memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *d = to;
    size_t words = size / 8;

    __asm__ volatile("rep movsq"
                     : "+D"(d), "+S"(from), "+c"(words) : : "memory");
    size &= 7;
    __asm__ volatile("rep movsb"
                     : "+D"(d), "+S"(from), "+c"(size) : : "memory");
    return to;
}

void *
memmove(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((uintptr_t)d - (uintptr_t)s >= size)
        return memcpy(to, from, size);
    while (size-- > 0)
        d[size] = s[size];
    return to;
}

void *
memset(void *to, int byte, size_t size)
{
    void *d = to;
    uint64_t pattern = (uint8_t)byte * 0x0101010101010101ULL;
    size_t words = size / 8;

    __asm__ volatile("rep stosq"
                     : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    size &= 7;
    __asm__ volatile("rep stosb"
                     : "+D"(d), "+c"(size) : "a"(pattern) : "memory");
    return to;
}

int
memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *p = a, *q = b;

    for (size_t i = 0; i < size; i++)
        if (p[i] != q[i])
            return p[i] - q[i];
    return 0;
}

size_t
strlen(const char *s)
{
    size_t length = 0;

    while (s[length] != '\0')
        length++;
    return length;
}

int
strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int
strncmp(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i])
            return (uint8_t)a[i] - (uint8_t)b[i];
        if (a[i] == '\0')
            break;
    }
    return 0;
}
