/* Walking through bytes in blocks, for od and hexdump. */
#ifndef USER_BIN_LIB_DUMP_H
#define USER_BIN_LIB_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUMP_BYTES 16 /* of a block, the last of which may have fewer */

struct dump {
    uintmax_t skip; /* bytes at the start that are left out */
    uintmax_t most; /* bytes to show */
    bool all;       /* else blocks equal to the one before are one "*" */
    void (*put)(const unsigned char *bytes, size_t count, uintmax_t at);
};

/*
 * Show the files named, put together, or the standard input without any.
 * Returns the address behind the last byte. To skip more than there is, is
 * an error.
 */
uintmax_t dump_files(const struct dump *dump, char **names, int count);

/* The number that count bytes make, the first of them the lowest. */
uintmax_t dump_number(const unsigned char *bytes, size_t count);

#endif
