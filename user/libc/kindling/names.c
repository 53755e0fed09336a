/*
 * Paths. They are made absolute here; the longest prefix in the mount table
 * says whose they are; symbolic links are followed here, because their text may
 * lead to another server.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/kindling/kindling.h"
#include "user/proto/name.h"

#define LINKS_MAX 40

static const struct name_table *table;
static struct {
    uint32_t stamp;
    handle_t root;
} roots[NAME_MOUNTS];

/* --- the mount table ------------------------------------------------------ */

static bool
is_prefix(const struct name_mount *mount, const char *path)
{
    size_t length = mount->length;

    if (length == 0 || length > NAME_PREFIX ||
        strncmp(mount->prefix, path, length) != 0)
        return false;
    return (length == 1 && *path == '/') || path[length] == '/' ||
           path[length] == '\0';
}

/* The longest prefix: its place, and its stamp; -1: none. */
static int
look(const char *path, size_t *length, uint32_t *stamp)
{
    uint32_t before;
    int best;

    do {
        before = __atomic_load_n(&table->sequence, __ATOMIC_ACQUIRE);
        best = -1;
        *length = 0;
        for (unsigned i = 0; i < NAME_MOUNTS; i++) {
            const struct name_mount *mount = &table->mounts[i];

            if (!is_prefix(mount, path) || mount->length <= *length)
                continue;
            best = (int)i;
            *length = mount->length;
            *stamp = mount->stamp;
        }
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (before % 2 != 0 || before != table->sequence);
    return best;
}

static int
open_table(void)
{
    int64_t at;

    if (table != NULL)
        return 0;
    if (__system.table == 0)
        return -ENOENT;
    at = sys_map(SYS_SELF, __system.table, 0,
                 (sizeof *table + SYS_PAGE - 1) / SYS_PAGE * SYS_PAGE, 0,
                 SYS_MAP_READ);
    if (at < 0)
        return __error_of(at);
    table = (const struct name_table *)at;
    return 0;
}

static int
find_root(struct place *place)
{
    struct sys_message m = { .tag = NAME_SESSION };
    uint32_t stamp = 0;
    size_t length;
    int error = open_table(), i;

    if (error != 0)
        return error;
    i = look(place->path, &length, &stamp);
    if (i < 0)
        return -ENOENT;
    place->prefix = length == 1 ? 0 : length;
    if (roots[i].root != 0 && roots[i].stamp == stamp) {
        place->root = roots[i].root;
        return 0;
    }
    m.words[0] = (uint64_t)i;
    m.words[1] = stamp;
    error = __ask(__system.name, &m);
    if (error != 0)
        return error;
    if (roots[i].root != 0)
        sys_close(roots[i].root);
    roots[i].root = place->root = sys_handle(&m, 0);
    roots[i].stamp = stamp;
    return 0;
}

uint32_t
__names_roots(handle_t *to)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < NAME_MOUNTS; i++)
        if (roots[i].root != 0)
            to[count++] = roots[i].root;
    return count;
}

/* --- paths ---------------------------------------------------------------- */

/* The text of the link that the first bytes of a place's rest lead to. */
static int
read_link(const struct place *place, size_t length, char *text, size_t size)
{
    struct sys_lease leases[2] = {
        { (uint64_t)__place_rest(place), length }, { (uint64_t)text, size },
    };
    struct sys_message m = {
        .tag = IO_READLINK | SYS_TAG_LEASES(2) | SYS_TAG_READ(0) |
               SYS_TAG_WRITE(1),
        .leases = leases,
    };
    int error = __ask(place->root, &m);

    if (error != 0)
        return error;
    return m.words[0] < size ? (int)m.words[0] : -ENAMETOOLONG;
}

/* What is left to be walked: behind what was walked. */
struct walk {
    struct place *place;
    size_t length;       /* of place->path, which has no link in it but its */
                         /* last name, which nobody looked at yet */
    char rest[PATH_SIZE];
    unsigned links;
};

/* A slash at the end would want a directory: none is added there. */
static int
put_back(struct walk *walk, const char *text, size_t length)
{
    size_t rest = strlen(walk->rest), slash = rest > 0;

    if (length + slash + rest >= sizeof walk->rest)
        return -ENAMETOOLONG;
    memmove(walk->rest + length + slash, walk->rest, rest + 1);
    memcpy(walk->rest, text, length);
    if (slash)
        walk->rest[length] = '/';
    return 0;
}

/* The link at the first bytes of the place's path is replaced by its text; how
 * many they are is the server's word. */
static int
follow(struct walk *walk, uint64_t link)
{
    struct place *place = walk->place;
    char text[PATH_SIZE];
    int length, error;

    if (link > walk->length - place->prefix)
        return -EIO;
    if (++walk->links > LINKS_MAX)
        return -ELOOP;
    length = read_link(place, link, text, sizeof text);
    if (length < 0)
        return length;
    link += place->prefix;
    error = put_back(walk, place->path + link, walk->length - link);
    if (error == 0)
        error = put_back(walk, text, (size_t)length);
    if (error != 0)
        return error;
    while (link > 0 && place->path[link - 1] != '/')
        link--;
    walk->length = length > 0 && text[0] == '/' ? 0 : link > 0 ? link - 1 : 0;
    place->path[walk->length] = '\0';
    return 0;
}

