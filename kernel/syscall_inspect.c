#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/device.h"
#include "kernel/notification.h"
#include "kernel/syscall.h"
#include "kernel/vm.h"

static void
inspect_process(const struct process *process, struct sys_inspection *view)
{
    view->id = process->id;
    view->state = process->thread_count;
    if (process->state == PROCESS_DEAD)
        return; /* its account is closed */
    view->used = process->account->used;
    view->limit = process->account->limit;
}

static void
inspect_thread(const struct thread *thread, struct sys_inspection *view)
{
    view->id = thread->id;
    view->process = thread->process != NULL ? thread->process->id : 0;
    view->state = thread->stopped && thread->state != SYS_THREAD_DEAD
                      ? (uint32_t)SYS_THREAD_STOPPED
                      : thread->state;
    view->priority = thread->priority;
    view->cpu = thread->on_cpu >= 0 ? (uint64_t)thread->on_cpu
                                    : thread->last_cpu;
}

static void
inspect_memory(const struct memory *memory, struct sys_inspection *view)
{
    view->id = memory->size;
    view->priority = memory->kind;
}

static void
inspect_interrupt(const struct interrupt *interrupt,
                  struct sys_inspection *view)
{
    uint32_t data;

    view->process = interrupt->number;
    view->priority = interrupt->kind;
    if (interrupt->kind != SYS_DEVICE_MSI)
        return;
    arch_irq_message(interrupt->line, &view->id, &data);
    view->used = data;
}

static void
inspect_object(struct object *object, struct sys_inspection *view)
{
    switch (object->type) {
    case SYS_OBJECT_PROCESS:
        inspect_process(CONTAINER(object, struct process, object), view);
        break;
    case SYS_OBJECT_THREAD:
        inspect_thread(CONTAINER(object, struct thread, object), view);
        break;
    case SYS_OBJECT_SESSION:
        view->id = CONTAINER(object, struct session, object)->badge;
        break;
    case SYS_OBJECT_NOTIFICATION:
        view->used = CONTAINER(object, struct notification, object)->bits;
        break;
    case SYS_OBJECT_MEMORY:
        inspect_memory(CONTAINER(object, struct memory, object), view);
        break;
    case SYS_OBJECT_INTERRUPT:
        inspect_interrupt(CONTAINER(object, struct interrupt, object), view);
        break;
    case SYS_OBJECT_PORTS:
        view->process = CONTAINER(object, struct ports, object)->first;
        view->priority = CONTAINER(object, struct ports, object)->count;
        break;
    }
}

static struct object *
find(struct thread *thread, handle_t handle, uint32_t *rights)
{
    struct handle_slot *slot = handle_find(&thread->process->handles, handle);

    if (slot == NULL)
        return NULL;
    *rights = slot->rights;
    return slot->object;
}

/* A shorter buffer gets the beginning; 0 bytes ask for the type only. */
int64_t
syscall_inspect(struct thread *thread)
{
    struct sys_inspection view = { 0 };
    uint64_t size = argument(thread, 2);
    struct object *object;
    int error;

    if (argument(thread, 0) == SYS_SELF) {
        object = &thread->process->object;
        view.rights = SYS_RIGHT_INSPECT;
    } else {
        object = find(thread, handle_argument(thread, 0), &view.rights);
    }
    if (object == NULL)
        return ERR_HANDLE;
    if ((view.rights & SYS_RIGHT_INSPECT) == 0)
        return ERR_RIGHTS;
    if (size > sizeof view)
        return ERR_ARGUMENT;
    view.type = object->type;
    inspect_object(object, &view);
    error = space_write(thread->process->space, argument(thread, 1), &view,
                        size);
    return error != 0 ? error : (int64_t)view.type;
}
