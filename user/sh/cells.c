#include "user/sh/cells.h"

#include <string.h>

void
cells_add(struct cells *cells, unsigned cell)
{
    if (cells->count == cells->size) {
        size_t size = cells->size * 2 + 32;
        cell_t *at;

        if (size > SIZE_MAX / sizeof(cell_t))
            mem_fail();
        at = arena_alloc(cells->arena, size * sizeof(cell_t));
        if (cells->count > 0)
            memcpy(at, cells->at, cells->count * sizeof(cell_t));
        cells->at = at;
        cells->size = size;
    }
    cells->at[cells->count++] = (cell_t)cell;
}

void
cells_string(struct cells *cells, const char *string, unsigned flags)
{
    for (; *string != '\0'; string++)
        cells_add(cells, (unsigned char)*string | flags);
}

char *
cells_text(const struct cells *cells, size_t from, size_t to)
{
    struct text text = { cells->arena, NULL, 0, 0 };

    for (size_t i = from; i < to; i++) {
        if ((cells->at[i] & (CELL_BREAK | CELL_NULL)) == 0)
            text_byte(&text, (char)cells->at[i]);
    }
    return text_end(&text);
}
