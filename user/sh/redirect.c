#include "user/sh/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/expand.h"
#include "user/sh/jobs.h"
#include "user/sh/sh.h"

#define OWN_FDS 100         /* the shell's own descriptors start here */
#define ATOMIC 512          /* what any empty pipe takes (_POSIX_PIPE_BUF) */

struct redirect_saved {
    struct redirect_saved *below;
    int fd, copy;           /* copy -1: it was closed */
};

static struct redirect_saved *saved;

struct redirect_saved *
redirect_mark(void)
{
    return saved;
}

static int
duplicate(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FDS);

    if (copy < 0 && (errno == EINVAL || errno == EMFILE))
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    return copy;
}

int
redirect_move(int fd)
{
    int copy = duplicate(fd);

    if (copy >= 0)
        close(fd);
    return copy;
}

static bool
save(int fd)
{
    struct redirect_saved *one = mem_keep(sizeof *one);

    one->fd = fd;
    one->copy = duplicate(fd);
    if (one->copy < 0 && errno != EBADF) {
        sh_error("%d: %s", fd, strerror(errno));
        free(one);
        return false;
    }
    one->below = saved;
    saved = one;
    return true;
}

void
redirect_undo(struct redirect_saved *mark)
{
    while (saved != mark) {
        struct redirect_saved *one = saved;

        saved = one->below;
        if (one->copy >= 0) {
            dup2(one->copy, one->fd);
            close(one->copy);
        } else {
            close(one->fd);
        }
        free(one);
    }
}

/* --- opening ------------------------------------------------------------- */

/* set -C: > must not hit a regular file that exists. */
static int
open_new(const char *path)
{
    struct stat info;
    int fd;

    if (stat(path, &info) < 0)
        return open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (S_ISREG(info.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    fd = open(path, O_WRONLY);
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        close(fd);
        errno = EEXIST;
        return -1;
    }
    return fd;
}

static int
open_file(enum redirect_kind kind, const char *path)
{
    if (kind == REDIRECT_READ)
        return open(path, O_RDONLY);
    if (kind == REDIRECT_BOTH)
        return open(path, O_RDWR | O_CREAT, 0666);
    if (kind == REDIRECT_APPEND)
        return open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (kind == REDIRECT_WRITE && sh.option['C'])
        return open_new(path);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

/* A pipe with the text in it. What it may not hold at once, a child of the
 * shell writes, which nobody waits for in particular. */
static int
open_here(const char *text)
{
    size_t length = strlen(text);
    int ends[2];
    pid_t child;

    if (pipe(ends) < 0)
        return -1;
    if (length <= ATOMIC) {
        if (!sh_write(ends[1], text, length))
            sh_error("here-document: %s", strerror(errno));
        close(ends[1]);
        return ends[0];
    }
    child = jobs_fork_helper();
    if (child == 0) {
        close(ends[0]);
        _exit(sh_write(ends[1], text, length) ? 0 : 1);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return -1;
    }
    return ends[0];
}

static bool
put_in_place(int from, int fd, bool close_from)
{
    if (from == fd)
        return true;
    if (dup2(from, fd) < 0) {
        sh_error("%d: %s", fd, strerror(errno));
        if (close_from)
            close(from);
        return false;
    }
    if (close_from)
        close(from);
    return true;
}

/* <&n, >&n, <&-. */
static bool
apply_copy(const struct redirect *redirect, const char *word)
{
    long from;

    if (strcmp(word, "-") == 0) {
        close(redirect->fd);
        return true;
    }
    from = sh_number(word, INT_MAX);
    if (from < 0) {
        sh_error("%s: not a descriptor", word);
        return false;
    }
    if (from >= OWN_FDS || fcntl((int)from, F_GETFD) < 0) {
        sh_error("%s: %s", word, strerror(EBADF));
        return false;
    }
    return put_in_place((int)from, redirect->fd, false);
}

static bool
apply_one(const struct redirect *redirect, bool forever)
{
    const char *word = expand_string(redirect->word,
                                     redirect->kind == REDIRECT_HERE ?
                                     EXPAND_NO_TILDE : EXPAND_TILDE);
    int fd;

    if (word == NULL)
        return false;
    if (redirect->fd >= OWN_FDS) {
        sh_error("%d: descriptor out of range", redirect->fd);
        return false;
    }
    if (redirect->kind == REDIRECT_FROM_FD ||
        redirect->kind == REDIRECT_TO_FD)
        return (forever || save(redirect->fd)) &&
            apply_copy(redirect, word);
    fd = redirect->kind == REDIRECT_HERE ? open_here(word) :
        open_file(redirect->kind, word);
    if (fd < 0) {
        sh_error("%s: %s", redirect->kind == REDIRECT_HERE ?
                 "here-document" : word, strerror(errno));
        return false;
    }
    if (fd == redirect->fd && !forever) {
        /* It was closed before; that is what undoing comes back to. */
        int moved = redirect_move(fd);

        if (moved < 0)
            return false;
        fd = moved;
    }
    if (!forever && !save(redirect->fd)) {
        close(fd);
        return false;
    }
    return put_in_place(fd, redirect->fd, true);
}

bool
redirect_apply(const struct redirect *list, bool forever)
{
    for (; list != NULL; list = list->next) {
        if (!apply_one(list, forever))
            return false;
    }
    return true;
}
