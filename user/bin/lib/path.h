/* Names of files: putting them together, and walking down a tree. */
#ifndef USER_BIN_LIB_PATH_H
#define USER_BIN_LIB_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* "folder/name", to be freed; one slash between them. */
char *path_join(const char *folder, const char *name);

/* The last part of a path, which keeps slashes at its end. */
const char *path_last(const char *path);

/* The same without slashes at its end, as a copy to be freed. */
char *path_base(const char *path);

/* Cut slashes off the end, in place; "/" stays. */
void path_trim(char *path);

/* Is it a directory, links followed? */
bool path_is_directory(const char *path);

/* Are both the same file? */
bool path_same(const struct stat *a, const struct stat *b);

/* The target of a symbolic link, to be freed; NULL with errno. */
char *path_link(const char *path);

/*
 * The names in a directory but "." and "..", sorted by their bytes, and a
 * NULL after them; NULL with errno. path_free_list() frees them.
 */
char **path_list(const char *folder, size_t *count);
void path_free_list(char **names);

enum walk_event {
    WALK_ENTRY,   /* anything, and a directory before what is in it */
    WALK_LEAVE,   /* a directory after what is in it */
    WALK_FAILED,  /* cannot be looked at: error has why, and info nothing */
    WALK_CLOSED,  /* a directory that cannot be read, after its WALK_ENTRY */
    WALK_LOOP,    /* a directory that is inside itself, by a link */
};

/* What is visited. Lives as long as the call that gets it. */
struct walk {
    const char *path;
    const char *name; /* its last part; for the top all of it */
    struct stat info;
    int depth; /* 0 is the top */
    int error;
    void *data; /* the caller's */
    bool skip;  /* set at WALK_ENTRY: do not go into this directory */
    const struct walk *parent;
};

/* Which symbolic links are followed. */
enum walk_links { WALK_NO_LINKS, WALK_TOP_LINKS, WALK_ALL_LINKS };

typedef void (*walk_visit)(struct walk *at, enum walk_event event);

/*
 * Visit path and all that is below it, names in order. A directory is read
 * at once and closed before its entries are visited, so they may be removed,
 * and the depth of a tree is limited by the length of paths only.
 */
void walk_tree(const char *path, enum walk_links links, walk_visit visit,
               void *data);

#endif
