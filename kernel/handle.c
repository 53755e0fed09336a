#include "kernel/handle.h"

#include "kernel/frames.h"
#include "kernel/memory.h"
#include "kernel/panic.h"

#define GENERATION_LAST UINT16_MAX /* after this one a slot retires */

/* The first page of a table that has none yet: nothing is there. */
static struct handle_slot nothing[HANDLES_IN_PAGE];

void
handle_table_init(struct handle_table *table, struct account *payer)
{
    *table = (struct handle_table){ .pages = &table->first,
                                    .first.slots = nothing, .payer = payer };
}

static struct handle_slot *
slot_at(const struct handle_table *table, uint32_t index)
{
    return &table->pages[index / HANDLES_IN_PAGE]
                .slots[index % HANDLES_IN_PAGE];
}

/* NULL or a page of zeros. */
static void *
take_page(struct account *payer)
{
    paddr_t page = frame_take(payer, 0, FRAME_ZEROED);

    return page == 0 ? NULL : phys_to_virt(page);
}

static void
release_page(struct account *payer, const void *page)
{
    ASSERT(frame_release(payer, virt_to_phys(page), 0) == 0);
}

/* Room for all pages, when the first one is not enough. */
static bool
grow(struct handle_table *table)
{
    struct handle_page *pages = take_page(table->payer);

    if (pages == NULL)
        return false;
    pages[0] = table->first;
    table->pages = pages;
    table->pages_payer = table->payer;
    return true;
}

/* A page of slots that are not in the list of free ones yet. */
static bool
add_page(struct handle_table *table)
{
    struct handle_page page = { .payer = table->payer };

    if (table->pages_used == HANDLE_PAGES ||
        (table->pages_used > 0 && table->pages == &table->first &&
         !grow(table)))
        return false;
    page.slots = take_page(table->payer);
    if (page.slots == NULL)
        return false;
    table->pages[table->pages_used++] = page;
    return true;
}

static void
make_free(struct handle_table *table, uint32_t index)
{
    struct handle_slot *slot = slot_at(table, index);

    if (index == 0 || slot->generation == GENERATION_LAST)
        return;
    slot->number = table->free;
    table->free = index;
}

static bool
add_free_slots(struct handle_table *table)
{
    uint32_t first = table->pages_used * HANDLES_IN_PAGE;

    if (!add_page(table))
        return false;
    for (uint32_t i = HANDLES_IN_PAGE; i-- > 0;)
        make_free(table, first + i);
    return true;
}

int
handle_add(struct handle_table *table, struct object *object,
           uint32_t rights, handle_t *handle)
{
    struct handle_slot *slot;
    uint32_t index;

    if (table->ending)
        return ERR_DEAD;
    if (table->free == 0 && !add_free_slots(table))
        return ERR_MEMORY;
    index = table->free;
    slot = slot_at(table, index);
    table->free = slot->number;
    table->count++;
    slot->object = object;
    slot->rights = (uint16_t)rights;
    slot->generation++;
    object_open(object);
    slot->number = (uint32_t)slot->generation << HANDLE_INDEX_BITS | index;
    *handle = slot->number;
    return 0;
}

/* The table is in order again before the object hears of it. */
static void
empty_slot(struct handle_table *table, struct handle_slot *slot)
{
    struct object *object = slot->object;

    slot->object = NULL;
    slot->rights = 0;
    table->count--;
    object_close(object);
}

int
handle_close(struct handle_table *table, handle_t handle)
{
    struct handle_slot *slot = handle_find(table, handle);

    if (slot == NULL)
        return ERR_HANDLE;
    make_free(table, handle % HANDLE_MAX);
    empty_slot(table, slot);
    return 0;
}

static void
drop_page(struct handle_table *table)
{
    struct handle_page *page = &table->pages[--table->pages_used];

    release_page(page->payer, page->slots);
    page->slots = nothing;
}

/* Its end wakes all who wait for it: enough for one step. */
static bool
wakes_many(const struct object *object)
{
    return object->handles == 1 && (object->type == SYS_OBJECT_ENDPOINT ||
                                    object->type == SYS_OBJECT_NOTIFICATION);
}

bool
handle_table_clear(struct handle_table *table, uint32_t max)
{
    const struct handle_page *page;

    table->ending = true;
    if (table->pages_used > 0) {
        page = &table->pages[table->pages_used - 1];
        for (uint32_t i = HANDLES_IN_PAGE; i-- > 0;) {
            if (page->slots[i].object == NULL)
                continue;
            if (max == 0)
                return true;
            max = wakes_many(page->slots[i].object) ? 0 : max - 1;
            empty_slot(table, &page->slots[i]);
        }
        drop_page(table);
    }
    if (table->pages_used > 0)
        return true;
    if (table->pages != &table->first)
        release_page(table->pages_payer, table->pages);
    table->pages = &table->first;
    table->first.slots = nothing;
    return false;
}

/*
 * Free slots keep their generations, too: a number that is stale in the one
 * process is stale in the other.
 */
static void
copy_slot(struct handle_table *to, const struct handle_slot *old,
          uint32_t index)
{
    struct handle_slot *slot = slot_at(to, index);

    slot->generation = old->generation;
    if (old->object == NULL || old->object->type == SYS_OBJECT_REPLY ||
        (old->rights & SYS_RIGHT_DUPLICATE) == 0) {
        make_free(to, index);
        return;
    }
    slot->object = old->object;
    slot->rights = old->rights;
    slot->number = old->number;
    to->count++;
    object_open(slot->object);
}

int
handle_table_copy(struct handle_table *to, const struct handle_table *from,
                  uint32_t *next, uint32_t max)
{
    for (; max > 0 && *next < HANDLE_MAX; max--, ++*next) {
        uint32_t page = *next / HANDLES_IN_PAGE;

        if (page >= from->pages_used) {
            *next = HANDLE_MAX;
            return 0;
        }
        if (page >= to->pages_used && !add_page(to))
            return ERR_MEMORY;
        copy_slot(to, slot_at(from, *next), *next);
    }
    return 0;
}
