#include "kernel/lib/crc32c.h"

#include <stdbool.h>

#define POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41, bits reversed */
#define CPUID_SSE42 (1u << 20) /* CPUID.1:ECX, Intel SDM volume 2, CPUID */

static uint32_t table[256];

static void
make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) ? POLYNOMIAL : 0);
        table[i] = crc;
    }
}

uint32_t
crc32c_table(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *p = data;

    if (table[1] == 0)
        make_table();
    crc = ~crc;
    while (size-- > 0)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 0xFF];
    return ~crc;
}

/*
 * The instruction works on general registers, so it is allowed where SIMD is
 * not. Eight words a round keep the loop's own cost below a fifth.
 */
uint32_t
crc32c_sse42(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint64_t sum = (uint32_t)~crc;

    for (; size >= 64; size -= 64, p += 64)
        __asm__("crc32q 0(%1), %0\n\tcrc32q 8(%1), %0\n\t"
                "crc32q 16(%1), %0\n\tcrc32q 24(%1), %0\n\t"
                "crc32q 32(%1), %0\n\tcrc32q 40(%1), %0\n\t"
                "crc32q 48(%1), %0\n\tcrc32q 56(%1), %0"
                : "+r"(sum)
                : "r"(p), "m"(*(const uint8_t(*)[64])p));
    for (; size > 0; size--, p++)
        __asm__("crc32b %1, %0" : "+r"(sum) : "m"(*p));
    return ~(uint32_t)sum;
}

static bool
has_sse42(void)
{
    static int known = -1;
    uint32_t a = 1, b, c = 0, d;

    if (known < 0) {
        __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        known = (c & CPUID_SSE42) != 0;
    }
    return known;
}

uint32_t
crc32c(uint32_t crc, const void *data, size_t size)
{
    return has_sse42() ? crc32c_sse42(crc, data, size)
                       : crc32c_table(crc, data, size);
}
