/*
 * The system layer over Kindling's servers: what its files share. Results
 * below 0 are -errno, as everywhere in this layer.
 */
#ifndef LIBC_KINDLING_KINDLING_H
#define LIBC_KINDLING_KINDLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"
#include "user/proto/io.h"
#include "user/proto/start.h"
#include "user/rt/sys.h"

#define FILES_MAX 256
#define PATH_SIZE (IO_PATH_MAX + 1)

struct file {
    handle_t handle; /* session; 0: the descriptor is free */
    uint32_t mode;   /* S_IF* */
    bool close_on_exec;
    char *path;      /* of a directory, for openat() and its kind */
};

extern struct system_state {
    handle_t proc, name, table;
    int32_t number;
    mode_t umask;
    char directory[PATH_SIZE]; /* absolute, without links, "." and ".." */
    struct file files[FILES_MAX];
} __system;

/* A kernel's error as -errno. */
int __error_of(int64_t error);

/*
 * Call a server; 0 and the answer, or -errno. A call that a signal ended is
 * made again after the handlers: one that waits for nobody but the server
 * never fails with EINTR, as POSIX wants it of getpgrp() and tcsetpgrp().
 */
int __ask(handle_t session, struct sys_message *m);

/* For a call that may wait for long: made again, or -EINTR, as the flags of
 * the handlers say. */
int __ask_slowly(handle_t session, struct sys_message *m);

/* One that is made again before any handler runs, and one that is not. */
int __ask_plainly(handle_t session, struct sys_message *m);
int __ask_once(handle_t session, struct sys_message *m);

/* The same with one range of memory, to be read or written by the server. */
int __ask_with(handle_t session, struct sys_message *m, void *data, size_t size,
               bool server_writes);

/* --- files.c -------------------------------------------------------------- */

/* NULL: no such descriptor is open. */
struct file *__file(int fd);

/* The lowest free descriptor from there on gets the session, or -EMFILE. */
int __file_add(int from, handle_t handle, uint32_t mode, bool close_on_exec);

/* --- signals.c ------------------------------------------------------------ */

/* Take all that are pending and run their handlers. false: one of them wants
 * calls to fail with EINTR. */
bool __signals_run(void);

/* The same; whether there were any. */
bool __signals_ran(void);

/* After a call that went well: one may have come while it was under way. */
void __signals_look(void);

/* In the child of fork. */
void __signals_forked(void);

/*
 * Before exec: none is caught any more until __signals_started() in the new
 * program, which has what *start says blocked and ignored; __signals_go_on() if
 * there is none after all.
 */
int __signals_hold(struct start *start);
void __signals_go_on(void);
void __signals_started(const struct start *start);

/* --- process.c ------------------------------------------------------------ */

/* Tell proc which program this is. */
void __process_started(const char *name);

/* --- names.c -------------------------------------------------------------- */

/* A path that was looked up: the server, and the rest that is its. */
struct place {
    handle_t root;
    char path[PATH_SIZE]; /* absolute, without "." and ".." */
    size_t prefix;        /* bytes of path that lead to the root */
};

static inline const char *
__place_rest(const struct place *place)
{
    return place->path + place->prefix;
}

/*
 * Ask the server of a path; m without leases 0, which becomes the path. The
 * second lease, if there is one, is m->leases[1] as the tag says. Links on the
 * way are followed. place tells which path it was in the end.
 */
int __ask_path(int folder, const char *path, struct sys_message *m,
               const struct sys_lease *second, struct place *place);

/* The sessions to roots that are kept for later, NAME_MOUNTS at most; how many
 * there are. */
uint32_t __names_roots(handle_t *to);

/* Only where it would be: for names that are to be made. */
int __find_place(int folder, const char *path, struct place *place);

#endif
