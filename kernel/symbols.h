/*
 * From an address in the kernel to the name of its function, for back traces.
 * scripts/mksymbols makes the table; the last link puts it in.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

extern const uint32_t symbol_count;
extern const uint32_t symbol_offsets[]; /* rising; one more at the end */
extern const char symbol_names[];       /* NUL after each, same order */

/*
 * The function that an offset in the image lies in, and how far into it.
 * Returns NULL before the first function or without a table.
 */
const char *symbol_find(uint64_t offset, uint64_t *into);

#endif
