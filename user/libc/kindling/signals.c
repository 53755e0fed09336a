/*
 * Signals. Which are blocked, caught and ignored is told to proc, which gives
 * the others their default effect. A caught one is pending there until libc
 * takes it: in the upcall, where proc sends a thread that was busy with its own
 * code, or after a call that was ended for it.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "user/libc/kindling/kindling.h"
#include "user/proto/proc.h"

#define COUNT 64
#define BIT(number) (1UL << ((number) - 1))

static struct sigaction actions[COUNT + 1];
static unsigned long blocked;
static unsigned long handled; /* how often a handler ran */
static struct proc_upcall *page; /* shared with proc; NULL: not told yet */

void __signal_upcall(void);
HIDDEN void __signal_run_all(void);

/* --- telling proc --------------------------------------------------------- */

static unsigned long
ignored_set(void)
{
    unsigned long set = 0;

    for (int i = 1; i <= COUNT; i++)
        if (actions[i].sa_handler == SIG_IGN)
            set |= BIT(i);
    return set;
}

static unsigned long
caught_set(void)
{
    unsigned long set = 0;

    for (int i = 1; i <= COUNT; i++)
        if (actions[i].sa_handler != SIG_IGN &&
            actions[i].sa_handler != SIG_DFL)
            set |= BIT(i);
    return set;
}

static int
make_page(handle_t *memory)
{
    int64_t result = sys_memory_create(SYS_MEMORY_ANONYMOUS, SYS_PAGE, 0, 0);
    int64_t at;

    if (result < 0)
        return __error_of(result);
    at = sys_map(SYS_SELF, (handle_t)result, 0, SYS_PAGE, 0,
                 SYS_MAP_READ | SYS_MAP_WRITE);
    if (at < 0) {
        sys_close((handle_t)result);
        return __error_of(at);
    }
    *memory = (handle_t)result;
    page = (struct proc_upcall *)at;
    return 0;
}

static int
tell(void)
{
    struct sys_message m = {
        .tag = PROC_SIGNALS,
        .words = { (uint64_t)__signal_upcall, blocked, caught_set(),
                   ignored_set() },
    };
    handle_t memory = 0;
    int error = 0;

    if (__system.proc == 0)
        return 0;
    if (page == NULL && m.words[2] != 0)
        error = make_page(&memory);
    if (error != 0)
        return error;
    m.words[4] = (uint64_t)page;
    if (memory != 0) {
        m.handles = sys_handles(memory, 0);
        m.tag |= SYS_TAG_HANDLES(1);
    }
    error = __ask_plainly(__system.proc, &m);
    if (memory != 0)
        sys_close(memory);
    return error;
}

/*
 * The page is the parent's: shared memory is not copied by fork. What came
 * before proc knew the new one could not be told.
 */
void
__signals_forked(void)
{
    if (page == NULL)
        return;
    sys_unmap(SYS_SELF, (uint64_t)page, SYS_PAGE);
    page = NULL;
    tell();
    __signals_run();
}

/* The old program's upcall is no place for the new one's thread. */
int
__signals_hold(struct start *start)
{
    struct sys_message m = {
        .tag = PROC_SIGNALS,
        .words = { 0, ~0UL, caught_set(), ignored_set() },
    };

    start->blocked = blocked;
    start->ignored = ignored_set();
    return page == NULL ? 0 : __ask_plainly(__system.proc, &m);
}

void
__signals_go_on(void)
{
    if (page != NULL)
        tell();
    __signals_run();
}

void
__signals_started(const struct start *start)
{
    blocked = start->blocked;
    for (int i = 1; i <= COUNT; i++)
        if ((start->ignored & BIT(i)) != 0)
            actions[i].sa_handler = SIG_IGN;
    tell();
}

/* --- running handlers ----------------------------------------------------- */

/* false: the call that it ended is not to be made again. */
static bool
run(int number)
{
    struct sigaction action = actions[number];
    unsigned long before = blocked;
    siginfo_t info = { .si_signo = number };

    if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
        return true; /* it was changed meanwhile */
    handled++;
    if ((action.sa_flags & (int)SA_RESETHAND) != 0)
        actions[number].sa_handler = SIG_DFL;
    blocked |= action.sa_mask.__bits;
    if ((action.sa_flags & SA_NODEFER) == 0)
        blocked |= BIT(number);
    tell();
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, &info, NULL);
    else
        action.sa_handler(number);
    blocked = before;
    tell();
    return (action.sa_flags & SA_RESTART) != 0;
}

static int
take(void)
{
    struct sys_message m = { .tag = PROC_TAKE };

    return __ask_plainly(__system.proc, &m) == 0 ? (int)m.words[0] : 0;
}

bool
__signals_run(void)
{
    bool again = true;
    int error = errno, number;

    if (page != NULL)
        __atomic_store_n(&page->pending, 0, __ATOMIC_SEQ_CST);
    while (__system.proc != 0 && (number = take()) > 0 && number <= COUNT)
        again &= run(number);
    errno = error;
    return again;
}

