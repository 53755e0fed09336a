/*
 * Text in the middle of its expansion: each byte with what its origin allows
 * to be done with it.
 */
#ifndef USER_SH_CELLS_H
#define USER_SH_CELLS_H

#include "user/sh/mem.h"

typedef uint16_t cell_t;    /* a byte, and: */

#define CELL_QUOTED 0x100u  /* is no part of a pattern */
#define CELL_SPLIT  0x200u  /* came from an expansion: IFS may split here */
#define CELL_BREAK  0x400u  /* no byte: fields end and start here */
#define CELL_NULL   0x800u  /* no byte: quotes, so there is a field */

struct cells {
    struct arena *arena;
    cell_t *at;
    size_t count, size;
};

void cells_add(struct cells *cells, unsigned cell);
void cells_string(struct cells *cells, const char *string, unsigned flags);
char *cells_text(const struct cells *cells, size_t from, size_t to);

#endif
