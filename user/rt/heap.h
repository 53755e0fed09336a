/*
 * Memory for servers, in pieces whose size their owner remembers: powers of
 * two from 16 bytes to 4 KiB by lists, more than that straight from the
 * kernel. What was taken for a list stays with it. One thread at a time.
 */
#ifndef USER_RT_HEAP_H
#define USER_RT_HEAP_H

#include <stddef.h>

/* Zeros, or NULL. */
void *heap_take(size_t size);

/* With the size that it was taken with. */
void heap_give(void *memory, size_t size);

#endif