void
__signals_look(void)
{
    if (page != NULL &&
        __atomic_load_n(&page->pending, __ATOMIC_RELAXED) != 0)
        __signals_run();
}

bool
__signals_ran(void)
{
    unsigned long before = handled;

    __signals_run();
    return handled != before;
}

/* What the upcall calls, with all registers saved. */
void
__signal_run_all(void)
{
    __signals_run();
}

/*
 * RDI: the page with the registers of the interrupted code; RSP lies below its
 * red zone. They are copied before another signal may come, the FPU's are
 * saved, and in the end all are loaded again: flags and instruction go to the
 * edge of the red zone, where POPFQ and RET take them.
 */
__asm__(".text\n"
        ".globl __signal_upcall\n"
        "__signal_upcall:\n"
        "    sub $160, %rsp\n"
        "    mov %rdi, %rdx\n"
        "    lea 8(%rdi), %rsi\n"
        "    mov %rsp, %rdi\n"
        "    mov $19, %ecx\n"
        "    cld\n"
        "    rep movsq\n"
        "    movl $0, (%rdx)\n"
        "    mov %rsp, %rbx\n"
        "    sub $512, %rsp\n"
        "    and $-64, %rsp\n"
        "    fxsave (%rsp)\n"
        "    mov %rsp, %r12\n"
        "    call __signal_run_all\n"
        "    fxrstor (%r12)\n"
        "    mov %rbx, %rsp\n"
        "    mov 56(%rsp), %rax\n"
        "    mov 128(%rsp), %rcx\n"
        "    mov 136(%rsp), %rdx\n"
        "    mov %rcx, -136(%rax)\n"
        "    mov %rdx, -144(%rax)\n"
        "    sub $144, %rax\n"
        "    mov %rax, 56(%rsp)\n"
        "    mov 8(%rsp), %rbx\n"
        "    mov 16(%rsp), %rcx\n"
        "    mov 24(%rsp), %rdx\n"
        "    mov 32(%rsp), %rsi\n"
        "    mov 40(%rsp), %rdi\n"
        "    mov 48(%rsp), %rbp\n"
        "    mov 64(%rsp), %r8\n"
        "    mov 72(%rsp), %r9\n"
        "    mov 80(%rsp), %r10\n"
        "    mov 88(%rsp), %r11\n"
        "    mov 96(%rsp), %r12\n"
        "    mov 104(%rsp), %r13\n"
        "    mov 112(%rsp), %r14\n"
        "    mov 120(%rsp), %r15\n"
        "    mov (%rsp), %rax\n"
        "    mov 56(%rsp), %rsp\n"
        "    popfq\n"
        "    ret $128\n");

/* --- POSIX ---------------------------------------------------------------- */

int
__sys_sigaction(int number, const struct sigaction *new,
                struct sigaction *old)
{
    struct sigaction before;
    int error = 0;

    if (number < 1 || number > COUNT ||
        (new != NULL && (number == SIGKILL || number == SIGSTOP)))
        return -EINVAL;
    before = actions[number];
    if (new != NULL) {
        actions[number] = *new;
        error = tell();
        if (error != 0)
            actions[number] = before;
        __signals_look();
    }
    if (old != NULL)
        *old = before;
    return error;
}

int
__sys_sigprocmask(int how, const sigset_t *new, sigset_t *old)
{
    int error;

    if (old != NULL)
        old->__bits = blocked;
    if (new == NULL)
        return 0;
    switch (how) {
    case SIG_BLOCK: blocked |= new->__bits; break;
    case SIG_UNBLOCK: blocked &= ~new->__bits; break;
    case SIG_SETMASK: blocked = new->__bits; break;
    default: return -EINVAL;
    }
    blocked &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
    error = tell();
    __signals_run();
    return error;
}

int
__sys_sigpending(sigset_t *set)
{
    struct sys_message m = { .tag = PROC_PENDING };
    int error = __ask_plainly(__system.proc, &m);

    if (error == 0)
        set->__bits = m.words[0];
    return error;
}

int
__sys_sigsuspend(const sigset_t *mask)
{
    unsigned long before = blocked;
    struct sys_message m = { .tag = PROC_PAUSE,
                             .words = { 0, mask->__bits, 1 } };
    int error = __ask_once(__system.proc, &m);

    blocked = mask->__bits;
    if (error == 0 && m.words[0] > 0 && m.words[0] <= COUNT)
        run((int)m.words[0]);
    __signals_run();
    blocked = before;
    tell();
    return -EINTR;
}

int
__sys_sigwait(const sigset_t *set)
{
    struct sys_message m = { .tag = PROC_PAUSE, .words = { set->__bits } };
    int error = __ask_slowly(__system.proc, &m);

    return error != 0 ? error : (int)m.words[0];
}

int
__sys_sigaltstack(const stack_t *new, stack_t *old)
{
    if (old != NULL)
        *old = (stack_t){ .ss_flags = SS_DISABLE };
    return new != NULL && (new->ss_flags & SS_DISABLE) == 0 ? -ENOMEM : 0;
}
