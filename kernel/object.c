#include "kernel/object.h"

#include "kernel/device.h"
#include "kernel/endpoint.h"
#include "kernel/ipc.h"
#include "kernel/lib/list.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

#define AS(type) CONTAINER(object, struct type, object)

struct object system_object = {
    .type = SYS_OBJECT_SYSTEM, .references = 1,
};

void
object_init(struct object *object, enum sys_object type,
            struct account *payer)
{
    *object = (struct object){
        .type = type, .references = 1, .payer = payer,
    };
}

static void
object_free(struct object *object)
{
    switch ((enum sys_object)object->type) {
    case SYS_OBJECT_PROCESS: process_free(AS(process)); break;
    case SYS_OBJECT_THREAD: thread_free(AS(thread)); break;
    case SYS_OBJECT_ENDPOINT: endpoint_free(AS(endpoint)); break;
    case SYS_OBJECT_SESSION: session_free(AS(session)); break;
    case SYS_OBJECT_REPLY: /* part of a thread, to which it has a reference */
        object_unref(&CONTAINER(object, struct thread, reply)->object);
        break;
    case SYS_OBJECT_NOTIFICATION: notification_free(AS(notification)); break;
    case SYS_OBJECT_MEMORY: memory_free(AS(memory)); break;
    case SYS_OBJECT_INTERRUPT: interrupt_free(AS(interrupt)); break;
    case SYS_OBJECT_PORTS: ports_free(AS(ports)); break;
    default: panic("an object of type %u has no end", object->type);
    }
}

/* Nobody can name it any more. */
static void
object_closed(struct object *object)
{
    switch ((enum sys_object)object->type) {
    case SYS_OBJECT_ENDPOINT: endpoint_closed(AS(endpoint)); break;
    case SYS_OBJECT_SESSION: session_closed(AS(session)); break;
    case SYS_OBJECT_REPLY: reply_closed(object); break;
    case SYS_OBJECT_NOTIFICATION: notification_closed(AS(notification)); break;
    case SYS_OBJECT_INTERRUPT: interrupt_closed(AS(interrupt)); break;
    default: break; /* the others live on without a name */
    }
}

void
object_unref(struct object *object)
{
    ASSERT(object->references > 0);
    if (--object->references == 0)
        object_free(object);
}

void
object_open(struct object *object)
{
    if (object->handles++ == 0)
        object->references++;
}

/* The reference of all handles together goes last: it holds until then. */
void
object_close(struct object *object)
{
    ASSERT(object->handles > 0);
    if (--object->handles > 0)
        return;
    object->dead = object->type != SYS_OBJECT_REPLY;
    object_closed(object);
    object_unref(object);
}
