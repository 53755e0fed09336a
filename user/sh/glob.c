#include "user/sh/glob.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/sh/pattern.h"
#include "user/sh/sh.h"

#define MAX_DEPTH 64        /* folders whose name is a pattern, in one path */

struct glob {
    const cell_t *pattern;
    size_t count;
    struct fields *fields;
    unsigned depth;
};

static void walk(struct glob *glob, const char *path, size_t at);

static bool
is_slash(cell_t cell)
{
    return (unsigned char)cell == '/';
}

/* The names in a folder that match, in a list that is complete before the
 * walk goes on: one folder is open at a time. */
static void
read_folder(const struct glob *glob, const char *path, size_t from,
            size_t to, struct fields *names)
{
    DIR *folder = opendir(*path != '\0' ? path : ".");
    bool hidden = (unsigned char)glob->pattern[from] == '.';
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        const char *name = entry->d_name;

        if ((name[0] != '.' || hidden) &&
            pattern_match(glob->pattern + from, to - from, name,
                          strlen(name)))
            fields_add(names, arena_string(&sh.scratch, name));
    }
    closedir(folder);
}

static void
walk_names(struct glob *glob, const char *path, size_t from, size_t to)
{
    struct fields names = { NULL, 0, 0 };

    read_folder(glob, path, from, to, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct text text = { &sh.scratch, NULL, 0, 0 };

        text_string(&text, path);
        text_string(&text, names.at[i]);
        walk(glob, text_end(&text), to);
    }
}

/* Go on from a path whose pattern has been used up to `at`. */
static void
walk(struct glob *glob, const char *path, size_t at)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    struct stat info;

    text_string(&text, path);
    while (at < glob->count) {
        size_t end = at;

        if (is_slash(glob->pattern[at])) {
            text_byte(&text, '/');
            at++;
            continue;
        }
        while (end < glob->count && !is_slash(glob->pattern[end]))
            end++;
        if (pattern_is_one(glob->pattern + at, end - at)) {
            if (glob->depth++ < MAX_DEPTH)
                walk_names(glob, text_end(&text), at, end);
            glob->depth--;
            return;
        }
        for (; at < end; at++)
            text_byte(&text, (char)glob->pattern[at]);
    }
    if (lstat(text_end(&text), &info) == 0)
        fields_add(glob->fields, text_end(&text));
}

static int
compare(const void *a, const void *b)
{
    char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

bool
glob_expand(const cell_t *pattern, size_t count, struct fields *fields)
{
    struct glob glob = { pattern, count, fields, 0 };
    size_t before = fields->count;

    walk(&glob, "", 0);
    if (fields->count == before)
        return false;
    qsort(fields->at + before, fields->count - before, sizeof(char *),
          compare);
    return true;
}
