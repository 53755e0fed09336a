#include "user/name/table.h"

#include <stdbool.h>

#include "kernel/lib/mem.h"
#include "user/proto/error.h"

/* A reader that saw part of a change sees that the sequence is not the same. */
static void
change_begin(struct name_table *page)
{
    page->sequence++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void
change_end(struct name_table *page)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    page->sequence++;
}

static bool
is_dots(const char *part, size_t length)
{
    return length > 0 && length <= 2 && part[0] == '.' &&
           part[length - 1] == '.';
}

/* "/", or parts with one slash before each, none of them "." or "..". */
static int
check_path(const char *path, size_t length)
{
    size_t start = 1;

    if (length == 0 || path[0] != '/')
        return E_INVAL;
    if (length >= NAME_PREFIX)
        return E_NAMETOOLONG;
    if (length == 1)
        return 0;
    for (size_t i = 1; i <= length; i++) {
        if (i < length && path[i] == '\0')
            return E_INVAL;
        if (i < length && path[i] != '/')
            continue;
        if (i == start || is_dots(path + start, i - start))
            return E_INVAL;
        start = i + 1;
    }
    return 0;
}

/* Its place, or NAME_MOUNTS. */
static uint32_t
find(const struct name_table *page, const char *path, size_t length)
{
    for (uint32_t i = 0; i < page->count; i++)
        if (length > 0 && page->mounts[i].length == length &&
            memcmp(page->mounts[i].prefix, path, length) == 0)
            return i;
    return NAME_MOUNTS;
}

static uint32_t
find_free(const struct name_table *page)
{
    uint32_t i = 0;

    while (i < NAME_MOUNTS && page->mounts[i].length != 0)
        i++;
    return i;
}

static uint32_t
next_stamp(struct table *table)
{
    table->stamp++;
    if (table->stamp == 0)
        table->stamp = 1;
    return table->stamp;
}

int
table_mount(struct table *table, const char *path, size_t length,
            uint32_t session, uint32_t *old)
{
    struct name_table *page = table->page;
    int error = check_path(path, length);
    uint32_t place = find(page, path, length);

    *old = 0;
    if (error != 0)
        return error;
    if (place == NAME_MOUNTS)
        place = find_free(page);
    else
        *old = table->sessions[place];
    if (place == NAME_MOUNTS)
        return E_NOSPC;
    change_begin(page);
    page->mounts[place] = (struct name_mount){
        .length = (uint32_t)length, .stamp = next_stamp(table),
    };
    memcpy(page->mounts[place].prefix, path, length);
    if (page->count <= place)
        page->count = place + 1;
    table->sessions[place] = session;
    change_end(page);
    return 0;
}

int
table_unmount(struct table *table, const char *path, size_t length,
              uint32_t *old)
{
    struct name_table *page = table->page;
    uint32_t place = find(page, path, length);

    *old = 0;
    if (place == NAME_MOUNTS)
        return E_NOENT;
    *old = table->sessions[place];
    change_begin(page);
    page->mounts[place] = (struct name_mount){ 0 };
    while (page->count > 0 && page->mounts[page->count - 1].length == 0)
        page->count--;
    table->sessions[place] = 0;
    change_end(page);
    return 0;
}

int
table_session(const struct table *table, uint64_t index, uint64_t stamp,
              uint32_t *session)
{
    const struct name_table *page = table->page;

    if (index >= page->count || page->mounts[index].length == 0 ||
        page->mounts[index].stamp != stamp)
        return E_STALE;
    *session = table->sessions[index];
    return 0;
}
