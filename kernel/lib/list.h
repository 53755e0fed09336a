/*
 * Doubly linked rings: a head, and links inside of what is listed. A link
 * that is in no list points at itself, so that removing it twice is harmless.
 */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

/* The struct that holds a member, from the member's address. */
#define CONTAINER(pointer, type, member) \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

static inline void
list_init(struct list *list)
{
    list->next = list->prev = list;
}

static inline bool
list_is_empty(const struct list *list)
{
    return list->next == list;
}

/* At the end of head's list; link is in none. */
static inline void
list_append(struct list *head, struct list *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

static inline void
list_prepend(struct list *head, struct list *link)
{
    list_append(head->next, link);
}

/* The list is not empty. */
static inline void
list_remove_first(struct list *head)
{
    struct list *link = head->next;

    head->next = link->next;
    link->next->prev = head;
    list_init(link);
}

static inline void
list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

#endif
