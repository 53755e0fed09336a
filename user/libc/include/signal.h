#ifndef _SIGNAL_H
#define _SIGNAL_H

#include <bits/features.h>

typedef int sig_atomic_t;

#define SIG_ERR ((void (*)(int))-1)
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   29
#define SIGSYS    31

__C_BEGIN

int raise(int);
void (*signal(int, void (*)(int)))(int);

#ifdef __SHOW_POSIX
#include <bits/sigset.h>
#include <bits/timespec.h>

typedef int pid_t;
typedef unsigned uid_t;

union sigval {
    int sival_int;
    void *sival_ptr;
};

typedef struct {
    int si_signo, si_errno, si_code;
    pid_t si_pid;
    uid_t si_uid;
    int si_status;
    void *si_addr;
    union sigval si_value;
    long si_band;
    long __reserved[8];
} siginfo_t;

struct sigaction {
    union {
        void (*__handler)(int);
        void (*__action)(int, siginfo_t *, void *);
    } __function;
    sigset_t sa_mask;
    int sa_flags;
};
#define sa_handler   __function.__handler
#define sa_sigaction __function.__action

typedef struct {
    void *ss_sp;
    int ss_flags;
    __SIZE_TYPE__ ss_size;
} stack_t;

#define SA_NOCLDSTOP 1
#define SA_NOCLDWAIT 2
#define SA_SIGINFO   4
#define SA_ONSTACK   0x08000000
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SI_USER      0
#define SI_QUEUE     (-1)
#define CLD_EXITED   1
#define CLD_KILLED   2
#define CLD_DUMPED   3
#define CLD_TRAPPED  4
#define CLD_STOPPED  5
#define CLD_CONTINUED 6

#define SS_ONSTACK  1
#define SS_DISABLE  2
#define MINSIGSTKSZ 4096
#define SIGSTKSZ    16384

int kill(pid_t, int);
int killpg(pid_t, int);
void psignal(int, const char *);
int sigaction(int, const struct sigaction *__restrict,
              struct sigaction *__restrict);
int sigaddset(sigset_t *, int);
int sigaltstack(const stack_t *__restrict, stack_t *__restrict);
int sigdelset(sigset_t *, int);
int sigemptyset(sigset_t *);
int sigfillset(sigset_t *);
int sigismember(const sigset_t *, int);
int sigpending(sigset_t *);
int sigprocmask(int, const sigset_t *__restrict, sigset_t *__restrict);
int pthread_sigmask(int, const sigset_t *__restrict, sigset_t *__restrict);
int siginterrupt(int, int);
int sigsuspend(const sigset_t *);
int sigwait(const sigset_t *__restrict, int *__restrict);
#endif

#ifdef __SHOW_MISC
#define NSIG 65
typedef void (*sighandler_t)(int);
typedef void (*sig_t)(int);
extern const char *const sys_signame[32];
extern const char *const sys_siglist[32];
#endif

__C_END

#endif