/* ".." means the directory above what a link leads to: so look first. */
static int
go_up(struct walk *walk)
{
    struct place *place = walk->place;
    struct io_stat unused;
    struct sys_lease leases[2];
    struct sys_message m = {
        .tag = IO_STAT | SYS_TAG_LEASES(2) | SYS_TAG_READ(0) |
               SYS_TAG_WRITE(1),
        .leases = leases,
    };
    int error;

    if (walk->length == 0)
        return 0;
    error = find_root(place);
    if (error != 0)
        return error;
    leases[0] = (struct sys_lease){ (uint64_t)__place_rest(place),
                                    walk->length - place->prefix };
    leases[1] = (struct sys_lease){ (uint64_t)&unused, sizeof unused };
    error = __ask(place->root, &m);
    if (error == -(int)IO_LINKED) {
        error = put_back(walk, "..", 2);
        return error != 0 ? error : follow(walk, m.words[0]);
    }
    if (error != 0)
        return error;
    if ((unused.mode & S_IFMT) != S_IFDIR)
        return -ENOTDIR;
    while (walk->length > 0 && place->path[walk->length - 1] != '/')
        walk->length--;
    if (walk->length > 0)
        walk->length--;
    place->path[walk->length] = '\0';
    return 0;
}

static int
append(struct walk *walk, const char *name, size_t length)
{
    struct place *place = walk->place;

    if (length > NAME_MAX || walk->length + 1 + length >= PATH_SIZE)
        return -ENAMETOOLONG;
    place->path[walk->length++] = '/';
    memcpy(place->path + walk->length, name, length);
    walk->length += length;
    place->path[walk->length] = '\0';
    return 0;
}

/* All of rest, name by name; a slash at its end stays. */
static int
advance(struct walk *walk)
{
    bool slash = false;

    while (walk->rest[0] != '\0') {
        char name[NAME_MAX + 2];
        size_t skip = strspn(walk->rest, "/"), length;
        int error = 0;

        length = strcspn(walk->rest + skip, "/");
        if (length > NAME_MAX)
            return -ENAMETOOLONG;
        memcpy(name, walk->rest + skip, length);
        name[length] = '\0';
        slash = length == 0 || walk->rest[skip + length] == '/' ||
                strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        memmove(walk->rest, walk->rest + skip + length,
                strlen(walk->rest + skip + length) + 1);
        if (strcmp(name, "..") == 0)
            error = go_up(walk);
        else if (length > 0 && strcmp(name, ".") != 0)
            error = append(walk, name, length);
        if (error != 0)
            return error;
    }
    if (slash && walk->length > 0 && walk->length + 1 < PATH_SIZE) {
        walk->place->path[walk->length] = '/';
        walk->place->path[walk->length + 1] = '\0';
    }
    return 0;
}

static int
begin(struct walk *walk, int folder, const char *path, struct place *place)
{
    const char *from = "";
    struct file *file;

    if (*path == '\0')
        return -ENOENT;
    if (strlen(path) >= sizeof walk->rest)
        return -ENAMETOOLONG;
    if (*path != '/' && folder == AT_FDCWD) {
        from = __system.directory;
    } else if (*path != '/') {
        file = __file(folder);
        if (file == NULL)
            return -EBADF;
        if (file->path == NULL)
            return -ENOTDIR;
        from = file->path;
    }
    walk->place = place;
    walk->links = 0;
    strcpy(walk->rest, path);
    strcpy(place->path, strcmp(from, "/") == 0 ? "" : from);
    walk->length = strlen(place->path);
    return 0;
}

static int
settle(struct walk *walk)
{
    int error = advance(walk);

    if (error == 0 && walk->place->path[0] == '\0')
        strcpy(walk->place->path, "/");
    return error != 0 ? error : find_root(walk->place);
}

int
__find_place(int folder, const char *path, struct place *place)
{
    struct walk walk;
    int error = begin(&walk, folder, path, place);

    return error != 0 ? error : settle(&walk);
}

int
__ask_path(int folder, const char *path, struct sys_message *m,
           const struct sys_lease *second, struct place *place)
{
    struct sys_message ask;
    struct sys_lease leases[2];
    struct walk walk;
    int error = begin(&walk, folder, path, place);

    for (;;) {
        if (error == 0)
            error = settle(&walk);
        if (error != 0)
            return error;
        ask = *m;
        leases[0] = (struct sys_lease){ (uint64_t)__place_rest(place),
                                        strlen(__place_rest(place)) };
        if (second != NULL)
            leases[1] = *second;
        ask.leases = leases;
        ask.tag |= SYS_TAG_READ(0) | SYS_TAG_LEASES(second != NULL ? 2 : 1);
        error = __ask(place->root, &ask);
        if (error != -(int)IO_LINKED)
            break;
        walk.length = strlen(place->path);
        error = follow(&walk, ask.words[0]);
    }
    *m = ask;
    return error;
}
