#include "user/bin/lib/copy.h"

#include "user/bin/lib/format.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

/* One tree that is being copied. */
struct task {
    const struct copy_options *options;
    const char *from;
    const char *to;
    struct stat made; /* the new top, so that it is not copied into itself */
    bool has_made;
    bool good;
};

char *
copy_target(const char *from, const char *target, bool into)
{
    char *base, *path;

    if (!into)
        return tool_copy(target);
    base = path_base(from);
    path = path_join(target, base);
    free(base);
    return path;
}

bool
copy_bytes(int from, const char *from_name, int to, const char *to_name)
{
    static char buffer[BUFFER_BYTES];

    for (;;) {
        ssize_t count = read(from, buffer, sizeof(buffer));

        if (count == 0)
            return true;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            tool_warn(from_name);
            return false;
        }
        if (!write_all(to, buffer, (size_t)count)) {
            tool_warn(to_name);
            return false;
        }
    }
}

/* Only root can give a file away; what fails there is no error, as usual. */
void
copy_attributes(const char *path, const struct stat *info)
{
    struct timespec times[2] = { info->st_atim, info->st_mtim };
    mode_t mode = info->st_mode & MODE_BITS;

    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) != 0)
        tool_warn(path);
    if (lchown(path, info->st_uid, info->st_gid) != 0)
        mode &= ~(mode_t)(S_ISUID | S_ISGID);
    if (!S_ISLNK(info->st_mode) && chmod(path, mode) != 0)
        tool_warn(path);
}

enum verdict { REPLACE, LEAVE, REFUSE };

/* May a file take the place of what is at to? Tells why it is refused. */
static enum verdict
may_replace(const struct walk *at, const char *to,
            const struct copy_options *options)
{
    struct stat old;

    if (lstat(to, &old) != 0)
        return REPLACE;
    if (path_same(&old, &at->info) ||
        (stat(to, &old) == 0 && path_same(&old, &at->info))) {
        tool_error("%s: is the same file as %s", to, at->path);
        return REFUSE;
    }
    if (S_ISDIR(old.st_mode)) {
        tool_error("%s: Is a directory", to);
        return REFUSE;
    }
    if (options->never ||
        (options->newer && at->info.st_mtime <= old.st_mtime) ||
        (options->ask && !tool_ask("overwrite '%s'", to)))
        return LEAVE;
    return REPLACE;
}

static int
open_target(const char *to, const struct walk *at, const struct task *task)
{
    mode_t mode = at->info.st_mode & 0777;
    int flags = O_WRONLY | O_CREAT | O_TRUNC, file;

    if (task->options->keep)
        mode &= 0700; /* nobody else, until it has its own mode */
    file = open(to, flags, mode);
    if (file < 0 && task->options->force && unlink(to) == 0)
        file = open(to, flags, mode);
    if (file < 0)
        tool_warn(to);
    return file;
}

static bool
copy_file(const struct walk *at, const char *to, struct task *task)
{
    int from = open(at->path, O_RDONLY), file;
    bool good;

    if (from < 0) {
        tool_warn(at->path);
        return false;
    }
    file = open_target(to, at, task);
    if (file < 0) {
        close(from);
        return false;
    }
    good = copy_bytes(from, at->path, file, to);
    close(from);
    if (close(file) != 0 && good) {
        tool_warn(to);
        good = false;
    }
    return good;
}

static bool
copy_link(const char *from, const char *to)
{
    char *target = path_link(from);
    bool good = target != NULL;

    if (!good) {
        tool_warn(from);
    } else if (symlink(target, to) != 0 &&
               (errno != EEXIST || unlink(to) != 0 ||
                symlink(target, to) != 0)) {
        tool_warn(to);
        good = false;
    }
    free(target);
    return good;
}

static bool
make_directory(struct walk *at, const char *to, struct task *task)
{
    struct stat old;

    if (!task->options->recursive) {
        tool_error("%s: is a directory; -r would copy it", at->path);
        return false;
    }
    if (task->has_made && path_same(&task->made, &at->info)) {
        tool_error("%s: cannot be copied into itself", task->from);
        return false;
    }
    /* It must take files, whatever its mode is to be in the end. */
    if (mkdir(to, (at->info.st_mode & 0777) | S_IRWXU) != 0 &&
        (errno != EEXIST || stat(to, &old) != 0 || !S_ISDIR(old.st_mode))) {
        tool_error("%s: %s", to, strerror(errno));
        return false;
    }
    if (!task->has_made)
        task->has_made = stat(to, &task->made) == 0;
    return true;
}

/* A link that is still one then leads nowhere. */
static bool
is_followed(const struct walk *at, const struct copy_options *options)
{
    return !options->keep_links || (options->follow_top && at->depth == 0);
}

static bool
copy_entry(struct walk *at, const char *to, struct task *task)
{
    mode_t mode = at->info.st_mode;
    enum verdict verdict;
    bool good;

    if (S_ISDIR(mode)) {
        good = make_directory(at, to, task);
        at->skip = !good;
        return good;
    }
    if (S_ISLNK(mode) && is_followed(at, task->options)) {
        tool_error("%s: %s", at->path, strerror(ENOENT));
        return false;
    }
    verdict = may_replace(at, to, task->options);
    at->skip = verdict != REPLACE;
    if (at->skip)
        return verdict == LEAVE;
    if (S_ISLNK(mode))
        good = copy_link(at->path, to);
    else if (S_ISFIFO(mode) && task->options->recursive)
        good = mkfifo(to, mode & 0777) == 0 || (tool_warn(to), false);
    else
        good = copy_file(at, to, task);
    if (good && task->options->keep)
        copy_attributes(to, &at->info);
    return good;
}

/* A directory gets its own mode when nothing more will be put into it. */
static void
leave_directory(const struct walk *at, const char *to, struct task *task)
{
    if (task->options->keep) {
        copy_attributes(to, &at->info);
    } else if ((at->info.st_mode & S_IRWXU) != S_IRWXU) {
        mode_t masked = umask(0);

        umask(masked);
        if (chmod(to, at->info.st_mode & 0777 & ~masked) != 0)
            tool_warn(to);
    }
}

static void
visit(struct walk *at, enum walk_event event)
{
    struct task *task = at->data;
    const char *rest = at->path + strlen(task->from);
    char *to = at->depth == 0 ? tool_copy(task->to)
                              : path_join(task->to, rest + (*rest == '/'));

    if (event == WALK_ENTRY) {
        bool good = copy_entry(at, to, task);

        task->good = task->good && good;
        if (good && !at->skip && task->options->verbose)
            printf("'%s' -> '%s'\n", at->path, to);
    } else if (event == WALK_LEAVE) {
        leave_directory(at, to, task);
    } else {
        task->good = false;
        tool_error("%s: %s", at->path, event == WALK_LOOP
                   ? "a link leads back here" : strerror(at->error));
    }
    free(to);
}

bool
copy_path(const char *from, const char *to, const struct copy_options *options)
{
    struct task task = { .options = options, .from = from, .to = to,
                         .good = true };
    enum walk_links links = !options->keep_links ? WALK_ALL_LINKS
                            : options->follow_top ? WALK_TOP_LINKS
                                                  : WALK_NO_LINKS;

    walk_tree(from, links, visit, &task);
    return task.good;
}
