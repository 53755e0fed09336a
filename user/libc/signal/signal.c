#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

static unsigned long
bit(int number)
{
    return 1UL << (number - 1);
}

static int
is_signal(int number)
{
    return number > 0 && number <= 64;
}

int
sigemptyset(sigset_t *set)
{
    set->__bits = 0;
    return 0;
}

int
sigfillset(sigset_t *set)
{
    set->__bits = ~0UL;
    return 0;
}

int
sigaddset(sigset_t *set, int number)
{
    if (!is_signal(number))
        return __fail(EINVAL);
    set->__bits |= bit(number);
    return 0;
}

int
sigdelset(sigset_t *set, int number)
{
    if (!is_signal(number))
        return __fail(EINVAL);
    set->__bits &= ~bit(number);
    return 0;
}

int
sigismember(const sigset_t *set, int number)
{
    if (!is_signal(number))
        return __fail(EINVAL);
    return (set->__bits & bit(number)) != 0;
}

int
sigaction(int number, const struct sigaction *restrict new,
          struct sigaction *restrict old)
{
    if (!is_signal(number))
        return __fail(EINVAL);
    return (int)__result(__sys_sigaction(number, new, old));
}

/* BSD's semantics: the handler stays, calls are restarted. */
void (*signal(int number, void (*handler)(int)))(int)
{
    struct sigaction new = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction old;

    return sigaction(number, &new, &old) == 0 ? old.sa_handler : SIG_ERR;
}

int
siginterrupt(int number, int interrupt)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0)
        return -1;
    if (interrupt)
        action.sa_flags &= ~SA_RESTART;
    else
        action.sa_flags |= SA_RESTART;
    return sigaction(number, &action, NULL);
}

int
sigprocmask(int how, const sigset_t *restrict new, sigset_t *restrict old)
{
    return (int)__result(__sys_sigprocmask(how, new, old));
}

int
pthread_sigmask(int how, const sigset_t *restrict new, sigset_t *restrict old)
{
    return -__sys_sigprocmask(how, new, old);
}

int
sigpending(sigset_t *set)
{
    return (int)__result(__sys_sigpending(set));
}

int
sigsuspend(const sigset_t *mask)
{
    return (int)__result(__sys_sigsuspend(mask));
}

int
pause(void)
{
    sigset_t mask;

    __sys_sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigsuspend(&mask);
}

int
sigwait(const sigset_t *restrict set, int *restrict number)
{
    int result;

    do
        result = __sys_sigwait(set);
    while (result == -EINTR);
    if (result < 0)
        return -result;
    *number = result;
    return 0;
}

int
sigaltstack(const stack_t *restrict new, stack_t *restrict old)
{
    return (int)__result(__sys_sigaltstack(new, old));
}

int
kill(pid_t pid, int number)
{
    return (int)__result(__sys_kill(pid, number));
}

int
killpg(pid_t group, int number)
{
    return group < 0 ? __fail(EINVAL) : kill(-group, number);
}

int
raise(int number)
{
    return kill(__sys_getpid(), number);
}
