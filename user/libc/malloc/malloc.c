#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/malloc/internal.h"

static void
put_in_list(struct run *run)
{
    struct run **list = &__heap.with_room[run->class];

    run->previous = NULL;
    run->next = *list;
    if (*list)
        (*list)->previous = run;
    *list = run;
}

static void
take_out_of_list(struct run *run)
{
    if (run->previous)
        run->previous->next = run->next;
    else
        __heap.with_room[run->class] = run->next;
    if (run->next)
        run->next->previous = run->previous;
}

static struct run *
new_run(unsigned class)
{
    size_t size = __heap_class_size(class);
    struct run *run = __heap_take_run();
    unsigned count, words, first, align;

    if (!run)
        return NULL;
    words = (unsigned)((RUN_SIZE / size + 63) / 64);
    /* A size that is a multiple of a power of two is aligned to it. */
    align = (unsigned)(size & -size);
    align = align > 4096 ? 4096 : align;
    first = ((unsigned)sizeof *run + words * 8 + align - 1) & -align;
    count = (unsigned)((RUN_SIZE - first) / size);
    *run = (struct run){.kind = RUN_SMALL, .class = (uint8_t)class,
                        .count = (uint16_t)count, .free = (uint16_t)count,
                        .first = first, .words = (uint16_t)words};
    for (unsigned i = 0; i < words; i++) {
        unsigned left = count > i * 64 ? count - i * 64 : 0;

        run->map[i] = left >= 64 ? ~0ul : (1ul << left) - 1;
    }
    __heap_seal(run);
    put_in_list(run);
    return run;
}

static void *
take_small(size_t size)
{
    unsigned class = __heap_class_of(size), word, bit;
    struct run *run = __heap.with_room[class];

    if (!run)
        run = new_run(class);
    if (!run) {
        errno = ENOMEM;
        return NULL;
    }
    word = run->hint;
    while (word < run->words && run->map[word] == 0)
        word++;
    if (word == run->words)
        __die("the heap's books are damaged at", run);
    bit = (unsigned)__builtin_ctzl(run->map[word]);
    run->map[word] &= run->map[word] - 1;
    run->hint = (uint16_t)word;
    if (--run->free == 0)
        take_out_of_list(run);
    return (char *)run + run->first +
           (word * 64 + bit) * __heap_class_size(class);
}

/* The number of an object in its run; it must be one, and taken. */
static unsigned
number_of(struct run *run, const void *object)
{
    size_t size = __heap_class_size(run->class);
    size_t offset = (size_t)((const char *)object - (char *)run) - run->first;

    if (offset % size != 0 || offset / size >= run->count)
        __die("free() of the inside of an object:", object);
    if (run->map[offset / size / 64] >> offset / size % 64 & 1)
        __die("double free of", object);
    return (unsigned)(offset / size);
}

static void
free_small(struct run *run, void *object)
{
    unsigned number = number_of(run, object);

    run->map[number / 64] |= 1ul << number % 64;
    if (number / 64 < run->hint)
        run->hint = (uint16_t)(number / 64);
    if (run->free++ == 0)
        put_in_list(run);
    /* The last run of a class stays: it would be made again at once. */
    if (run->free == run->count && (run->next || run->previous)) {
        take_out_of_list(run);
        __heap_give_run(run);
    }
}

static size_t
room_of(const void *object)
{
    struct run *run = __heap_run_of(object);

    if (run->kind == RUN_SMALL) {
        number_of(run, object);
        return __heap_class_size(run->class);
    }
    if (object != run->object)
        __die("realloc() of the inside of an object:", object);
    return (size_t)(run->base + run->size - run->object);
}

void *
malloc(size_t size)
{
    void *object;

    __lock(&__heap.lock);
    object = size <= SMALL_MAX ? take_small(size) : __heap_large(size, 16);
    __unlock(&__heap.lock);
    return object;
}

void
free(void *object)
{
    int error = errno; /* as POSIX.1-2024 asks */
    struct run *run;

    if (!object)
        return;
    __lock(&__heap.lock);
    run = __heap_run_of(object);
    if (run->kind == RUN_SMALL)
        free_small(run, object);
    else
        __heap_free_large(run, object);
    __unlock(&__heap.lock);
    errno = error;
}

void *
calloc(size_t count, size_t size)
{
    size_t all;
    void *object;

    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    object = malloc(all);
    if (object && all <= SMALL_MAX) /* a fresh mapping is zero */
        memset(object, 0, all);
    return object;
}

/* In place where the object stays in its class, or its mapping half used. */
void *
realloc(void *object, size_t size)
{
    size_t room;
    void *moved;

    if (!object)
        return malloc(size);
    __lock(&__heap.lock);
    room = room_of(object);
    __unlock(&__heap.lock);
    if (size <= room && (room <= SMALL_MAX
                             ? __heap_class_size(__heap_class_of(size)) == room
                             : size > room / 2))
        return object;
    /* Who grows large objects does it again: leave some untouched pages. */
    moved = malloc(room > SMALL_MAX && size > room && size < SIZE_MAX / 4
                       ? size + size / 4 : size);
    if (!moved)
        return NULL;
    memcpy(moved, object, room < size ? room : size);
    free(object);
    return moved;
}

void *
reallocarray(void *object, size_t count, size_t size)
{
    size_t all;

    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(object, all);
}

/* Up to a page, objects of a class whose size is a power of two will do. */
void *
aligned_alloc(size_t alignment, size_t size)
{
    void *object;

    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= 16)
        return malloc(size);
    if (alignment <= 4096 && size <= SMALL_MAX) {
        size_t power = alignment;

        while (power < size)
            power *= 2;
        return malloc(power);
    }
    __lock(&__heap.lock);
    object = __heap_large(size, alignment);
    __unlock(&__heap.lock);
    return object;
}

int
posix_memalign(void **object, size_t alignment, size_t size)
{
    int before = errno, error;
    void *made;

    if (alignment % sizeof(void *) != 0)
        return EINVAL;
    made = aligned_alloc(alignment, size);
    error = errno;
    errno = before;
    if (!made)
        return error;
    *object = made;
    return 0;
}
