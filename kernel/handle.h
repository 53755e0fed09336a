/*
 * The handle table of a process. A handle is a number: generation in the upper
 * half, index in the lower. A slot's generation grows with each new handle
 * and the slot retires when it would wrap, so a stale handle never names
 * anything else. Index 0 is never used: 0 is no handle.
 *
 * Looking up, adding and closing are constant time, whatever the number of
 * handles. Pages of the table are charged to the process's account, come with
 * use, and stay until the table is gone.
 */
#ifndef KERNEL_HANDLE_H
#define KERNEL_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/arch.h"
#include "kernel/object.h"

typedef uint32_t handle_t;

#define HANDLE_INDEX_BITS 16u
#define HANDLE_MAX        (1u << HANDLE_INDEX_BITS) /* slots of a table */
#define HANDLES_IN_PAGE   256u
#define HANDLE_PAGES      (HANDLE_MAX / HANDLES_IN_PAGE)

struct handle_slot {
    struct object *object; /* NULL: free */
    uint16_t rights;       /* SYS_RIGHT_* */
    uint16_t generation;   /* of the current or last handle; 1 at first */
    uint32_t number;       /* taken: the handle; free: index of the next */
                           /* free slot, 0 ends the list */
};

_Static_assert(sizeof(struct handle_slot) * HANDLES_IN_PAGE == 4096,
               "a page of slots");

struct handle_page {
    struct handle_slot *slots;
    struct account *payer;
};

_Static_assert(sizeof(struct handle_page) * HANDLE_PAGES == 4096,
               "a frame of pages");

struct handle_table {
    struct handle_page *pages; /* &first while one is enough, then a frame */
    struct handle_page first;
    struct account *pages_payer; /* of that frame */
    struct account *payer;       /* of what comes from now on */
    uint32_t pages_used;
    uint32_t free;  /* first of the list */
    uint32_t count; /* handles */
    bool ending;    /* handle_table_clear() has begun: nothing comes in */
};

/* Empty; it takes memory with the first handle. Do not move it. */
void handle_table_init(struct handle_table *table, struct account *payer);

/*
 * Close some handles, at most max, from the highest page down; true when there
 * are more. When it says false the table's memory is gone, too.
 */
bool handle_table_clear(struct handle_table *table, uint32_t max);

/*
 * The slot that a handle names, or NULL. A page that is not there becomes page
 * 0 without a branch, where the number is another one. A handle of more than
 * 32 bits is none.
 */
static inline struct handle_slot *
handle_find(const struct handle_table *table, uint64_t handle)
{
    uint32_t page = arch_index((uint32_t)handle % HANDLE_MAX / HANDLES_IN_PAGE,
                               table->pages_used);
    struct handle_slot *slot;

    slot = &table->pages[page].slots[handle % HANDLES_IN_PAGE];
    if (slot->number != handle || slot->object == NULL)
        return NULL;
    return slot;
}

/*
 * The object of that type by a handle that has all these rights: 0, or
 * ERR_HANDLE, ERR_TYPE, ERR_RIGHTS in this order. No reference is taken: it
 * lives as long as the handle, that is, as long as the lock is held.
 */
static inline int
handle_get(const struct handle_table *table, uint64_t handle,
           enum sys_object type, uint32_t rights, struct object **object)
{
    const struct handle_slot *slot = handle_find(table, handle);

    if (slot == NULL)
        return ERR_HANDLE;
    if (slot->object->type != type)
        return ERR_TYPE;
    if ((rights & ~(uint32_t)slot->rights) != 0)
        return ERR_RIGHTS;
    *object = slot->object;
    return 0;
}

/* A new handle: the object is opened; ERR_MEMORY, or ERR_DEAD at its end. */
int handle_add(struct handle_table *table, struct object *object,
               uint32_t rights, handle_t *handle);

/* ERR_HANDLE or 0. */
int handle_close(struct handle_table *table, handle_t handle);

/*
 * Copy all handles that may be duplicated, at the same numbers, into an empty
 * table, from slot index *next on, at most max slots; *next is where to go on,
 * HANDLE_MAX at the end. Replies are never copied. 0 or ERR_MEMORY.
 */
int handle_table_copy(struct handle_table *to,
                      const struct handle_table *from, uint32_t *next,
                      uint32_t max);

#endif
