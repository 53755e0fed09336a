/*
 * Processes as POSIX has them: numbers, families, groups, sessions, signals.
 * proc is the supervisor of all of them. It knows who calls by the process id
 * that the kernel writes into each message.
 *
 * A call's tag is one of PROC_*; the answer's tag is 0 or an errno number.
 */
#ifndef USER_PROTO_PROC_H
#define USER_PROTO_PROC_H

#include <stdint.h>

enum proc_call {
    /* The answer comes twice: word 0 is the child's number in the parent, and
     * 0 in the child, where word 1 is its own number. */
    PROC_FORK = 0x400,
    PROC_MORE, /* word 0: so many frames more than it may have now */
    /*
     * An empty process, to be filled: first handle of the answer. Word 0: how
     * many frames it may have. For exec it is swapped with the
     * caller and ended by the new program; for spawn it is a child of the
     * caller with its group and session from PROC_ADOPT on.
     */
    PROC_CREATE,
    /* First handle: a process of PROC_CREATE, to be controlled; word 1: 1 for a
     * session of its own. Word 0: its number; first handle: the session to proc
     * that it is to be given, for the caller's own is the caller's. */
    PROC_ADOPT,
    /* The caller has a new program: words 0 to 5 are its name. Signals that
     * were caught have their default action again. Word 0: its number. */
    PROC_EXEC,
    /* Word 0: number (-1 any, 0 own group, below -1 that group), 1: W*. Word
     * 0: number, or 0 with WNOHANG; word 1: status. */
    PROC_WAIT,
    /* Words 0: number as kill() has it, 1: signal. */
    PROC_KILL,
    /* Word 0: number or 0. Words: number, parent, group, session. */
    PROC_IDS,
    PROC_SETPGID, /* words 0: number, 1: group */
    PROC_SETSID,  /* word 0: session */
    /*
     * Words 1 to 3: masks of blocked, caught and ignored signals. With a first
     * handle, caught ones arrive by upcall from now on: memory of a page that
     * holds a struct proc_upcall, words 0 and 4: addresses of libc's upcall and
     * of that struct in the process. Needs a handle for each program.
     */
    PROC_SIGNALS,
    /* One caught signal that is pending and not blocked, or one of word 0
     * whether blocked or not: word 0, 0 for none. */
    PROC_TAKE,
    /* The same, and waits for one. Word 1: mask of blocked signals meanwhile,
     * where word 2 is 1. */
    PROC_PAUSE,
    PROC_PENDING, /* word 0: signals that are pending */
    PROC_ALARM,   /* word 0: ns, 0: none; word 0: ns left of the last one */
    /* Word 0: number behind which to look. Lease 0 (to write): struct
     * proc_info of the next one; ESRCH behind the last. */
    PROC_LIST,
    /* A terminal's: words 0: session, 1: group in front, 2: signal. */
    PROC_TTY_SIGNAL,
    /*
     * A terminal's: may the process of that kernel's id (word 0) do what those
     * in front may? Words 1, 2: session and group in front, 3: signal for one
     * that may not. 0; EINTR: its group was sent the signal; EIO: the signal
     * would not work, because it is ignored, blocked, or nobody would wake it.
     * Signal 0 only asks: EAGAIN for one that may not.
     */
    PROC_TTY_CHECK,
};

struct proc_info {
    int32_t number, parent, group, session;
    uint32_t state;      /* enum sys_thread_state of its first thread, or */
    uint32_t threads;    /* PROC_STOPPED, PROC_ZOMBIE */
    uint64_t frames;     /* that it holds */
    uint64_t started;    /* nanoseconds of SYS_CLOCK */
    uint64_t terminal;   /* inode of its controlling terminal, or 0 */
    char name[48];
};

/*
 * Where proc leaves the registers of a thread that it sent to the upcall. The
 * upcall clears busy when it has them; until then it is not sent there again.
 *
 * proc sets pending when there is something to be taken. Not every thread can
 * be sent to the upcall: one that stands in a call which its server answers as
 * if nothing had happened looks at pending when it comes back. libc clears it
 * before it takes.
 */
struct proc_upcall {
    uint32_t busy, pending;
    uint64_t registers[19]; /* struct sys_registers */
};

/* What the stack below the interrupted one is not to be used for. */
#define PROC_RED_ZONE 128u

#define PROC_STOPPED 100u
#define PROC_ZOMBIE  101u

#endif
