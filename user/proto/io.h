/*
 * The one protocol of all servers that have something to read or to write:
 * files, directories, terminals, pipes, devices.
 *
 * A session is either the root of a mounted tree, which answers the calls with
 * a path, or an open file, which keeps its offset and status flags: descriptors
 * that fork or dup share one, as POSIX wants it. When its last handle closes
 * the file is closed.
 *
 * A call's tag is one of IO_*; the answer's tag is 0 or an errno number. A
 * path is in a lease to read, without a NUL, relative to the root, "" being the
 * root itself; it has no "." or ".." (libc resolves them) and at most
 * IO_PATH_MAX bytes. A server that meets a symbolic link where it would have to
 * be followed answers with the tag IO_LINKED; word 0 says how many bytes of the
 * path lead to the link, whose text IO_READLINK tells.
 *
 * A call that would wait is answered later (SYS_REPLY_KEEP). One that is
 * cancelled (SYS_GOT_CANCEL) is answered with what was done so far, or EINTR.
 */
#ifndef USER_PROTO_IO_H
#define USER_PROTO_IO_H

#include <stdint.h>

enum io_call {
    /* --- of a root: lease 0 is a path ------------------------------------- */
    /* Word 0: O_* flags, 1: mode. The answer's first handle: the open file;
     * word 0: IO_TYPE of st_mode, word 1: inode. */
    IO_OPEN = 0x300,
    IO_STAT,     /* lease 1 (to write): struct io_stat; word 0: IO_NOFOLLOW */
    IO_MKDIR,    /* word 0: mode */
    IO_UNLINK,   /* word 0: IO_DIRECTORY for rmdir */
    IO_RENAME,   /* lease 1 (to read): the new path */
    IO_LINK,     /* lease 1 (to read): the new path */
    IO_SYMLINK,  /* lease 1 (to read): the text */
    IO_READLINK, /* lease 1 (to write): the text; word 0: its length */
    IO_CHMOD,    /* word 0: mode */
    IO_UTIME,    /* words 0, 1: access, modification in ns; IO_NOW, IO_OMIT */
    IO_STATVFS,  /* lease 1 (to write): struct io_statvfs */

    /* --- of an open file -------------------------------------------------- */
    /* Lease 0 (to write); word 0: offset, or IO_HERE. Word 0: bytes; 0 at the
     * end. */
    IO_READ,
    /* Lease 0 (to read); word 0: offset, or IO_HERE. Word 0: bytes. */
    IO_WRITE,
    /* The same for up to IO_SMALL bytes in words 1 to 5; the tag's bits 16 to
     * 23 are how many (word 0 as above). An answer of IO_READ_SMALL has the
     * bytes in words 1 to 5 and their number in word 0. */
    IO_READ_SMALL,
    IO_WRITE_SMALL,
    IO_SEEK,     /* word 0: offset, 1: SEEK_*; word 0: new offset */
    IO_FSTAT,    /* lease 0 (to write): struct io_stat */
    IO_READDIR,  /* lease 0 (to write): struct io_entry, one behind another;
                  * word 0: bytes, 0 at the end. IO_SEEK to 0 begins anew. */
    IO_TRUNCATE, /* word 0: size */
    IO_SYNC,
    IO_FCHMOD,   /* word 0: mode */
    IO_FUTIME,   /* as IO_UTIME */
    IO_FLAGS,    /* word 0: O_* to set of those that F_SETFL may, or IO_KEEP;
                  * word 0: what is set, with the access mode */
    IO_CONTROL,  /* word 0: a number of the device's; leases as it says */
    /* Word 0: offset, 1: length, 2: SYS_MAP_*. First handle: memory; word 0:
     * offset in it. */
    IO_MAP,
    /*
     * Word 0: POLL* events. Word 0: those that hold now. With a notification
     * as first handle, it gets the bits of word 1 once, when one of them holds
     * later; without one, what was armed before is forgotten.
     */
    IO_ARM,
};

#define IO_PATH_MAX  1023u
#define IO_SMALL     40u
#define IO_SMALL_TAG(call, count) ((uint64_t)(call) | (uint64_t)(count) << 16)
#define IO_TAG_CALL(tag)  ((uint32_t)(tag) & 0xFFFFu)
#define IO_TAG_COUNT(tag) ((uint32_t)(tag) >> 16 & 0xFFu)

#define IO_HERE      (~0ULL)
#define IO_KEEP      (~0ULL)
#define IO_NOW       (~0ULL)
#define IO_OMIT      (~0ULL - 1)
#define IO_NOFOLLOW  1u
#define IO_DIRECTORY 1u
#define IO_LINKED    0x10000u /* answer's tag, see above */

struct io_stat {
    uint64_t device, inode;
    uint32_t mode;     /* S_IF* and permissions */
    uint32_t links;
    uint64_t size;     /* bytes */
    uint64_t blocks;   /* of 512 bytes */
    uint64_t block_size;
    int64_t access, modification, change; /* ns since 1970 */
    uint64_t special;  /* device: which */
};

/* In IO_READDIR: each begins at a multiple of 8. */
struct io_entry {
    uint64_t inode;
    uint16_t size;   /* of this entry, all in all */
    uint8_t type;    /* S_IF* >> 12 */
    uint8_t length;  /* of name, without its NUL */
    char name[];
};

struct io_statvfs {
    uint64_t block_size, blocks, blocks_free, files, files_free;
    uint64_t name_max, flags;
    char type[16];
};

#endif
