/*
 * The heap. Memory comes from the system in segments, cut into runs of 64 KiB
 * at multiples of 64 KiB. A run holds objects of one size class; its header
 * has a bit for each of them, so there is nothing between the objects that a
 * program could damage by writing a byte too far, and what is freed twice is
 * known exactly. What is larger than a class has a mapping of its own with
 * the same kind of header.
 *
 * The header of any object lies at (address - 1) rounded down to 64 KiB.
 * All of this is called with the heap's lock held.
 */
#ifndef LIBC_MALLOC_INTERNAL_H
#define LIBC_MALLOC_INTERNAL_H

#include "user/libc/internal/libc.h"

#define RUN_SIZE  65536u
#define CLASSES   37
#define SMALL_MAX 16384u
#define MAP_WORDS 64 /* 4096 objects of 16 bytes */

enum kind { RUN_FREE = 0, RUN_SMALL = 0x51, RUN_LARGE = 0x1a };

struct run {
    uint64_t seal; /* says that the fields below are as they were left */
    uint8_t kind, class;
    uint16_t count, free; /* objects in all, and free ones */
    uint32_t first;       /* offset of the first object */
    struct run *next, *previous; /* of its class, while any is free */
    uint64_t size;        /* of a large object's mapping, from base on */
    char *base;           /* where that mapping starts */
    char *object;         /* the large object */
    uint16_t hint, words; /* no word of the map before hint has a bit set */
    uint64_t map[];       /* 1: free */
};

struct heap {
    struct lock lock;
    uint64_t secret;
    struct run *with_room[CLASSES];
    struct run *free_runs;
    unsigned free_count;
    size_t segment; /* bytes to ask for next */
};
HIDDEN extern struct heap __heap;

/* Sizes: 16 to 128 in steps of 16, then four steps for each doubling. */
HIDDEN unsigned __heap_class_of(size_t size);
HIDDEN size_t __heap_class_size(unsigned class);

/* The header of an object; ends the program where it is not intact. */
HIDDEN struct run *__heap_run_of(const void *object);
HIDDEN void __heap_seal(struct run *run);

/* A run for other use, or NULL; its memory may hold anything. */
HIDDEN struct run *__heap_take_run(void);
HIDDEN void __heap_give_run(struct run *run);

/* Objects with a mapping of their own; alignment is a power of two. */
HIDDEN void *__heap_large(size_t size, size_t alignment);
HIDDEN void __heap_free_large(struct run *run, void *object);

#endif
