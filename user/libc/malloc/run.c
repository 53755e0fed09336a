#include <errno.h>
#include <sys/mman.h>

#include "user/libc/internal/system.h"
#include "user/libc/malloc/internal.h"

struct heap __heap;

#define SEGMENT_FIRST (4 * (size_t)RUN_SIZE)
#define SEGMENT_MOST  (64 * (size_t)RUN_SIZE)

unsigned
__heap_class_of(size_t size)
{
    unsigned log;

    if (size <= 128)
        return size ? (unsigned)(size - 1) / 16 : 0;
    log = 63 - (unsigned)__builtin_clzl(size - 1); /* 2^log < size */
    return 8 + (log - 7) * 4 + (unsigned)((size - 1) >> (log - 2) & 3);
}

size_t
__heap_class_size(unsigned class)
{
    unsigned log;

    if (class < 8)
        return 16 * (class + 1);
    log = 7 + (class - 8) / 4;
    return ((size_t)1 << log) + ((size_t)((class - 8) % 4 + 1) << (log - 2));
}

static uint64_t
seal_of(const struct run *run)
{
    uint64_t value = __heap.secret ^ (uintptr_t)run;

    value = (value ^ run->kind ^ (uint64_t)run->class << 8 ^
             (uint64_t)run->count << 16 ^ (uint64_t)run->first << 32) *
            0x9e3779b97f4a7c15u;
    value = (value ^ value >> 29 ^ run->size ^ (uintptr_t)run->object) *
            0xbf58476d1ce4e5b9u;
    return value ^ value >> 32 ^ (uintptr_t)run->base;
}

void
__heap_seal(struct run *run)
{
    run->seal = seal_of(run);
}

struct run *
__heap_run_of(const void *object)
{
    struct run *run = (void *)(((uintptr_t)object - 1) & -(uintptr_t)RUN_SIZE);

    if ((uintptr_t)object % 16 != 0)
        __die("free() of what malloc() never gave:", object);
    if (run->seal != seal_of(run))
        __die("the heap is damaged, or knows nothing of", object);
    if (run->kind == RUN_FREE)
        __die("double free of", object);
    return run;
}

/* Map size bytes so that an address that is 64 KiB aligned comes first. */
static char *
map_aligned(size_t size)
{
    size_t all = size + RUN_SIZE;
    long mapped = __sys_mmap(NULL, all, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t from = (uintptr_t)mapped, start;

    if (mapped < 0 && mapped > -4096)
        return NULL;
    start = (from + RUN_SIZE - 1) & -(uintptr_t)RUN_SIZE;
    if (start > from)
        __sys_munmap((void *)from, start - from);
    if (start + size < from + all)
        __sys_munmap((void *)(start + size), from + all - start - size);
    return (char *)start;
}

static bool
grow(void)
{
    char *memory;

    if (__heap.segment == 0) {
        if (__sys_getrandom(&__heap.secret, sizeof __heap.secret, 0) < 0)
            __heap.secret = thread_self()->canary;
        __heap.segment = SEGMENT_FIRST;
    }
    memory = map_aligned(__heap.segment);
    if (!memory)
        return false;
    for (size_t at = __heap.segment; at > 0;) {
        at -= RUN_SIZE;
        __heap_give_run((struct run *)(void *)(memory + at));
    }
    if (__heap.segment < SEGMENT_MOST)
        __heap.segment *= 2;
    return true;
}

struct run *
__heap_take_run(void)
{
    struct run *run = __heap.free_runs;

    if (!run) {
        if (!grow())
            return NULL;
        run = __heap.free_runs;
    }
    __heap.free_runs = run->next;
    __heap.free_count--;
    return run;
}

/* Sealed as free, so that another free() of what it held is found. The system
 * may have the pages of all but a few. */
void
__heap_give_run(struct run *run)
{
    if (__heap.free_count >= 16)
        __sys_madvise((char *)run + 4096, RUN_SIZE - 4096, MADV_DONTNEED);
    *run = (struct run){.kind = RUN_FREE, .next = __heap.free_runs};
    __heap_seal(run);
    __heap.free_runs = run;
    __heap.free_count++;
}

/* --- large objects -------------------------------------------------------- */

void *
__heap_large(size_t size, size_t alignment)
{
    size_t offset = alignment > 128 ? alignment : 128;
    size_t all, slack;
    struct run *run;
    char *base, *object;

    slack = alignment > RUN_SIZE ? alignment : 0;
    if (size > SIZE_MAX / 4 || alignment > SIZE_MAX / 4 ||
        (__heap.segment == 0 && !grow())) {
        errno = ENOMEM;
        return NULL;
    }
    all = (size + offset + slack + 4095) & -(size_t)4096;
    base = map_aligned(all);
    if (!base) {
        errno = ENOMEM;
        return NULL;
    }
    object = (char *)(((uintptr_t)base + offset + alignment - 1) &
                      -(uintptr_t)alignment);
    if (alignment <= RUN_SIZE)
        object = base + offset;
    run = (void *)(((uintptr_t)object - 1) & -(uintptr_t)RUN_SIZE);
    *run = (struct run){.kind = RUN_LARGE, .base = base, .size = all,
                        .object = object};
    __heap_seal(run);
    return object;
}

void
__heap_free_large(struct run *run, void *object)
{
    if (object != run->object)
        __die("free() of the inside of an object:", object);
    __sys_munmap(run->base, run->size);
}
