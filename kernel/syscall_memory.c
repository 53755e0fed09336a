#include <stddef.h>

#include "kernel/boot.h"
#include "kernel/image.h"
#include "kernel/syscall.h"

#define MEMORY_RIGHTS (RIGHTS_COMMON | SYS_RIGHT_READ)

/* What is to be mapped, and the rights that its handle has. */
static int
find_memory(struct thread *thread, handle_t handle, struct memory **memory,
            uint32_t *rights)
{
    const struct handle_slot *slot =
        handle_find(&thread->process->handles, handle);

    if (slot == NULL)
        return ERR_HANDLE;
    if (slot->object->type != SYS_OBJECT_MEMORY)
        return ERR_TYPE;
    *memory = CONTAINER(slot->object, struct memory, object);
    *rights = slot->rights;
    return 0;
}

static int64_t
create(struct thread *thread, enum sys_memory kind, uint64_t size,
       paddr_t base, struct session *pager, uint32_t rights)
{
    struct memory *memory;
    int error = memory_create(thread->process->account, kind, size, base,
                              pager, &memory);

    if (error != 0)
        return error;
    return syscall_add(thread, &memory->object, MEMORY_RIGHTS | rights);
}

static int64_t
create_paged(struct thread *thread, uint64_t size)
{
    struct session *pager;
    int error = get_session(thread, 2, SYS_RIGHT_SEND, &pager);

    if (error != 0)
        return error;
    return create(thread, SYS_MEMORY_PAGED, size, 0, pager,
                  SYS_RIGHT_WRITE | SYS_RIGHT_EXECUTE | SYS_RIGHT_SUPPLY);
}

static int64_t
create_module(struct thread *thread, uint64_t size, uint64_t number)
{
    const struct boot_module *module;
    uint64_t whole;

    if (number >= boot.module_count)
        return ERR_ARGUMENT;
    module = &boot.modules[arch_index((uint32_t)number, boot.module_count)];
    whole = page_up(module->size);
    if (size > whole)
        return ERR_ARGUMENT;
    return create(thread, SYS_MEMORY_MODULE, size != 0 ? size : whole,
                  module->paddr, NULL, SYS_RIGHT_EXECUTE);
}

int64_t
syscall_memory_create(struct thread *thread)
{
    uint64_t kind = argument(thread, 0), size = argument(thread, 1);
    uint64_t address = argument(thread, 3);
    int error;

    if (kind == SYS_MEMORY_ANONYMOUS)
        return create(thread, SYS_MEMORY_ANONYMOUS, size, 0, NULL,
                      SYS_RIGHT_WRITE | SYS_RIGHT_EXECUTE);
    if (kind == SYS_MEMORY_PAGED)
        return create_paged(thread, size);
    if (kind > SYS_MEMORY_MODULE)
        return ERR_ARGUMENT;
    error = syscall_system(thread, handle_argument(thread, 2));
    if (error != 0)
        return error;
    if (kind == SYS_MEMORY_MODULE)
        return create_module(thread, size, address);
    if (kind == SYS_MEMORY_DMA)
        return create(thread, SYS_MEMORY_DMA, size, 0, NULL,
                      SYS_RIGHT_WRITE | SYS_RIGHT_DMA);
    return create(thread, SYS_MEMORY_DEVICE, size, address, NULL,
                  SYS_RIGHT_WRITE | SYS_RIGHT_DMA);
}

/* What is left of a range after a step: 0 when all is done. */
static uint64_t
advance(struct thread *thread, unsigned address, unsigned size, uint64_t done)
{
    uint64_t left = argument(thread, size) - done;

    arch_thread_set_argument(thread, address,
                             argument(thread, address) + done);
    arch_thread_set_argument(thread, size, left);
    return left;
}

int64_t
syscall_memory_supply(struct thread *thread)
{
    uint64_t done = 0;
    struct memory *to, *from;
    int error = get_memory(thread, 0, SYS_RIGHT_SUPPLY, &to);

    if (error == 0)
        error = get_memory(thread, 3, SYS_RIGHT_READ | SYS_RIGHT_WRITE,
                           &from);
    if (error == 0)
        error = memory_supply(to, argument(thread, 1), argument(thread, 2),
                              from, argument(thread, 4), &done);
    if (error != 0)
        return error;
    arch_thread_set_argument(thread, 4, argument(thread, 4) + done);
    return advance(thread, 1, 2, done) == 0 ? 0 : syscall_again(thread);
}

int64_t
syscall_memory_physical(struct thread *thread)
{
    struct memory *memory;
    paddr_t paddr = 0;
    int error = get_memory(thread, 0, SYS_RIGHT_DMA, &memory);

    if (error == 0)
        error = memory_physical(memory, argument(thread, 1), &paddr);
    if (error == ERR_AGAIN) /* more of it is to be zeroed */
        return syscall_again(thread);
    return error != 0 ? error : (int64_t)paddr;
}

int64_t
syscall_map(struct thread *thread)
{
    uint64_t both = argument(thread, 0), address = argument(thread, 1);
    uint64_t flags = argument(thread, 4);
    uint32_t rights = SYS_RIGHTS_ALL;
    struct memory *memory = NULL;
    struct process *process;
    int error = syscall_process(thread, (handle_t)both, SYS_RIGHT_GRANT,
                                &process);

    if (error == 0 && both >> 32 != 0)
        error = find_memory(thread, (handle_t)(both >> 32), &memory, &rights);
    if (error == 0 && flags > UINT32_MAX)
        error = ERR_ARGUMENT;
    if (error == 0)
        error = space_map(process->space, memory, rights, &address,
                          argument(thread, 2), argument(thread, 3),
                          (unsigned)flags);
    return error != 0 ? error : (int64_t)address;
}

int64_t
syscall_unmap(struct thread *thread)
{
    uint64_t done = 0;
    struct process *process;
    int error = syscall_process(thread, handle_argument(thread, 0),
                                SYS_RIGHT_GRANT, &process);

    if (error == 0)
        error = space_unmap(process->space, argument(thread, 1),
                            argument(thread, 2), &done);
    if (error != 0)
        return error;
    return advance(thread, 1, 2, done) == 0 ? 0 : syscall_again(thread);
}

int64_t
syscall_protect(struct thread *thread)
{
    uint64_t done = 0, flags = argument(thread, 3);
    struct process *process;
    int error = syscall_process(thread, handle_argument(thread, 0),
                                SYS_RIGHT_GRANT, &process);

    if (error == 0 && flags > UINT32_MAX)
        error = ERR_ARGUMENT;
    if (error == 0)
        error = space_protect(process->space, argument(thread, 1),
                              argument(thread, 2), (unsigned)flags, &done);
    if (error != 0)
        return error;
    return advance(thread, 1, 2, done) == 0 ? 0 : syscall_again(thread);
}
