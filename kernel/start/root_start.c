#include "kernel/start/root_start.h"

#include <stddef.h>

#include "kernel/abi/syscall.h"
#include "kernel/console.h"
#include "kernel/frames.h"
#include "kernel/handle.h"
#include "kernel/image.h"
#include "kernel/lib/elf.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/process.h"
#include "kernel/start/options.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

/* 2^28 places for image and stack, a page apart; the first for kaslr=off. */
#define IMAGE_AREA 0x0000550000000000ULL
#define STACK_AREA 0x00007E0000000000ULL
#define PLACES     (1ULL << 28)

#define ROOT_PRIORITY   16u
#define ROOT_LEVEL      1u /* so that its threads can call each other, at 0 */
#define ROOT_STACK_SIZE 65536u

static _Noreturn void
refuse(const char *path, const char *problem)
{
    kprintf("\nThe root task %s cannot start: %s.\n", path, problem);
    power_stop_failed();
}

/* Nothing that follows can do without; a quota of all memory is no limit. */
static void
need(const char *path, int error)
{
    if (error != 0)
        refuse(path, error == ERR_MEMORY ? "not enough memory"
                                         : "its mappings are refused");
}

/*
 * A page's offset in an area. What the root task can see of its addresses is
 * a hash of the seed, and so tells nothing of what else depends on it.
 */
static uint64_t
random_page(const struct boot_info *info, uint64_t purpose)
{
    uint64_t hash = purpose;

    if (info->kaslr == 0)
        return 0;
    for (size_t i = 0; i < sizeof info->random_seed; i++) {
        hash = (hash ^ info->random_seed[i]) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29;
    }
    return (hash >> 32) % PLACES * PAGE_SIZE;
}

static int
map(struct process *process, struct memory *memory, uint64_t address,
    uint64_t size, uint64_t offset, unsigned flags)
{
    if (size == 0)
        return 0;
    return space_map(process->space, memory,
                     SYS_RIGHT_READ | SYS_RIGHT_EXECUTE, &address, size,
                     offset, flags | SYS_MAP_FIXED);
}

/*
 * A segment that may be written is a private copy, page by page, as it is
 * touched. What lies behind its end on the last page of the file is zeroed.
 */
static int
map_segment(struct process *process, struct memory *memory, uint64_t base,
            const struct elf_segment *s)
{
    static const char zeros[PAGE_SIZE];
    bool writable = (s->flags & ELF_WRITE) != 0;
    unsigned flags = SYS_MAP_READ |
                     (writable ? SYS_MAP_WRITE | SYS_MAP_PRIVATE : 0) |
                     ((s->flags & ELF_EXECUTE) != 0 ? SYS_MAP_EXECUTE : 0);
    uint64_t start = elf_page_down(s->address);
    uint64_t file_end = s->address + s->file_size;
    uint64_t middle = s->file_size > 0 ? elf_page_up(file_end) : start;
    uint64_t end = elf_page_up(s->address + s->memory_size);
    int error = map(process, memory, base + start, middle - start,
                    elf_page_down(s->offset), flags);

    if (error == 0)
        error = map(process, NULL, base + middle, end - middle, 0,
                    flags | SYS_MAP_PRIVATE);
    if (error == 0 && writable && file_end < middle)
        error = space_write(process->space, base + file_end, zeros,
                            middle - file_end);
    return error;
}

static int
map_image(struct process *process, const struct boot_module *module,
          const struct elf *elf, uint64_t base)
{
    struct memory *memory;
    int error = memory_create(process->account, SYS_MEMORY_MODULE,
                              page_up(module->size), module->paddr, NULL,
                              &memory);

    if (error != 0)
        return error;
    for (uint32_t i = 0; i < elf->count && error == 0; i++)
        error = map_segment(process, memory, base, &elf->segments[i]);
    object_unref(&memory->object);
    return error;
}

/* A page at either end that nobody may touch. */
static int
map_stack(struct process *process, uint64_t base)
{
    uint64_t done;
    int error = map(process, NULL, base, ROOT_STACK_SIZE + 2 * PAGE_SIZE, 0,
                    SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE);

    if (error == 0)
        error = space_protect(process->space, base, PAGE_SIZE, 0, &done);
    if (error == 0)
        error = space_protect(process->space,
                              base + PAGE_SIZE + ROOT_STACK_SIZE, PAGE_SIZE,
                              0, &done);
    return error;
}

static void
give_machine(struct process *process, const char *path)
{
    handle_t handle;

    need(path, handle_add(&process->handles, &system_object,
                          SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER |
                              SYS_RIGHT_INSPECT | SYS_RIGHT_USE,
                          &handle));
    ASSERT(handle == SYS_ROOT_SYSTEM);
}

bool
root_start(const struct boot_info *info)
{
    const struct boot_module *module = &info->modules[0];
    uint64_t base = IMAGE_AREA + random_page(info, 1);
    uint64_t stack = STACK_AREA + random_page(info, 2);
    struct process *process;
    struct thread *thread;
    struct elf elf;
    const char *problem;

    if (info->module_count == 0) {
        kprintf("There is no root task: the boot entry names no module.\n");
        return false;
    }
    problem = elf_read(&elf, phys_to_virt(module->paddr), module->size);
    if (problem != NULL)
        refuse(module->path, problem);
    need(module->path, process_create(NULL, frames_count().free, NULL,
                                      ROOT_LEVEL, &process));
    give_machine(process, module->path);
    need(module->path, map_image(process, module, &elf, base));
    need(module->path, map_stack(process, stack));
    need(module->path,
         thread_create(process, base + elf.entry,
                       stack + PAGE_SIZE + ROOT_STACK_SIZE, SYS_ROOT_SYSTEM,
                       ROOT_PRIORITY, &thread));
    if (option_autorun(info->command_line) == NULL)
        kprintf("Kindling is up. The root task is %s.\n", module->path);
    need(module->path, thread_start(thread));
    object_unref(&thread->object);
    return true; /* the creator's reference to process 1 stays for good */
}
