/*
 * The mount table: which server answers for which part of the tree. name
 * keeps it and publishes it as a page that all may read; libc finds the
 * longest prefix there and asks name for a session to that server once.
 *
 * A call's tag is one of NAME_*; the answer's tag is 0 or an errno number.
 */
#ifndef USER_PROTO_NAME_H
#define USER_PROTO_NAME_H

#include <stdint.h>

enum name_call {
    /* The answer's first handle: the page, to be mapped for reading. */
    NAME_TABLE = 0x200,
    /* Word 0: index in the table; word 1: its stamp. The answer's first
     * handle: a session to the server's root (user/proto/io.h). ESTALE:
     * something else is mounted there by now, look again. */
    NAME_SESSION,
    /*
     * Lease 0 (to read): path, absolute and without "." or ".."; first handle:
     * a session to the root of what is mounted there, which may be passed on.
     * What was mounted at that path before makes room: so does a server that
     * died mount anew. EPERM without NAME_MAY_MOUNT.
     */
    NAME_MOUNT,
    /* Lease 0 (to read): path. ENOENT: nothing is mounted there. */
    NAME_UNMOUNT,
};

/* The number behind "calls = name" in the manifest. */
#define NAME_MAY_MOUNT 1u

#define NAME_MOUNTS  32u
#define NAME_PREFIX  64u

struct name_mount {
    uint32_t length; /* of prefix, 0: a free place */
    uint32_t stamp;  /* another one for each mount */
    char prefix[NAME_PREFIX]; /* "/" or "/dev": no slash at the end, a NUL */
};

/* sequence is odd while the table changes, and another one afterwards: who
 * copies it looks at sequence before and behind. */
struct name_table {
    volatile uint32_t sequence;
    uint32_t count; /* places in use lie below */
    struct name_mount mounts[NAME_MOUNTS];
};

#endif
