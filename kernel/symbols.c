#include "kernel/symbols.h"

#include "kernel/lib/mem.h"

const char *
symbol_find(uint64_t offset, uint64_t *into)
{
    const char *name = symbol_names;
    uint32_t low = 0, high = symbol_count;

    /* Everything before low is at or below offset, from high on above it. */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (symbol_offsets[middle] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    for (uint32_t i = 0; i < low - 1; i++)
        name += strlen(name) + 1;
    *into = offset - symbol_offsets[low - 1];
    return name;
}
