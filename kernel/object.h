/*
 * What handles point at. Each object counts two things:
 *
 *   handles     in tables and in messages under way. At 0 nobody can name it
 *               any more: object_closed() ends its public life (an endpoint
 *               fails its callers, a session tells its server, ...).
 *   references  of the kernel's own, and one for all handles together. At 0
 *               its memory goes back: object_free().
 *
 * The rule of type safety: whoever takes an object from a handle has checked
 * its type. All of this is under the kernel lock.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/syscall.h"
#include "kernel/account.h"

struct object {
    uint32_t type;       /* enum sys_object */
    uint32_t handles;
    uint32_t references;
    bool dead;           /* its public life is over: handles came and went */
    struct account *payer; /* of its memory */
};

/* A new object with no handle and one reference, the caller's. */
void object_init(struct object *object, enum sys_object type,
                 struct account *payer);

static inline void
object_ref(struct object *object)
{
    object->references++;
}

/* One reference less; the last one frees. */
void object_unref(struct object *object);

/* One handle more or less; kernel/handle.h and messages do this. */
void object_open(struct object *object);
void object_close(struct object *object);

/* SYS_OBJECT_SYSTEM: the right to the machine. There is one, for good. */
extern struct object system_object;

#endif
