/*
 * What a program of libc finds at its start: RDI is the address of a struct
 * start, in memory of its own, written by whoever loaded it. All pointers are
 * addresses of the new program.
 */
#ifndef USER_PROTO_START_H
#define USER_PROTO_START_H

#include <stdint.h>

#define START_VERSION 1u

/* Open files: a descriptor each, in ascending order. */
struct start_file {
    int32_t fd;
    uint32_t handle; /* session */
    uint32_t mode;   /* S_IF* */
    uint32_t unused;
};

struct start {
    uint32_t version;
    int32_t argc;
    char **argv, **envp;     /* with NULL at their ends */
    const char *directory;   /* the working directory, absolute */
    const struct start_file *files;
    uint32_t file_count;
    uint32_t umask;
    uint64_t ignored, blocked; /* signals */
    uint32_t proc;           /* session to proc (user/proto/proc.h), or 0 */
    uint32_t name;           /* session to name (user/proto/name.h), or 0 */
    uint32_t table;          /* memory: the mount table, or 0 */
    uint32_t old;            /* process to end: what exec leaves behind, or 0 */
    int32_t number;          /* of the process, 0: proc does not know it */
    uint32_t close_count;
    const uint32_t *closes;  /* handles that the new program does not have */
    uint8_t random[16];
};

#endif
