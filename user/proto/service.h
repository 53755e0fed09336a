/*
 * What a service and init say to each other, over the session that is the
 * service's first handle (docs/spec/syscalls.md, SC-15). It carries the
 * printing protocol of user/rt/rt.h, too.
 *
 * A message's tag is one of SERVICE_*, the answer's tag 0 or an ERR_* as an
 * unsigned 32-bit number.
 */
#ifndef USER_PROTO_SERVICE_H
#define USER_PROTO_SERVICE_H

#include <stdint.h>

enum service_call {
    /*
     * Something that the manifest gives this service, by its name there: NUL
     * behind it, at most SERVICE_NAME_MAX bytes, packed into words 0 to 4.
     * Word 0 of the answer is a handle of the service's own, with the rights
     * that it needs and no others. ERR_RIGHTS: the manifest has no such name;
     * ERR_EXISTS: this instance got it already (a copy is its own business).
     */
    SERVICE_HANDLE = 0x100,
    /*
     * It serves from now on; those that need it may start. The first handle is
     * a notification whose bit SERVICE_BEAT init sets to ask for a sign of
     * life; without one nobody asks.
     */
    SERVICE_READY,
    /* The sign of life. */
    SERVICE_ALIVE,
    /* Word 0: enum service_text. Lease 0 (to write) gets it with its NUL;
     * word 0 is its length without; ERR_ARGUMENT: the lease is too short. */
    SERVICE_TEXT,
    /* Word 0: number of a service, from 0. Lease 0 (to write) gets a struct
     * service_state; ERR_ARGUMENT behind the last one. */
    SERVICE_LIST,
    /* Word 0: enum service_control; name in words 1 to 5. Only over a session
     * that the manifest calls "init" and gives SERVICE_MAY_CONTROL. */
    SERVICE_CONTROL,
    /* The machine ends. Word 0: 0 as a success, else a failure. As above. */
    SERVICE_POWER_OFF,
    /* It starts anew. As above. */
    SERVICE_REBOOT,
};

enum service_text {
    SERVICE_TEXT_ARGUMENT,     /* of the manifest */
    SERVICE_TEXT_COMMAND_LINE, /* of the kernel */
};

/* The number behind "calls = init". */
#define SERVICE_MAY_CONTROL 1u

/*
 * Badges of sessions that init makes for those who may call: the number that
 * the manifest gives the caller, and in the lower half another one for each
 * session. Badges that the server chooses itself have no SERVICE_SESSION.
 */
#define SERVICE_SESSION (1ULL << 63)
#define SERVICE_SESSION_NUMBER(badge) ((uint32_t)((badge) >> 32 & 0xFFFF))

#define SERVICE_NAME_MAX 39u /* fits five words with its NUL */
#define SERVICE_BEAT (1ULL << 63)

enum service_control {
    SERVICE_STOP,    /* and do not start it again */
    SERVICE_START,
    SERVICE_RESTART,
    SERVICE_KILL,    /* as a fault would: init starts it again */
};

enum service_status {
    SERVICE_DOWN,     /* stopped, or not started yet */
    SERVICE_STARTING, /* not ready yet */
    SERVICE_UP,
    SERVICE_WAITING,  /* for its next start, after a death */
    SERVICE_FAILED,   /* given up */
};

struct service_state {
    char name[SERVICE_NAME_MAX + 1];
    uint32_t status;      /* enum service_status */
    uint32_t starts;      /* how often it was started */
    uint64_t process;     /* id, 0 without one */
    uint64_t frames, frames_limit;
    uint64_t since;       /* nanoseconds of SYS_CLOCK: the status began */
    uint64_t death[4];    /* the last one: words of SYS_GOT_DEATH */
};

#endif
