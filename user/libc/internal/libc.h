/* What the parts of the library share. */
#ifndef LIBC_INTERNAL_LIBC_H
#define LIBC_INTERNAL_LIBC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* What FS points at. The compiler knows the places of self and canary. */
struct thread_block {
    struct thread_block *self;
    void *reserved[4];
    uintptr_t canary; /* at 28h */
    int error;        /* errno */
};
_Static_assert(offsetof(struct thread_block, canary) == 0x28,
               "the compiler reads the canary there");

/* The canary again, for clang, which looks for it here on a machine without a
 * system. */
extern uintptr_t __stack_chk_guard;

static inline struct thread_block *
thread_self(void)
{
    struct thread_block *self;

    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

/* A result of the system layer as POSIX wants it: errno and -1. */
long __result(long result);

/* Set errno; the result is -1, for functions that fail. */
int __fail(int error);

/*
 * Start-up, called by the system layer's first instructions on a stack of
 * their own, once relocations are done. random: 16 bytes nobody can guess.
 */
__attribute__((noreturn)) void __libc_start(int argc, char **argv, char **envp,
                                            const void *random);

/* Apply the relative relocations of a static PIE loaded at base. */
void __relocate(uintptr_t base, const void *dynamic);

/* --- locks: nothing sleeps while it holds one ----------------------------- */

struct lock {
    int taken;
};
void __lock(struct lock *lock);
void __unlock(struct lock *lock);

/* --- the rest ------------------------------------------------------------- */

extern char **environ;
extern const char *__program_name; /* the last part of argv[0] */
extern void (*__stdio_at_exit)(void);

/* Say it on standard error, and abort: for broken invariants. */
__attribute__((noreturn)) void __die(const char *text, const void *place);

/* Fill with letters and digits that nobody can guess: for temporary names. */
void __random_name(char *name, size_t size);

#endif
