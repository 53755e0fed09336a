/*
 * Memory of the shell. An arena gives pieces that all go at once; the
 * allocators here never return NULL. When memory runs out they say so and
 * go to the guard, which ends the command that is running (main.c), or end
 * the process if it is a child that the shell has forked.
 *
 * Who calls an allocator leaves every list that outlives the command whole
 * first, for the call may not come back.
 */
#ifndef USER_SH_MEM_H
#define USER_SH_MEM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem_chunk;

struct arena {
    struct mem_chunk *last;     /* NULL: empty */
};

struct arena_mark {
    struct mem_chunk *last;
    size_t used;
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *bytes, size_t length);
char *arena_string(struct arena *arena, const char *string);

/* What came after the mark goes; marks are given back in reverse order. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, struct arena_mark mark);
void arena_free(struct arena *arena);

/* Bytes that grow inside an arena. {&arena} is an empty one. */
struct text {
    struct arena *arena;
    char *bytes;
    size_t length, size;
};

void text_reserve(struct text *text, size_t more);
void text_byte(struct text *text, char byte);
void text_add(struct text *text, const char *bytes, size_t length);
void text_string(struct text *text, const char *string);
void text_number(struct text *text, long long number);
void text_format(struct text *text, const char *format, ...);
void text_list(struct text *text, const char *format, va_list list);
char *text_end(struct text *text);  /* as a string; the text may go on */

/* From malloc, for what outlives the command; free() takes it back. */
void *mem_keep(size_t size);
void *mem_regrow(void *old, size_t size);
char *mem_keep_string(const char *string);

/* Where mem_fail() goes. Set by main.c, and by tests. */
extern jmp_buf *mem_guard;

_Noreturn void mem_fail(void);

#endif
