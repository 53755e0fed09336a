/*
 * Reading a cpio archive of the kind "newc": the boot archive, made by
 * scripts/mkarchive, or any that cpio -o -H newc makes.
 *
 * A member is a header of 110 characters (magic 070701, then 13 numbers of
 * eight hexadecimal digits), its name with a NUL, and its data, name and data
 * filled up to a multiple of four bytes. The last one is named TRAILER!!!.
 * Further NULs may stand behind a name: mkarchive puts the data of a file of
 * a page or more at a multiple of a page by them.
 *
 * The archive is hostile until it was opened; nothing of it is written.
 */
#ifndef USER_RT_ARCHIVE_H
#define USER_RT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types in a member's mode, as POSIX has them for cpio. */
#define ARCHIVE_TYPE   0170000u
#define ARCHIVE_FILE   0100000u
#define ARCHIVE_FOLDER 0040000u
#define ARCHIVE_LINK   0120000u

struct archive {
    const uint8_t *bytes;
    uint64_t size; /* up to the trailer */
};

struct archive_member {
    const char *name;   /* ends with a NUL; without "/" or "./" in front, so */
    size_t name_length; /* that the root is "" */
    uint32_t inode, mode, links;
    uint32_t time;      /* of its last change, seconds since 1970 */
    uint64_t offset;    /* of its data in the archive; 4-byte multiple */
    uint64_t size;
    uint64_t next;      /* where the next one begins; 0 before the first */
};

/* NULL, or in words what is wrong at byte *at; then *archive means nothing.
 * The bytes have to stay, and stay the same. */
const char *archive_open(struct archive *archive, const void *bytes,
                         uint64_t size, uint64_t *at);

/* The next member, the first one if *member is all zeros; false behind the
 * last one. */
bool archive_next(const struct archive *archive,
                  struct archive_member *member);

/* The first member of that name, given with or without a slash in front. */
bool archive_find(const struct archive *archive, const char *name,
                  struct archive_member *member);

static inline const void *
archive_data(const struct archive *archive,
             const struct archive_member *member)
{
    return archive->bytes + member->offset;
}

#endif
