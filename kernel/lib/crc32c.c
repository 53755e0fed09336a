#include "kernel/lib/crc32c.h"

#include <stdbool.h>

#include "kernel/lib/bytes.h"

#define POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41, bits reversed */
#define CPUID_SSE42 (1u << 20) /* CPUID.1:ECX, Intel SDM volume 2, CPUID */

/*
 * tables[0] is the usual table: the checksum of one byte. tables[k] is that of
 * the byte with k zero bytes behind it, so that eight bytes cost eight look-ups
 * that do not wait for each other.
 */
static uint32_t tables[8][256];

static void
make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) ? POLYNOMIAL : 0);
        tables[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++)
            tables[k][i] = tables[k - 1][i] >> 8 ^
                           tables[0][tables[k - 1][i] & 0xFF];
}

static uint32_t
eight_bytes(uint32_t crc, const uint8_t *p)
{
    uint32_t low = crc ^ le32(p), high = le32(p + 4);

    return tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^
           tables[5][low >> 16 & 0xFF] ^ tables[4][low >> 24] ^
           tables[3][high & 0xFF] ^ tables[2][high >> 8 & 0xFF] ^
           tables[1][high >> 16 & 0xFF] ^ tables[0][high >> 24];
}

uint32_t
crc32c_table(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *p = data;

    if (tables[0][1] == 0)
        make_tables();
    crc = ~crc;
    for (; size >= 8; size -= 8, p += 8)
        crc = eight_bytes(crc, p);
    for (; size > 0; size--, p++)
        crc = crc >> 8 ^ tables[0][(crc ^ *p) & 0xFF];
    return ~crc;
}

/*
 * The instruction works on general registers, so it is allowed where SIMD is
 * not. Thirty-two words a round keep the loop's own cost at an eighth.
 */
#define BLOCK 256
#define CRC_8(at) "crc32q " at "(%1), %0\n\t"
#define CRC_64(at)                                                     \
    CRC_8(at "+0") CRC_8(at "+8") CRC_8(at "+16") CRC_8(at "+24")      \
    CRC_8(at "+32") CRC_8(at "+40") CRC_8(at "+48") CRC_8(at "+56")

uint32_t
crc32c_sse42(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint64_t sum = (uint32_t)~crc;

    for (; size >= BLOCK; size -= BLOCK, p += BLOCK)
        __asm__(CRC_64("0") CRC_64("64") CRC_64("128") CRC_64("192")
                : "+r"(sum)
                : "r"(p), "m"(*(const uint8_t(*)[BLOCK])p));
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
