#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct search {
    glob_t *result;
    size_t count;  /* found now, behind those from before */
    int flags;
    int (*on_error)(const char *, int);
    char path[PATH_MAX];
};

static int walk(struct search *search, size_t length, const char *pattern);

static bool
has_magic(const char *s, size_t length, int flags)
{
    for (size_t i = 0; i < length; i++) {
        if (s[i] == '\\' && !(flags & GLOB_NOESCAPE))
            i++;
        else if (s[i] == '*' || s[i] == '?' || s[i] == '[')
            return true;
    }
    return false;
}

static int
keep(struct search *search, const char *path)
{
    glob_t *result = search->result;
    size_t before = result->gl_offs + result->gl_pathc;
    char *copy = strdup(path), **grown;

    grown = reallocarray(result->gl_pathv, before + 2, sizeof *grown);
    if (grown)
        result->gl_pathv = grown;
    if (!copy || !grown) {
        free(copy);
        return GLOB_NOSPACE;
    }
    grown[before] = copy;
    grown[before + 1] = NULL;
    result->gl_pathc++;
    search->count++;
    return 0;
}

/* The whole pattern is used up: is there such a name? */
static int
found(struct search *search, size_t length)
{
    struct stat stat;

    if (lstat(search->path, &stat) != 0)
        return 0;
    if (search->flags & GLOB_MARK && length > 0 &&
        search->path[length - 1] != '/' && length + 1 < PATH_MAX &&
        (S_ISDIR(stat.st_mode) ||
         (S_ISLNK(stat.st_mode) && lstat(search->path, &stat) == 0 &&
          fstatat(-100, search->path, &stat, 0) == 0 &&
          S_ISDIR(stat.st_mode))))
        strcpy(search->path + length, "/");
    return keep(search, search->path);
}

/* A part without magic goes into the path as it is, without backslashes. */
static int
plain(struct search *search, size_t length, const char *pattern, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (pattern[i] == '\\' && !(search->flags & GLOB_NOESCAPE) &&
            i + 1 < size)
            i++;
        if (length + 1 >= PATH_MAX)
            return 0;
        search->path[length++] = pattern[i];
    }
    search->path[length] = '\0';
    return walk(search, length, pattern + size);
}

static int
try_entry(struct search *search, size_t length, const char *part,
          const char *name, const char *rest)
{
    int flags = FNM_PERIOD |
                (search->flags & GLOB_NOESCAPE ? FNM_NOESCAPE : 0);
    size_t size = strlen(name);

    if (fnmatch(part, name, flags) != 0 || length + size >= PATH_MAX)
        return 0;
    memcpy(search->path + length, name, size + 1);
    return walk(search, length + size, rest);
}

/* A part with magic: look at all the names of the folder. */
static int
magic(struct search *search, size_t length, const char *pattern, size_t size)
{
    char part[NAME_MAX * 4 + 1];
    struct dirent *entry;
    int result = 0;
    DIR *folder;

    if (size >= sizeof part)
        return 0;
    memcpy(part, pattern, size);
    part[size] = '\0';
    search->path[length] = '\0';
    folder = opendir(length ? search->path : ".");
    if (!folder) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 0;
        return (search->on_error && search->on_error(search->path, errno)) ||
                       search->flags & GLOB_ERR
                   ? GLOB_ABORTED : 0;
    }
    while (result == 0 && (entry = readdir(folder)))
        result = try_entry(search, length, part, entry->d_name,
                           pattern + size);
    closedir(folder);
    return result;
}

static int
walk(struct search *search, size_t length, const char *pattern)
{
    size_t size;

    while (*pattern == '/') {
        struct stat stat;

        if (length + 1 >= PATH_MAX)
            return 0;
        if (length > 0 && search->path[length - 1] != '/') {
            search->path[length] = '\0';
            if (fstatat(-100, search->path, &stat, 0) != 0 ||
                !S_ISDIR(stat.st_mode))
                return 0;
        }
        search->path[length++] = *pattern++;
    }
    search->path[length] = '\0';
    if (!*pattern)
        return found(search, length);
    size = strcspn(pattern, "/");
    return has_magic(pattern, size, search->flags)
               ? magic(search, length, pattern, size)
               : plain(search, length, pattern, size);
}

static int
compare(const void *a, const void *b)
{
    return strcoll(*(char *const *)a, *(char *const *)b);
}

int
glob(const char *restrict pattern, int flags,
     int (*on_error)(const char *, int), glob_t *restrict result)
{
    struct search search = {result, 0, flags, on_error, ""};
    int problem;

    if (!(flags & GLOB_APPEND)) {
        result->gl_pathc = 0;
        if (!(flags & GLOB_DOOFFS))
            result->gl_offs = 0;
        result->gl_pathv = calloc(result->gl_offs + 1, sizeof(char *));
        if (!result->gl_pathv)
            return GLOB_NOSPACE;
    }
    result->gl_flags = flags;
    problem = *pattern ? walk(&search, 0, pattern) : 0;
    if (problem == 0 && search.count == 0) {
        if (!(flags & GLOB_NOCHECK))
            return GLOB_NOMATCH;
        problem = keep(&search, pattern);
    }
    if (!(flags & GLOB_NOSORT))
        qsort(result->gl_pathv + result->gl_offs + result->gl_pathc -
                  search.count,
              search.count, sizeof(char *), compare);
    return problem;
}

void
globfree(glob_t *result)
{
    for (size_t i = 0; i < result->gl_pathc; i++)
        free(result->gl_pathv[result->gl_offs + i]);
    free(result->gl_pathv);
    result->gl_pathv = NULL;
    result->gl_pathc = 0;
}
