#include "user/rt/heap.h"

#include "kernel/lib/mem.h"
#include "user/rt/rt.h"

#define SMALLEST 4u /* 16 bytes */
#define LARGEST  12u /* a page */
#define REFILL   (16 * SYS_PAGE) /* taken from the kernel at once */

struct free {
    struct free *next;
};

static struct free *lists[LARGEST + 1]; /* by the logarithm of their size */

static unsigned
list_of(size_t size)
{
    unsigned list = SMALLEST;

    while ((size_t)1 << list < size)
        list++;
    return list;
}

static void *
map(size_t size)
{
    int64_t at = sys_map(SYS_SELF, 0, 0, (size + SYS_PAGE - 1) / SYS_PAGE *
                                             SYS_PAGE, 0,
                         SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE);

    return at < 0 ? NULL : (void *)at;
}

static bool
refill(unsigned list)
{
    char *memory = map(REFILL);

    if (memory == NULL)
        return false;
    for (size_t at = 0; at < REFILL; at += (size_t)1 << list) {
        struct free *piece = (struct free *)(void *)(memory + at);

        piece->next = lists[list];
        lists[list] = piece;
    }
    return true;
}

void *
heap_take(size_t size)
{
    struct free *piece;
    unsigned list;

    if (size > SYS_PAGE)
        return map(size);
    list = list_of(size);
    if (lists[list] == NULL && !refill(list))
        return NULL;
    piece = lists[list];
    lists[list] = piece->next;
    return memset(piece, 0, size);
}

void
heap_give(void *memory, size_t size)
{
    struct free *piece = memory;
    unsigned list;

    if (memory == NULL)
        return;
    if (size > SYS_PAGE) {
        sys_unmap(SYS_SELF, (uint64_t)memory, (size + SYS_PAGE - 1) /
                                                  SYS_PAGE * SYS_PAGE);
        return;
    }
    list = list_of(size);
    piece->next = lists[list];
    lists[list] = piece;
}
