/*
 * kernel/lib/mem.c under other names, so that the host's own library and the
 * sanitizers keep theirs. Include it last: after it, memcpy means ours.
 */
#ifndef TESTS_HOST_OWN_MEM_H
#define TESTS_HOST_OWN_MEM_H

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define strlen own_strlen
#define strcmp own_strcmp
#define strncmp own_strncmp

#include "kernel/lib/mem.h"

#endif
