/*
 * The minimal runtime: what a program has before there is a C library. A
 * program has a main() of this kind; argument is RDI of its first instruction
 * (docs/spec/syscalls.md, SC-15), the result its exit status.
 */
#ifndef USER_RT_RT_H
#define USER_RT_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/rt/sys.h"

int main(uint64_t argument);

/* --- printing ------------------------------------------------------------- */

/* Where print() writes: the kernel's log, or a session that speaks PRINT_*. */
void print_to_system(handle_t system);
void print_to_session(handle_t session);

/* Understands what kernel/lib/format.h says. A thread's text of one call is
 * written in pieces of up to 256 bytes, each at once. */
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* The protocol: tags of calls. The answer's tag is 0. */
enum {
    PRINT_WORDS = 1, /* text in the words, up to 48 bytes, NUL behind it */
    PRINT_LEASE = 2, /* text in a lease to read */
};
#define PRINT_WORDS_MAX (8 * SYS_WORDS)

/* A server's part: print what a call of this protocol carries. */
void print_served(const struct sys_message *message);

/* --- the rest ------------------------------------------------------------- */

/*
 * 64 bits that nobody outside can guess: from RDRAND where the CPU has it.
 * Without it they come from the time stamp counter, which is better than
 * nothing and no secret from other programs that measure time.
 */
uint64_t random_bits(void);

/* SplitMix64: the next number of a sequence, and no secret at all. */
uint64_t random_next(uint64_t *seed);

#define THREAD_STACK_SIZE 16384u

struct thread {
    handle_t handle;
    uint64_t stack; /* with a guard page at either end */
};

/* Run function in a thread of this process, which ends when it returns. 0 or
 * ERR_*. */
int64_t thread_run(struct thread *thread, void (*function)(uint64_t argument),
                   uint64_t argument, unsigned priority);

/* End it, if it has not ended by itself, and give back what it had. */
void thread_free(struct thread *thread);

/* The value of an option of the command line, as kernel/start/options.h has it. */
const char *option_value(const char *line, const char *name, size_t *length);

#endif
