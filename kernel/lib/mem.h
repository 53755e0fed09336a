/*
 * The part of ISO C's <string.h> that freestanding code needs, with the same
 * names and meaning (C11 7.24). On the host the host's own library serves.
 */
#ifndef KERNEL_LIB_MEM_H
#define KERNEL_LIB_MEM_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

#endif
