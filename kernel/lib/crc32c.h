/*
 * CRC-32C (Castagnoli), as in RFC 3720 appendix B.4 and SSE4.2's CRC32.
 *
 * crc32c(0, data, size) is the checksum of data; feed the result back as crc
 * to go on where an earlier call stopped.
 */
#ifndef KERNEL_LIB_CRC32C_H
#define KERNEL_LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The two ways to compute it, for tests; crc32c() picks by CPUID. */
uint32_t crc32c_table(uint32_t crc, const void *data, size_t size);
uint32_t crc32c_sse42(uint32_t crc, const void *data, size_t size);

#endif
