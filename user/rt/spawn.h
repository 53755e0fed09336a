/*
 * Starting a process from an ELF file in memory.
 *
 * The file is a memory object, or a part of one, that the caller has mapped
 * for reading. What need not be written is mapped from the object in place;
 * the file's part of writable segments is a private mapping of it if it ends
 * with a page, as user/user.ld makes it, else a copy. If the file does not
 * begin with a page of the object all is copied. The image lies at a random
 * base, the stack at a random place between guard pages.
 */
#ifndef USER_RT_SPAWN_H
#define USER_RT_SPAWN_H

#include "user/rt/rt.h"

#define SPAWN_STACK_SIZE 65536u

struct spawn {
    handle_t memory;      /* has the file; needs READ and EXECUTE */
    uint64_t offset;      /* of the file in memory */
    const void *file;     /* where it is mapped */
    uint64_t size;        /* bytes */
    uint64_t frames;      /* limit of the new process */
    handle_t supervisor;  /* session, or 0 */
    unsigned level, priority;
    handle_t first;       /* to grant as the first handle, or 0 */
    uint32_t first_rights;
    uint64_t *seed;       /* what places are drawn from; NULL: randomness */
    const char *problem;  /* result: what is wrong with the file, or NULL */
};

struct spawned {
    handle_t process, thread;
    uint64_t base; /* address of the image */
};

/* 0 with a process that runs; ERR_ARGUMENT for a bad file, or another ERR_*:
 * then nothing is left of it. */
int64_t spawn(struct spawn *how, struct spawned *child);

/*
 * The same in two steps: a process that has its image and a stack, no thread.
 * For SYS_PROCESS_SWAP, and for who has more to give before it starts.
 */
struct image {
    uint64_t base, entry, stack;
};
int64_t spawn_load(struct spawn *how, handle_t process, struct image *image);

#endif
