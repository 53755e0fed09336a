/*
 * A tree of files in memory: what the boot archive becomes, and /tmp. Rules
 * and data only, no server: paths, names, links, times, bytes; every result is
 * 0 or an errno number. One owner at a time.
 *
 * A file may begin as bytes that lie elsewhere and are only read (its base, in
 * the boot archive); pages that are written to become its own. Memory comes in
 * pieces of any size from the tree's hooks and is bounded by its limit; when
 * either says no the result is ENOSPC and nothing has changed but for what a
 * write says it has done.
 *
 * Lookups and changes of a name cost the same however many names there are.
 */
#ifndef FS_RAM_TREE_H
#define FS_RAM_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/list.h"

#define TREE_NAME_MAX 255u
#define TREE_PAGE 4096u
#define TREE_SIZE_MAX (1ULL << 40)
#define TREE_LINKS_MAX 65000u

/* File types, as in st_mode. */
#define TREE_TYPE      0170000u
#define TREE_FIFO      0010000u
#define TREE_CHARACTER 0020000u
#define TREE_DIRECTORY 0040000u
#define TREE_FILE      0100000u
#define TREE_LINK      0120000u

struct node {
    uint64_t inode;
    uint32_t mode, links;
    uint32_t opens;       /* it stays, nameless, as long as it is open */
    int64_t access, modification, change; /* ns since 1970 */
    uint64_t size;        /* of a directory: names in it */
    uint64_t special;     /* device: which */
    uint64_t pages_used;
    const uint8_t *base;  /* bytes that are not the file's own yet, or NULL */
    uint64_t base_size;
    uint8_t **pages;      /* its own ones; NULL where base or zeros are */
    uint64_t pages_size;  /* places in pages */
    char *text;           /* link: where to */
    struct node *parent;  /* directory: the one above; removed: itself */
    struct list names;    /* directory: struct name, oldest first */
    uint64_t next_cookie;
};

struct tree {
    /* Zeroed memory, NULL: none; and back. */
    void *(*take)(size_t size);
    void (*give)(void *memory, size_t size);
    int64_t (*now)(void); /* ns since 1970 */
    uint64_t limit;       /* bytes that it may take */

    uint64_t used, nodes, next_inode;
    struct node *root;
    struct name **buckets;
    size_t bucket_count, name_count;
};

/* 0 or ENOSPC. The root has mode 0755. */
int tree_init(struct tree *tree);

/*
 * A path is relative to the root, without "." and ".."; slashes in a row are
 * one. Where a symbolic link is met before its end (at its end, too, with
 * follow): TREE_AT_LINK with the link as *node and in *done how many bytes of
 * the path lead to it. Else *node, or ENOENT, ENOTDIR, ENAMETOOLONG.
 */
#define TREE_AT_LINK (-1)
int tree_find(struct tree *tree, const char *path, size_t length, bool follow,
              struct node **node, size_t *done);

/*
 * The directory that the last name of the path is in, and that name. As
 * tree_find(); the path "" is EBUSY, for the root has no name.
 */
int tree_find_parent(struct tree *tree, const char *path, size_t length,
                     struct node **directory, const char **name,
                     size_t *name_length, size_t *done);

/* A new file, directory or device in that directory. */
int tree_make(struct tree *tree, struct node *directory, const char *name,
              size_t length, uint32_t mode, struct node **node);
int tree_make_link(struct tree *tree, struct node *directory,
                   const char *name, size_t length, const char *text,
                   size_t text_length, struct node **node);

/* One more name for a node that is no directory. */
int tree_link(struct tree *tree, struct node *node, struct node *directory,
              const char *name, size_t length);

/* directories: rmdir; else EISDIR for a directory, EPERM never. */
int tree_remove(struct tree *tree, struct node *directory, const char *name,
                size_t length, bool directories);

/* As rename(): what has the new name goes, all at once. */
int tree_rename(struct tree *tree, struct node *from, const char *name,
                size_t length, struct node *to, const char *new_name,
                size_t new_length);

/* An open file keeps its node. */
void tree_open(struct node *node);
void tree_close(struct tree *tree, struct node *node);

/* How many bytes were read: less than length at the end only. */
size_t tree_read(struct tree *tree, struct node *node, uint64_t offset,
                 void *buffer, size_t length);

/* *done bytes were written; ENOSPC or EFBIG only if that is not all. */
int tree_write(struct tree *tree, struct node *node, uint64_t offset,
               const void *bytes, size_t length, size_t *done);

int tree_truncate(struct tree *tree, struct node *node, uint64_t size);

/* The name with the smallest cookie above that one; "." and ".." are the
 * caller's. NULL at the end. Names that come and go meanwhile harm nobody. */
struct name {
    struct list in_directory;
    struct name *next;       /* in its bucket */
    struct node *directory, *node;
    uint64_t cookie;
    uint32_t hash;
    uint8_t length;
    char text[];
};
const struct name *tree_next_name(struct node *directory, uint64_t cookie);

#endif
