/* Copying files and trees, for cp and mv. */
#ifndef USER_BIN_LIB_COPY_H
#define USER_BIN_LIB_COPY_H

#include <stdbool.h>
#include <sys/stat.h>

struct copy_options {
    bool recursive;   /* directories with what is in them */
    bool keep;        /* mode, times and owner, as well as they can be */
    bool force;       /* remove a target that cannot be opened */
    bool ask;         /* before a file is replaced */
    bool never;       /* do not replace a file */
    bool newer;       /* replace only what is older */
    bool verbose;     /* tell each */
    bool keep_links;  /* a symbolic link stays one */
    bool follow_top;  /* but not the one that was named */
};

/*
 * Copy what is at from to the path to, which is the new name itself, not the
 * directory to put it in. What goes wrong is told. False if anything did.
 */
bool copy_path(const char *from, const char *to,
               const struct copy_options *options);

/*
 * Where a file that is put into target goes: target itself, or the same name
 * inside when target is a directory. To be freed.
 */
char *copy_target(const char *from, const char *target, bool into);

/* Bytes of one open file to another, from wherever they stand. */
bool copy_bytes(int from, const char *from_name, int to, const char *to_name);

/* Give a file, or a link itself, the times, owner and mode of another. */
void copy_attributes(const char *path, const struct stat *info);

#endif
