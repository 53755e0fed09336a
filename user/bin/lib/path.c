#include "user/bin/lib/path.h"

#include "user/bin/lib/tool.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
path_join(const char *folder, const char *name)
{
    size_t length = strlen(folder), more = strlen(name);
    bool slash = length > 0 && folder[length - 1] != '/';
    char *path = tool_alloc(length + slash + more + 1);

    memcpy(path, folder, length);
    if (slash)
        path[length] = '/';
    memcpy(path + length + slash, name, more + 1);
    return path;
}

const char *
path_last(const char *path)
{
    const char *last = path;

    for (const char *p = path; *p != '\0'; p++)
        if (*p == '/' && p[1] != '/' && p[1] != '\0')
            last = p + 1;
    return last;
}

void
path_trim(char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
}

char *
path_base(const char *path)
{
    char *base = tool_copy(path_last(path));

    path_trim(base);
    return base;
}

bool
path_is_directory(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool
path_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

char *
path_link(const char *path)
{
    size_t room = 128;

    for (;;) {
        char *target = tool_alloc(room);
        ssize_t length = readlink(path, target, room);

        if (length >= 0 && (size_t)length < room) {
            target[length] = '\0';
            return target;
        }
        free(target);
        if (length < 0)
            return NULL;
        room *= 2;
    }
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
path_list(const char *folder, size_t *count)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    char **names = NULL;
    size_t room = 0, used = 0;
    int error;

    if (stream == NULL)
        return NULL;
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0)
            continue;
        names = tool_grow(names, used + 1, &room, sizeof(*names));
        names[used++] = tool_copy(entry->d_name);
    }
    error = errno;
    closedir(stream);
    names = tool_grow(names, used, &room, sizeof(*names));
    names[used] = NULL;
    if (error != 0) {
        path_free_list(names);
        errno = error;
        return NULL;
    }
    qsort(names, used, sizeof(*names), compare_names);
    if (count != NULL)
        *count = used;
    return names;
}

void
path_free_list(char **names)
{
    for (size_t i = 0; names[i] != NULL; i++)
        free(names[i]);
    free(names);
}

/* A link that leads nowhere is visited as itself. */
static bool
look(struct walk *at, bool follow)
{
    if (follow && stat(at->path, &at->info) == 0)
        return true;
    if (follow && errno == ELOOP)
        return false;
    return lstat(at->path, &at->info) == 0;
}

static bool
inside_itself(const struct walk *at)
{
    for (const struct walk *up = at->parent; up != NULL; up = up->parent)
        if (path_same(&up->info, &at->info))
            return true;
    return false;
}

static void
walk_from(struct walk *at, enum walk_links links, walk_visit visit)
{
    char **names;

    if (!look(at, links == WALK_ALL_LINKS ||
                      (links == WALK_TOP_LINKS && at->depth == 0))) {
        at->error = errno;
        visit(at, WALK_FAILED);
        return;
    }
    if (S_ISDIR(at->info.st_mode) && inside_itself(at)) {
        visit(at, WALK_LOOP);
        return;
    }
    visit(at, WALK_ENTRY);
    if (!S_ISDIR(at->info.st_mode) || at->skip)
        return;
    names = path_list(at->path, NULL);
    if (names == NULL) {
        at->error = errno;
        visit(at, WALK_CLOSED);
    }
    for (char **name = names; names != NULL && *name != NULL; name++) {
        char *path = path_join(at->path, *name);
        struct walk below = { .path = path, .name = *name,
                              .depth = at->depth + 1, .data = at->data,
                              .parent = at };

        walk_from(&below, links, visit);
        free(path);
    }
    visit(at, WALK_LEAVE);
    if (names != NULL)
        path_free_list(names);
}

void
walk_tree(const char *path, enum walk_links links, walk_visit visit,
          void *data)
{
    struct walk top = { .path = path, .name = path, .data = data };

    walk_from(&top, links, visit);
}
