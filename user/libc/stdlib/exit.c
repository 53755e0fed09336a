#include <signal.h>
#include <stdlib.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

/* Functions to run at the end, in blocks of 32; the last block is first. */
struct block {
    struct block *next;
    unsigned count;
    void (*functions[32])(void);
};

static struct block first_exit, *at_exits = &first_exit;
static struct block first_quick, *at_quicks = &first_quick;
static struct lock lock;

/* stdio sets it when it is used: to write out what is buffered. */
void (*__stdio_at_exit)(void);

static int
add(struct block **list, void (*function)(void))
{
    int result = 0;

    __lock(&lock);
    if ((*list)->count == 32) {
        struct block *more = calloc(1, sizeof *more);

        if (more) {
            more->next = *list;
            *list = more;
        } else {
            result = -1;
        }
    }
    if (result == 0)
        (*list)->functions[(*list)->count++] = function;
    __unlock(&lock);
    return result;
}

/* A function may add others; then those run next. */
static void
run(struct block **list)
{
    while (*list) {
        if ((*list)->count > 0)
            (*list)->functions[--(*list)->count]();
        else if ((*list)->next)
            *list = (*list)->next;
        else
            return;
    }
}

int
atexit(void (*function)(void))
{
    return add(&at_exits, function);
}

int
at_quick_exit(void (*function)(void))
{
    return add(&at_quicks, function);
}

void
exit(int status)
{
    run(&at_exits);
    if (__stdio_at_exit)
        __stdio_at_exit();
    __sys_exit(status);
}

void
quick_exit(int status)
{
    run(&at_quicks);
    __sys_exit(status);
}

void
_Exit(int status)
{
    __sys_exit(status);
}

void _exit(int status);

void
_exit(int status)
{
    __sys_exit(status);
}

void
abort(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set = {1UL << (SIGABRT - 1)};

    __sys_sigprocmask(SIG_UNBLOCK, &set, NULL);
    __sys_kill(__sys_getpid(), SIGABRT);
    /* There was a handler, and it came back. */
    __sys_sigaction(SIGABRT, &action, NULL);
    __sys_kill(__sys_getpid(), SIGABRT);
    for (;;)
        __builtin_trap();
}
