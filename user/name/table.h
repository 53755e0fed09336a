/*
 * The mount table as name keeps it: struct name_table is the page that all
 * may read, sessions are beside it.
 *
 * Code without system calls: host tests run it. Functions return 0 or an errno
 * number.
 */
#ifndef USER_NAME_TABLE_H
#define USER_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "user/proto/name.h"

struct table {
    struct name_table *page; /* zeros at first */
    uint32_t stamp;          /* the last one */
    uint32_t sessions[NAME_MOUNTS]; /* handles */
};

/* Mount a session at a path, which has no NUL and comes from a client. What
 * was mounted there is in *old, 0 if nothing was. Nobody else has *old then. */
int table_mount(struct table *table, const char *path, size_t length,
                uint32_t session, uint32_t *old);

int table_unmount(struct table *table, const char *path, size_t length,
                  uint32_t *old);

int table_session(const struct table *table, uint64_t index, uint64_t stamp,
                  uint32_t *session);

#endif
