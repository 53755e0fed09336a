#include "user/sh/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/sh.h"

#define CHUNK_SIZE 4000
#define ALIGNMENT 16u

struct mem_chunk {
    struct mem_chunk *before;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
};

jmp_buf *mem_guard;

void
mem_fail(void)
{
    static const char words[] = "sh: out of memory\n";

    if (write(2, words, sizeof words - 1) < 0 || sh.forked ||
        mem_guard == NULL)
        _exit(2);
    longjmp(*mem_guard, 1);
}

void *
mem_keep(size_t size)
{
    void *made = malloc(size > 0 ? size : 1);

    if (made == NULL)
        mem_fail();
    return made;
}

void *
mem_regrow(void *old, size_t size)
{
    void *made = realloc(old, size);

    if (made == NULL)
        mem_fail();
    return made;
}

char *
mem_keep_string(const char *string)
{
    size_t size = strlen(string) + 1;

    return memcpy(mem_keep(size), string, size);
}

static void
add_chunk(struct arena *arena, size_t size)
{
    struct mem_chunk *chunk;

    if (size < CHUNK_SIZE)
        size = CHUNK_SIZE;
    if (size > SIZE_MAX / 2)
        mem_fail();
    chunk = mem_keep(sizeof *chunk + size);
    chunk->before = arena->last;
    chunk->used = 0;
    chunk->size = size;
    arena->last = chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    struct mem_chunk *chunk;

    if (size > SIZE_MAX / 4)
        mem_fail();
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->last == NULL || arena->last->size - arena->last->used < size)
        add_chunk(arena, size);
    chunk = arena->last;
    chunk->used += size;
    return chunk->bytes + chunk->used - size;
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *made = arena_alloc(arena, length + 1);

    if (length > 0)
        memcpy(made, bytes, length);
    made[length] = '\0';
    return made;
}

char *
arena_string(struct arena *arena, const char *string)
{
    return arena_copy(arena, string, strlen(string));
}

struct arena_mark
arena_mark(const struct arena *arena)
{
    struct arena_mark mark = { arena->last, 0 };

    if (arena->last != NULL)
        mark.used = arena->last->used;
    return mark;
}

void
arena_release(struct arena *arena, struct arena_mark mark)
{
    while (arena->last != mark.last) {
        struct mem_chunk *chunk = arena->last;

        arena->last = chunk->before;
        free(chunk);
    }
    if (arena->last != NULL)
        arena->last->used = mark.used;
}

void
arena_free(struct arena *arena)
{
    arena_release(arena, (struct arena_mark){ NULL, 0 });
}

void
text_reserve(struct text *text, size_t more)
{
    size_t size = text->size * 2;
    char *bytes;

    if (more < text->size - text->length)
        return;
    if (more > SIZE_MAX / 4 - text->length)
        mem_fail();
    if (size < text->length + more + 1)
        size = text->length + more + 31;
    bytes = arena_alloc(text->arena, size);
    if (text->length > 0)
        memcpy(bytes, text->bytes, text->length);
    text->bytes = bytes;
    text->size = size;
}

void
text_byte(struct text *text, char byte)
{
    text_reserve(text, 1);
    text->bytes[text->length++] = byte;
}

void
text_add(struct text *text, const char *bytes, size_t length)
{
    text_reserve(text, length);
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void
text_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void
text_number(struct text *text, long long number)
{
    text_format(text, "%lld", number);
}

void
text_list(struct text *text, const char *format, va_list list)
{
    va_list again;
    int length;

    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return;
    text_reserve(text, (size_t)length + 1);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, list);
    text->length += (size_t)length;
}

void
text_format(struct text *text, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_list(text, format, list);
    va_end(list);
}

char *
text_end(struct text *text)
{
    text_reserve(text, 1);
    text->bytes[text->length] = '\0';
    return text->bytes;
}
