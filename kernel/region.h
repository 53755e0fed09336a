/*
 * The regions of an address space: a balanced tree (AVL) by address. Nothing
 * here takes memory or more than a step for each level, 45 at most.
 *
 * Each node knows the largest gap in its subtree, so that a free place is
 * found as fast as a region.
 */
#ifndef KERNEL_REGION_H
#define KERNEL_REGION_H

#include <stdbool.h>
#include <stdint.h>

struct memory;

struct region {
    struct region *left, *right;
    uint64_t start, end;
    uint64_t first, last; /* of the subtree: lowest start, highest end */
    uint64_t gap;         /* largest one between its regions */
    uint64_t offset;      /* in the object, of start */
    struct memory *memory; /* a reference; NULL: anonymous */
    uint16_t flags;       /* SYS_MAP_* */
    uint16_t allowed;     /* SYS_MAP_READ, _WRITE, _EXECUTE at most */
    bool charged;         /* the space's account pays for its pages */
    uint8_t height;
};

/* Each returns the new root. Regions never overlap. */
struct region *region_insert(struct region *root, struct region *region);
struct region *region_remove(struct region *root, struct region *region);

/* Other bounds, without passing a neighbor. */
void region_resize(struct region *root, struct region *region,
                   uint64_t start, uint64_t end);

/* The first region that ends above address, or NULL. */
struct region *region_above(struct region *root, uint64_t address);

/*
 * The lowest place from low on with size free bytes below end: false when
 * there is none.
 */
bool region_find_gap(const struct region *root, uint64_t low, uint64_t end,
                     uint64_t size, uint64_t *place);

#endif
