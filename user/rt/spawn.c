#include "user/rt/spawn.h"

#include "kernel/lib/elf.h"
#include "kernel/lib/mem.h"

/*
 * Where images and stacks go: 2^28 places for each, a page apart, in parts of
 * user space that nothing else is put into unless it asks for it.
 */
#define IMAGE_AREA 0x0000550000000000ULL
#define STACK_AREA 0x00007E0000000000ULL
#define PLACES     (1ULL << 28)

static uint64_t
random_page(const struct spawn *how)
{
    uint64_t bits = how->seed != NULL ? random_next(how->seed)
                                      : random_bits();

    return bits % PLACES * SYS_PAGE;
}

static unsigned
map_flags(const struct elf_segment *s)
{
    return ((s->flags & ELF_READ) != 0 ? SYS_MAP_READ : 0) |
           ((s->flags & ELF_WRITE) != 0 ? SYS_MAP_WRITE : 0) |
           ((s->flags & ELF_EXECUTE) != 0 ? SYS_MAP_EXECUTE : 0);
}

/*
 * Fill an object, through a window of our own, with the file's part of a
 * segment, at its place within the first page.
 */
static int64_t
fill(handle_t object, uint64_t size, const struct elf_segment *s,
     const char *file)
{
    int64_t window = sys_map(SYS_SELF, object, 0, size, 0,
                             SYS_MAP_READ | SYS_MAP_WRITE);

    if (window < 0)
        return window;
    memcpy((char *)window + s->address % SYS_PAGE, file + s->offset,
           s->file_size);
    return sys_unmap(SYS_SELF, (uint64_t)window, size);
}

/* A segment whose end in the file shares a page with other bytes. */
static int64_t
map_copy(const struct spawn *how, handle_t process, uint64_t base,
         const struct elf_segment *s)
{
    uint64_t start = elf_page_down(s->address);
    uint64_t size = elf_page_up(s->address + s->memory_size) - start;
    int64_t result, object = sys_memory_create(SYS_MEMORY_ANONYMOUS, size, 0,
                                               0);

    if (object < 0)
        return object;
    result = fill((handle_t)object, size, s, how->file);
    if (result >= 0)
        result = sys_map(process, (handle_t)object, base + start, size, 0,
                         map_flags(s) | SYS_MAP_FIXED | SYS_MAP_PRIVATE);
    sys_close((handle_t)object);
    return result;
}

/* The file's pages in place, and zeros behind them. */
static int64_t
map_in_place(const struct spawn *how, handle_t process, uint64_t base,
             const struct elf_segment *s)
{
    uint64_t start = elf_page_down(s->address);
    uint64_t middle = elf_page_up(s->address + s->file_size);
    uint64_t end = elf_page_up(s->address + s->memory_size);
    unsigned flags = map_flags(s) | SYS_MAP_FIXED;
    int64_t result = 0;

    if ((s->flags & ELF_WRITE) != 0)
        flags |= SYS_MAP_PRIVATE;
    if (s->file_size > 0)
        result = sys_map(process, how->memory, base + start, middle - start,
                         how->offset + elf_page_down(s->offset), flags);
    else
        middle = start;
    if (result >= 0 && end > middle)
        result = sys_map(process, 0, base + middle, end - middle, 0,
                         flags | SYS_MAP_PRIVATE);
    return result;
}

static int64_t
map_segment(const struct spawn *how, handle_t process, uint64_t base,
            const struct elf_segment *s)
{
    bool whole_pages = (s->address + s->file_size) % SYS_PAGE == 0;

    if (s->file_size == 0 ||
        (how->offset % SYS_PAGE == 0 &&
         (s->file_size == s->memory_size || whole_pages)))
        return map_in_place(how, process, base, s);
    return map_copy(how, process, base, s);
}

int64_t
spawn_load(struct spawn *how, handle_t process, struct image *image)
{
    struct elf elf;
    uint64_t base = IMAGE_AREA + random_page(how);
    uint64_t stack = STACK_AREA + random_page(how);
    int64_t result = 0;

    how->problem = elf_read(&elf, how->file, how->size);
    if (how->problem != NULL)
        return ERR_ARGUMENT;
    for (uint32_t i = 0; i < elf.count && result >= 0; i++)
        result = map_segment(how, process, base, &elf.segments[i]);
    if (result >= 0)
        result = sys_map(process, 0, stack, SPAWN_STACK_SIZE, 0,
                         SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE |
                             SYS_MAP_FIXED);
    image->base = base;
    image->entry = base + elf.entry;
    image->stack = stack + SPAWN_STACK_SIZE;
    return result < 0 ? result : 0;
}

static int64_t
start(const struct spawn *how, const struct image *image,
      struct spawned *child)
{
    int64_t result = 0, thread;

    if (how->first != 0)
        result = sys_grant(child->process, how->first, how->first_rights);
    if (result < 0)
        return result;
    thread = sys_thread_create(child->process, image->entry, image->stack,
                               (uint64_t)result, how->priority);
    if (thread < 0)
        return thread;
    child->thread = (handle_t)thread;
    return sys_thread_control(child->thread, SYS_THREAD_START, 0, 0);
}

int64_t
spawn(struct spawn *how, struct spawned *child)
{
    struct image image = { 0 };
    int64_t result = sys_process_create(how->frames, how->supervisor,
                                        how->level);

    how->problem = NULL;
    *child = (struct spawned){ 0 };
    if (result < 0)
        return result;
    child->process = (handle_t)result;
    result = spawn_load(how, child->process, &image);
    child->base = image.base;
    if (result >= 0)
        result = start(how, &image, child);
    if (result >= 0)
        return 0;
    sys_process_control(child->process, SYS_PROCESS_KILL, 0);
    if (child->thread != 0)
        sys_close(child->thread);
    sys_close(child->process);
    return result;
}
