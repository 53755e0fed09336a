/*
 * Little-endian fields in byte arrays.
 *
 * Every on-disk and firmware structure is read through these, byte by byte:
 * no packed structs, no alignment surprises, the same code on any host.
 * Inlined even where size is all, for then each is one load or store.
 */
#ifndef KERNEL_LIB_BYTES_H
#define KERNEL_LIB_BYTES_H

#include <stdint.h>

#define BYTES_INLINE static inline __attribute__((always_inline))

BYTES_INLINE uint16_t
le16(const void *field)
{
    const uint8_t *p = field;

    return (uint16_t)(p[0] | p[1] << 8);
}

BYTES_INLINE uint32_t
le32(const void *field)
{
    const uint8_t *p = field;

    return le16(p) | (uint32_t)le16(p + 2) << 16;
}

BYTES_INLINE uint64_t
le64(const void *field)
{
    const uint8_t *p = field;

    return le32(p) | (uint64_t)le32(p + 4) << 32;
}

BYTES_INLINE void
put_le16(void *field, uint16_t value)
{
    uint8_t *p = field;

    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

BYTES_INLINE void
put_le32(void *field, uint32_t value)
{
    put_le16(field, (uint16_t)value);
    put_le16((uint8_t *)field + 2, (uint16_t)(value >> 16));
}

BYTES_INLINE void
put_le64(void *field, uint64_t value)
{
    put_le32(field, (uint32_t)value);
    put_le32((uint8_t *)field + 4, (uint32_t)(value >> 32));
}

#undef BYTES_INLINE

#endif
