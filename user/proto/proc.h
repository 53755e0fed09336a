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
    /*
     * An empty process, to be filled: first handle of the answer. Word 0:
     * frames, 0 for as many as the caller has. For exec it is swapped with the
     * caller and ended by the new program; for spawn it is a child of the
     * caller with its group and session from PROC_ADOPT on.
     */
    PROC_CREATE,
    /* Word 0: kernel's id of a process of PROC_CREATE. Word 0: its number. */
    PROC_ADOPT,
    /* The caller has a new program: words 0 to 5 are its name. Signals that
     * were caught have their default action again. Word 0: its number. */
    PROC_EXEC,
    /* Word 0: number (-1 any, 0 own group, below -1 that group), 1: W*. Word
     * 0: number, or 0 with WNOHANG; word 1: status; 2, 3: ns used. */
    PROC_WAIT,
    /* Words 0: number as kill() has it, 1: signal. */
    PROC_KILL,
    /* Word 0: number or 0. Words: number, parent, group, session. */
    PROC_IDS,
    PROC_SETPGID, /* words 0: number, 1: group */
    PROC_SETSID,  /* word 0: session */
    /*
     * How signals arrive. Word 0: address of libc's upcall, 1: mask of blocked
     * signals, 2: of caught ones, 3: of ignored ones. First handle: memory of
     * one page, shared, whose first word proc sets bits of pending signals in.
     */
    PROC_SIGNALS,
    /* Word 0: signals to wait for; returns one that was pending: word 0. */
    PROC_SIGWAIT,
    PROC_ALARM,   /* word 0: ns, 0: none; word 0: ns left of the last one */
    /* Word 0: number behind which to look. Lease 0 (to write): struct
     * proc_info of the next one; ESRCH behind the last. */
    PROC_LIST,
    /* First handle: a notification, word 0: bits to set when a process of the
     * caller's session that is the terminal's changes (tty only). */
    PROC_WATCH,
    /* A terminal's: words 0: session, 1: group in front, 2: signal. */
    PROC_TTY_SIGNAL,
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

#define PROC_STOPPED 100u
#define PROC_ZOMBIE  101u

#endif
