#include "user/bin/lib/remove.h"

#include "user/bin/lib/path.h"
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct task {
    const struct remove_options *options;
    int kept; /* the depth of what stays, so all above it stays as well */
};

static bool
is_empty(const char *path)
{
    size_t count = 1;
    char **names = path_list(path, &count);

    if (names != NULL)
        path_free_list(names);
    return count == 0;
}

static void
keep(const struct walk *at, struct task *task)
{
    if (task->kept < at->depth)
        task->kept = at->depth;
}

/* As asked for, or because the file is protected and someone is there. */
static bool
may_remove(const struct walk *at, const char *question, struct task *task)
{
    const struct remove_options *options = task->options;
    bool protected = !S_ISLNK(at->info.st_mode) &&
                     access(at->path, W_OK) != 0 && isatty(STDIN_FILENO);

    if (options->force || (!options->ask && !protected))
        return true;
    if (tool_ask("%s%s '%s'", question, protected ? ", write-protected," : "",
                 at->path))
        return true;
    keep(at, task);
    return false;
}

static void
report(const struct walk *at, int status, struct task *task)
{
    if (status != 0) {
        tool_warn(at->path);
        keep(at, task);
    } else if (task->options->verbose) {
        printf("removed %s'%s'\n", S_ISDIR(at->info.st_mode)
               ? "directory " : "", at->path);
    }
}

static void
leave(struct walk *at, struct task *task)
{
    if (task->kept > at->depth)
        task->kept = at->depth; /* something in it stays: this was told */
    else if (may_remove(at, "remove directory", task))
        report(at, rmdir(at->path), task);
}

static void
enter(struct walk *at, struct task *task)
{
    const struct remove_options *options = task->options;

    if (!S_ISDIR(at->info.st_mode)) {
        if (may_remove(at, "remove", task))
            report(at, unlink(at->path), task);
        return;
    }
    if (!options->recursive) {
        at->skip = true;
        if (options->directories)
            leave(at, task);
        else
            tool_error("%s: Is a directory", at->path);
        return;
    }
    at->skip = options->ask && !is_empty(at->path) &&
               !may_remove(at, "descend into directory", task);
}

static void
visit(struct walk *at, enum walk_event event)
{
    struct task *task = at->data;

    if (event == WALK_ENTRY)
        enter(at, task);
    else if (event == WALK_LEAVE)
        leave(at, task);
    else if (!task->options->force ||
             (at->error != ENOENT && at->error != ENOTDIR))
        tool_error("%s: %s", at->path, strerror(at->error));
}

void
remove_path(const char *path, const struct remove_options *options)
{
    struct task task = { .options = options };

    walk_tree(path, WALK_NO_LINKS, visit, &task);
}
