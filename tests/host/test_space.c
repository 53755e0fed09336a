/* Address spaces: against a model, short of memory, with hostile arguments. */
#include "tests/host/unit.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/endpoint.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "tests/host/vm_stand_in.h"

#define RW  (SYS_MAP_READ | SYS_MAP_WRITE)
#define RX  (SYS_MAP_READ | SYS_MAP_EXECUTE)
#define ANY SYS_RIGHTS_ALL
#define ANON (SYS_MAP_PRIVATE | SYS_MAP_FIXED)
#define SEED 4711u

static struct account account;
static struct session session;

static int
reset(void **state)
{
    (void)state;
    vm_reset();
    account = (struct account){ .limit = ACCOUNT_UNLIMITED };
    memset(&session, 0, sizeof session);
    session.object.handles = 1;
    return 0;
}

static void
expect_nothing_left(void)
{
    work_all();
    tlb_check();
    assert_int_equal(account.used, 0);
    assert_int_equal(user_frames.used, 0);
    assert_int_equal(promised, 0);
    assert_int_equal(frames_out(), 0);
    assert_int_equal(slots_out, 0);
}

static struct space *
new_space(void)
{
    struct space *space = NULL;

    assert_int_equal(space_create(&account, &space), 0);
    return space;
}

static void
destroy(struct space *space)
{
    while (space_destroy_step(space))
        tlb_check();
}

static struct memory *
new_memory(enum sys_memory kind, uint64_t size, paddr_t base)
{
    struct memory *memory = NULL;

    assert_int_equal(memory_create(&account, kind, size, base,
                                   kind == SYS_MEMORY_PAGED ? &session : NULL,
                                   &memory), 0);
    return memory;
}

static void
map_at(struct space *space, uint64_t address, uint64_t pages, unsigned flags)
{
    assert_int_equal(space_map(space, NULL, 0, &address, pages * PAGE_SIZE, 0,
                               flags | ANON), 0);
}

static int
unmap_all(struct space *space, uint64_t address, uint64_t size)
{
    uint64_t done = 0, step;

    while (done < size) {
        int error = space_unmap(space, address + done, size - done, &step);

        if (error != 0)
            return error;
        assert_in_range(step, PAGE_SIZE, size - done);
        done += step;
        tlb_check();
    }
    return 0;
}

static int
protect_all(struct space *space, uint64_t address, uint64_t size,
            unsigned flags, uint64_t *done)
{
    uint64_t step;

    for (*done = 0; *done < size; *done += step) {
        int error = space_protect(space, address + *done, size - *done, flags,
                                  &step);

        if (error != 0)
            return error;
        assert_in_range(step, PAGE_SIZE, size - *done);
    }
    tlb_check();
    return 0;
}

static int
clone_all(struct space *to, struct space *from)
{
    uint64_t address = 0, before;

    while (address != SYS_USER_END) {
        int error;

        before = address;
        error = space_clone(to, from, &address);
        tlb_check();
        if (error != 0)
            return error;
        assert_true(address > before);
    }
    return 0;
}

/* A page is its number at both ends, and zeros in between. */
static void
put(uint8_t *page, uint32_t value)
{
    memcpy(page, &value, 4);
    memcpy(page + 4092, &value, 4);
}

static void
expect_page(const uint8_t *page, uint32_t value)
{
    uint32_t words[1024];

    memcpy(words, page, sizeof words);
    assert_int_equal(words[0], value);
    assert_int_equal(words[1023], value);
    for (int i = 1; i < 1023; i++)
        assert_int_equal(words[i], 0);
}

static void
store(struct space *space, uint64_t address, uint32_t value)
{
    uint8_t *page;

    assert_int_equal(user_access(space, address, SPACE_WRITE, &page), 0);
    put(page, value);
}

static void
expect_at(struct space *space, uint64_t address, uint32_t value)
{
    uint8_t *page;

    assert_int_equal(user_access(space, address, SPACE_READ, &page), 0);
    expect_page(page, value);
}

/* --- the model ----------------------------------------------------------- */

#define PAGES   80u /* across the border of two top-level entries */
#define BASE    ((1ULL << 39) - 30 * PAGE_SIZE)
#define SPACES  4u
#define OBJECTS 3u
#define SHARED  0
#define PAGED   1
#define MODULE  2
#define LENGTH  40u /* pages of an object */
#define NONE    (-2)
#define ZEROS   (-1)

struct page {
    int object; /* NONE, ZEROS or its number */
    unsigned at, flags, allowed;
    bool charged, own;
    uint32_t value;
};

struct model {
    struct space *space;
    struct page pages[PAGES];
};

static struct model models[SPACES];
static struct memory *objects[OBJECTS];
static uint32_t contents[OBJECTS][LENGTH];
static bool present[OBJECTS][LENGTH];

static unsigned
draw(unsigned below)
{
    return (unsigned)rand() % below;
}

static unsigned
draw_access(void)
{
    static const unsigned choices[] = { 0, SYS_MAP_READ, RW, RW, RW, RX };

    return choices[draw(6)];
}

static uint64_t
address_of(unsigned page)
{
    return BASE + (uint64_t)page * PAGE_SIZE;
}

static bool
is_private(const struct page *page)
{
    return (page->flags & SYS_MAP_PRIVATE) != 0;
}

static bool
is_charged(const struct page *page)
{
    unsigned wanted = page->object == ZEROS ? RW | RX : SYS_MAP_WRITE;

    return is_private(page) && (page->flags & wanted) != 0;
}

static void
range(unsigned *first, unsigned *count)
{
    *first = draw(PAGES);
    *count = 1 + draw(draw(3) == 0 ? PAGES - *first
                                   : (PAGES - *first + 7) / 8);
}

/* So that most of the window is in use, most of the time. */
static void
to_free_place(const struct model *model, unsigned *first, unsigned *count)
{
    unsigned free = 0;

    while (*first < PAGES - 1 && model->pages[*first].object != NONE)
        ++*first;
    while (free < *count && *first + free < PAGES &&
           model->pages[*first + free].object == NONE)
        free++;
    *count = free > 0 ? free : 1;
}

static void
do_map(struct model *model)
{
    unsigned first, count, flags = draw_access(), at = 0;
    int object = (int)draw(OBJECTS + 2) - 2, wanted = 0;
    uint32_t rights = SYS_RIGHT_READ;
    uint64_t address;

    range(&first, &count);
    if (draw(8) != 0)
        to_free_place(model, &first, &count);
    if (object < ZEROS)
        object = ZEROS;
    if (object >= 0) {
        count = count > LENGTH ? LENGTH : count;
        at = draw(LENGTH - count + 1);
    }
    if (object == ZEROS || draw(2) == 0)
        flags |= SYS_MAP_PRIVATE;
    rights |= draw(2) == 0 ? SYS_RIGHT_WRITE : 0;
    rights |= draw(2) == 0 ? SYS_RIGHT_EXECUTE : 0;
    for (unsigned i = first; i < first + count; i++)
        if (model->pages[i].object != NONE)
            wanted = ERR_EXISTS;
    struct page page = { .object = object, .flags = flags,
                         .allowed = SYS_MAP_READ };
    if (object == ZEROS || is_private(&page) ||
        (rights & SYS_RIGHT_WRITE) != 0)
        page.allowed |= SYS_MAP_WRITE;
    if (object == ZEROS || (rights & SYS_RIGHT_EXECUTE) != 0)
        page.allowed |= SYS_MAP_EXECUTE;
    page.charged = is_charged(&page);
    if ((flags & (RW | RX) & ~page.allowed) != 0)
        wanted = ERR_RIGHTS;
    address = address_of(first);
    assert_int_equal(space_map(model->space,
                               object < 0 ? NULL : objects[object], rights,
                               &address, (uint64_t)count * PAGE_SIZE,
                               (uint64_t)at * PAGE_SIZE,
                               flags | SYS_MAP_FIXED), wanted);
    for (unsigned i = 0; i < count && wanted == 0; i++) {
        page.at = at + i;
        model->pages[first + i] = page;
    }
}

static void
do_unmap(struct model *model)
{
    unsigned first, count;

    range(&first, &count);
    assert_int_equal(unmap_all(model->space, address_of(first),
                               (uint64_t)count * PAGE_SIZE), 0);
    for (unsigned i = first; i < first + count; i++)
        model->pages[i] = (struct page){ .object = NONE };
}

static void
do_protect(struct model *model)
{
    unsigned first, count, access = draw_access();
    uint64_t done;
    int error;

    range(&first, &count);
    error = protect_all(model->space, address_of(first),
                        (uint64_t)count * PAGE_SIZE, access, &done);
    for (unsigned i = first; i < first + done / PAGE_SIZE; i++) {
        struct page *page = &model->pages[i];

        if (page->object == NONE)
            continue;
        assert_int_equal(access & ~page->allowed, 0);
        page->flags = (page->flags & SYS_MAP_PRIVATE) | access;
        page->charged |= is_charged(page);
    }
    if (error == 0)
        return;
    assert_int_equal(error, ERR_RIGHTS);
    first += (unsigned)(done / PAGE_SIZE);
    while (model->pages[first].object == NONE)
        first++;
    assert_int_not_equal(access & ~model->pages[first].allowed, 0);
}

/* What an access must say. */
static int
verdict(const struct page *page, unsigned wanted)
{
    if (page->object == NONE || (page->flags & wanted) == 0)
        return ERR_ADDRESS;
    if (page->object == PAGED && !page->own && !present[PAGED][page->at])
        return ERR_AGAIN;
    return 0;
}

static uint32_t
value_of(const struct page *page)
{
    if (page->own)
        return page->value;
    return page->object == ZEROS ? 0 : contents[page->object][page->at];
}

static void
do_write(struct model *model, bool by_kernel)
{
    unsigned i = draw(PAGES);
    struct page *page;
    uint32_t value = (uint32_t)rand();
    int wanted;
    uint8_t *bytes, buffer[PAGE_SIZE] = { 0 };

    for (int tries = 0; tries < 4; tries++)
        if (verdict(&model->pages[i], SYS_MAP_WRITE) != 0)
            i = draw(PAGES); /* most should succeed */
    page = &model->pages[i];
    wanted = verdict(page, SYS_MAP_WRITE);
    if (by_kernel) {
        put(buffer, value);
        assert_int_equal(space_write(model->space, address_of(i), buffer,
                                     sizeof buffer),
                         wanted == ERR_AGAIN ? ERR_ADDRESS : wanted);
    } else {
        assert_int_equal(user_access(model->space, address_of(i), SPACE_WRITE,
                                     &bytes), wanted);
        if (wanted == 0)
            expect_page(bytes, value_of(page));
        if (wanted == 0)
            put(bytes, value);
    }
    if (wanted != 0)
        return;
    if (is_private(page)) {
        page->own = true;
        page->value = value;
    } else {
        contents[page->object][page->at] = value;
    }
}

static void
do_read(struct model *model, unsigned i)
{
    const struct page *page = &model->pages[i];
    int wanted = verdict(page, SYS_MAP_READ);
    uint8_t *bytes, buffer[PAGE_SIZE];

    if (draw(2) == 0) {
        bytes = buffer;
        assert_int_equal(space_read(model->space, address_of(i), buffer,
                                    sizeof buffer),
                         wanted == ERR_AGAIN ? ERR_ADDRESS : wanted);
    } else {
        assert_int_equal(user_access(model->space, address_of(i), SPACE_READ,
                                     &bytes), wanted);
    }
    if (wanted == 0)
        expect_page(bytes, value_of(page));
}

static void
do_execute(struct model *model)
{
    unsigned i = draw(PAGES);
    uint8_t *bytes;

    assert_int_equal(user_access(model->space, address_of(i), SPACE_EXECUTE,
                                 &bytes),
                     verdict(&model->pages[i], SYS_MAP_EXECUTE));
}

static void
do_supply(void)
{
    unsigned count = 1 + draw(20), to = draw(LENGTH - count + 1),
             from = draw(LENGTH - count + 1);
    uint64_t size = (uint64_t)count * PAGE_SIZE, done, step;

    for (done = 0; done < size; done += step) {
        assert_int_equal(memory_supply(objects[PAGED],
                                       (uint64_t)to * PAGE_SIZE + done,
                                       size - done, objects[SHARED],
                                       (uint64_t)from * PAGE_SIZE + done,
                                       &step), 0);
        assert_int_not_equal(step, 0);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!present[PAGED][to + i])
            contents[PAGED][to + i] = contents[SHARED][from + i];
        present[PAGED][to + i] = true;
    }
}

/* Another space becomes a copy of this one. */
static void
do_clone(struct model *model)
{
    struct model *other = &models[draw(SPACES)];

    if (other == model)
        return;
    destroy(other->space);
    other->space = new_space();
    assert_int_equal(clone_all(other->space, model->space), 0);
    memcpy(other->pages, model->pages, sizeof other->pages);
}

static void
check_tables(const struct model *model, uint64_t *charged)
{
    struct region_view view;
    uint64_t size;
    unsigned flags;
    paddr_t paddr;

    for (unsigned i = 0; i < PAGES; i++) {
        const struct page *page = &model->pages[i];
        bool mapped = space_region_at(model->space, address_of(i), &view) &&
                      view.address <= address_of(i);

        assert_int_equal(mapped, page->object != NONE);
        *charged += page->charged;
        if (mapped)
            assert_int_equal(view.flags, page->flags);
        if (!arch_space_find(space_arch(model->space), address_of(i), &paddr,
                             &size, &flags))
            continue;
        assert_true(mapped);
        if ((flags & ARCH_PAGE_WRITE) != 0) {
            assert_int_equal(flags & ARCH_PAGE_EXECUTE, 0);
            assert_int_not_equal(page->flags & SYS_MAP_WRITE, 0);
        }
        if ((flags & ARCH_PAGE_EXECUTE) != 0)
            assert_int_not_equal(page->flags & SYS_MAP_EXECUTE, 0);
        if ((flags & ARCH_PAGE_READ) != 0)
            assert_int_not_equal(page->flags & SYS_MAP_READ, 0);
    }
}

static void
check_all(void)
{
    uint64_t charged = 0;

    for (unsigned i = 0; i < SPACES; i++) {
        check_tables(&models[i], &charged);
        for (unsigned page = 0; page < PAGES; page++)
            do_read(&models[i], page);
    }
    assert_int_equal(promised, charged + 2 * (LENGTH + 1)); /* a node each */
    assert_int_equal(account.limit, ACCOUNT_UNLIMITED);
}

static void
start_model(void)
{
    memset(contents, 0, sizeof contents);
    memset(present, 1, sizeof present);
    memset(present[PAGED], 0, sizeof present[PAGED]);
    for (unsigned i = 0; i < SPACES; i++) {
        models[i].space = new_space();
        for (unsigned page = 0; page < PAGES; page++)
            models[i].pages[page] = (struct page){ .object = NONE };
    }
    objects[SHARED] = new_memory(SYS_MEMORY_ANONYMOUS, LENGTH * PAGE_SIZE, 0);
    objects[PAGED] = new_memory(SYS_MEMORY_PAGED, LENGTH * PAGE_SIZE, 0);
    objects[MODULE] = new_memory(SYS_MEMORY_MODULE, LENGTH * PAGE_SIZE,
                                 MODULE_BASE);
    memset(phys_to_virt(MODULE_BASE), 0, LENGTH * PAGE_SIZE);
    for (unsigned i = 0; i < LENGTH; i++) {
        contents[MODULE][i] = 1000 + i;
        put((uint8_t *)phys_to_virt(MODULE_BASE) + i * PAGE_SIZE, 1000 + i);
    }
}

static void
test_against_model(void **state)
{
    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    start_model();
    for (unsigned round = 0; round < 30000; round++) {
        struct model *model = &models[draw(SPACES)];
        unsigned choice = draw(100);

        if (choice < 15)
            do_map(model);
        else if (choice < 21)
            do_unmap(model);
        else if (choice < 33)
            do_protect(model);
        else if (choice < 70)
            do_write(model, choice < 40);
        else if (choice < 88)
            do_read(model, draw(PAGES));
        else if (choice < 95)
            do_execute(model);
        else if (choice < 96)
            do_supply();
        else if (choice < 99)
            do_clone(model);
        tlb_check();
        if (round % 64 == 0)
            check_all();
    }
    check_all();
    for (unsigned i = 0; i < OBJECTS; i++)
        object_unref(&objects[i]->object); /* mappings keep them */
    check_all();
    for (unsigned i = 0; i < SPACES; i++)
        destroy(models[i].space);
    expect_nothing_left();
}

/* --- short of memory ----------------------------------------------------- */

struct scenario {
    struct space *parent, *child;
    struct memory *memory, *paged;
};

#define TRY(call)                \
    do {                         \
        int error_ = (call);     \
                                 \
        if (error_ != 0)         \
            return error_;       \
    } while (0)

static int
write_byte(struct space *space, uint64_t address)
{
    return space_write(space, address, "x", 1);
}

static int
play(struct scenario *s)
{
    uint64_t at = BASE, step, done;

    TRY(memory_create(&account, SYS_MEMORY_ANONYMOUS, 8 * PAGE_SIZE, 0, NULL,
                      &s->memory));
    TRY(memory_create(&account, SYS_MEMORY_PAGED, 8 * PAGE_SIZE, 0, &session,
                      &s->paged));
    TRY(space_create(&account, &s->parent));
    TRY(space_map(s->parent, NULL, 0, &at, 60 * PAGE_SIZE, 0, RW | ANON));
    for (unsigned i = 0; i < 60; i += 3)
        TRY(write_byte(s->parent, BASE + i * PAGE_SIZE));
    at = 0x40000000;
    TRY(space_map(s->parent, s->memory, ANY, &at, 8 * PAGE_SIZE, 0, RW));
    TRY(write_byte(s->parent, at + PAGE_SIZE));
    TRY(memory_supply(s->paged, 0, 4 * PAGE_SIZE, s->memory, 0, &step));
    at = 0x50000000;
    TRY(space_map(s->parent, s->paged, ANY, &at, 8 * PAGE_SIZE, 0,
                  RW | SYS_MAP_PRIVATE));
    TRY(write_byte(s->parent, at + PAGE_SIZE));
    TRY(space_create(&account, &s->child));
    TRY(clone_all(s->child, s->parent));
    TRY(write_byte(s->child, BASE));
    TRY(write_byte(s->parent, BASE + 3 * PAGE_SIZE));
    TRY(protect_all(s->parent, BASE + 2 * PAGE_SIZE, 5 * PAGE_SIZE, RX,
                    &done));
    TRY(unmap_all(s->child, BASE + 4 * PAGE_SIZE, 2 * PAGE_SIZE));
    return 0;
}

static int
play_and_clean(void)
{
    struct scenario s = { 0 };
    int error = play(&s);

    fail_at = 0;
    if (s.child != NULL)
        destroy(s.child);
    if (s.parent != NULL)
        destroy(s.parent);
    if (s.memory != NULL)
        object_unref(&s.memory->object);
    if (s.paged != NULL)
        object_unref(&s.paged->object);
    expect_nothing_left();
    assert_int_equal(session.object.handles, 1);
    return error;
}

static void
test_each_allocation_fails(void **state)
{
    unsigned n = 1;

    (void)state;
    for (;; n++) {
        int error;

        fail_at = n;
        error = play_and_clean();
        if (error == 0)
            break;
        assert_int_equal(error, ERR_MEMORY);
    }
    assert_in_range(n, 60, 300); /* how many there are */
    print_message("%u allocations\n", n - 1);
}

/* The same by quota, one frame more each time; then within it nothing fails. */
static void
test_each_quota(void **state)
{
    int error = ERR_MEMORY;

    (void)state;
    for (account.limit = 0; error != 0; account.limit++) {
        error = play_and_clean();
        assert_true(error == 0 || error == ERR_MEMORY);
        assert_true(account.limit < 1000);
    }
}

/* What was charged comes, however little is left for anything else. */
static void
test_promise_is_kept(void **state)
{
    struct space *space = new_space(), *child = new_space();

    (void)state;
    map_at(space, 0x200000, 512, RW);
    store(space, 0x200000, 1);
    account.limit = account.used + 512 + 4; /* the child's tables */
    assert_int_equal(clone_all(child, space), 0);
    account.limit = 0;
    for (unsigned i = 0; i < 512; i++) {
        store(space, 0x200000 + i * PAGE_SIZE, i);
        store(child, 0x200000 + i * PAGE_SIZE, ~i);
    }
    for (unsigned i = 0; i < 512; i++) {
        expect_at(space, 0x200000 + i * PAGE_SIZE, i);
        expect_at(child, 0x200000 + i * PAGE_SIZE, ~i);
    }
    account.limit = ACCOUNT_UNLIMITED;
    destroy(space);
    destroy(child);
    expect_nothing_left();
}

static void
test_charges(void **state)
{
    struct space *space = new_space();
    struct memory *memory = new_memory(SYS_MEMORY_MODULE, 10 * PAGE_SIZE,
                                       MODULE_BASE);
    uint64_t at = 0x200000, done;

    (void)state;
    map_at(space, at, 10, 0);
    assert_int_equal(promised, 0); /* a place and nothing else */
    assert_int_equal(protect_all(space, at, 4 * PAGE_SIZE, SYS_MAP_READ,
                                 &done), 0);
    assert_int_equal(promised, 4);
    assert_int_equal(protect_all(space, at, 4 * PAGE_SIZE, 0, &done), 0);
    assert_int_equal(promised, 4);
    assert_int_equal(unmap_all(space, at + PAGE_SIZE, 5 * PAGE_SIZE), 0);
    assert_int_equal(promised, 1);
    at = 0x400000;
    assert_int_equal(space_map(space, memory, SYS_RIGHT_READ, &at,
                               10 * PAGE_SIZE, 0,
                               SYS_MAP_READ | SYS_MAP_PRIVATE), 0);
    assert_int_equal(promised, 1);
    account.limit = account.used + 9;
    assert_int_equal(space_protect(space, at, 10 * PAGE_SIZE, RW, &done),
                     ERR_MEMORY);
    assert_int_equal(promised, 1);
    account.limit = account.used + 10;
    assert_int_equal(space_protect(space, at, 10 * PAGE_SIZE, RW, &done), 0);
    assert_int_equal(promised, 11);
    object_unref(&memory->object);
    destroy(space);
    expect_nothing_left();
}

/* --- hostile arguments --------------------------------------------------- */

static void
test_hostile_maps(void **state)
{
    const uint64_t top = SYS_USER_END;
    const struct {
        uint64_t address, size, offset;
        unsigned flags;
        int error;
    } cases[] = {
        { 0x200000, 0, 0, RW | ANON, ERR_ARGUMENT },
        { 0x200000, 1, 0, RW | ANON, ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE + 1, 0, RW | ANON, ERR_ARGUMENT },
        { 0x200001, PAGE_SIZE, 0, RW | ANON, ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE, 8, RW | ANON, ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE, 0, RW | RX | ANON, ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE, 0, SYS_MAP_WRITE | SYS_MAP_EXECUTE | ANON,
          ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE, 0, RW | SYS_MAP_FIXED, ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE, 0, 0x40 | RW | ANON, ERR_ARGUMENT },
        { 0x200000, PAGE_SIZE, 0, SYS_MAP_COMBINE | RW | ANON, ERR_ARGUMENT },
        { 0, PAGE_SIZE, 0, RW | ANON, ERR_ADDRESS },
        { SYS_USER_BASE - PAGE_SIZE, PAGE_SIZE, 0, RW | ANON, ERR_ADDRESS },
        { top, PAGE_SIZE, 0, RW | ANON, ERR_ADDRESS },
        { top - PAGE_SIZE, 2 * PAGE_SIZE, 0, RW | ANON, ERR_ADDRESS },
        { -1ULL << 47, PAGE_SIZE, 0, RW | ANON, ERR_ADDRESS },
        { -1ULL << 12, PAGE_SIZE, 0, RW | ANON, ERR_ADDRESS },
        { 0x200000, -1ULL << 12, 0, RW | ANON, ERR_ADDRESS },
        { 0x200000, -0x200000ULL, 0, RW | ANON, ERR_ADDRESS },
        { 0, -1ULL << 12, 0, RW | SYS_MAP_PRIVATE, ERR_MEMORY },
        { 0, 1ULL << 47, 0, RW | SYS_MAP_PRIVATE, ERR_MEMORY },
        { SYS_USER_BASE, PAGE_SIZE, 0, RW | ANON, 0 },
        { top - PAGE_SIZE, PAGE_SIZE, 0, RW | ANON, 0 },
        { top - PAGE_SIZE, PAGE_SIZE, 0, RW | ANON, ERR_EXISTS },
        { top - 2 * PAGE_SIZE, 2 * PAGE_SIZE, 0, RW | ANON, ERR_EXISTS },
        { SYS_USER_BASE, PAGE_SIZE, -1ULL << 12, RW | ANON, ERR_EXISTS },
    };
    struct space *space = new_space();
    uint64_t used = account.used;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t address = cases[i].address;
        int error = space_map(space, NULL, 0, &address, cases[i].size,
                              cases[i].offset, cases[i].flags);

        if (error != cases[i].error)
            fail_msg("case %zu: %d", i, error);
        if (error == 0)
            used++;
        assert_int_equal(account.used, used);
    }
    destroy(space);
    expect_nothing_left();
}

static void
test_hostile_objects(void **state)
{
    struct space *space = new_space();
    struct memory *memory = new_memory(SYS_MEMORY_ANONYMOUS, 4 * PAGE_SIZE, 0);
    struct memory *device = new_memory(SYS_MEMORY_DEVICE, PAGE_SIZE,
                                       0xFEE00000);
    const uint32_t r = SYS_RIGHT_READ, w = SYS_RIGHT_WRITE,
                   x = SYS_RIGHT_EXECUTE;
    const struct {
        struct memory *memory;
        uint32_t rights;
        uint64_t size, offset;
        unsigned flags;
        int error;
    } cases[] = {
        { memory, r | w, 5, 0, RW, ERR_ARGUMENT },
        { memory, r | w, 1, 4, RW, ERR_ARGUMENT },
        { memory, r | w, 2, 3, RW, ERR_ARGUMENT },
        { memory, r | w, 1, 1ULL << 51, RW, ERR_ARGUMENT },
        { memory, r | w, 1, (1ULL << 52) - 1, RW, ERR_ARGUMENT },
        { memory, r, 1, 0, RW, ERR_RIGHTS },
        { memory, w, 1, 0, RW, ERR_RIGHTS },
        { memory, w, 1, 0, SYS_MAP_WRITE, ERR_RIGHTS },
        { memory, x, 1, 0, SYS_MAP_EXECUTE, ERR_RIGHTS },
        { memory, r | w, 1, 0, RX, ERR_RIGHTS },
        { memory, r | w, 1, 0, RX | SYS_MAP_PRIVATE, ERR_RIGHTS },
        { memory, w, 1, 0, RW | SYS_MAP_PRIVATE, ERR_RIGHTS },
        { memory, 0, 1, 0, SYS_MAP_READ, ERR_RIGHTS },
        { memory, ANY, 1, 0, RW | RX, ERR_ARGUMENT },
        { memory, ANY, 1, 0, RW | SYS_MAP_COMBINE, ERR_ARGUMENT },
        { device, ANY, 1, 0, RX, ERR_RIGHTS },
        { device, ANY, 1, 0, RW | SYS_MAP_PRIVATE, ERR_ARGUMENT },
        { device, r | w, 1, 0, RW | SYS_MAP_COMBINE, 0 },
        { memory, r, 1, 0, RW | SYS_MAP_PRIVATE, 0 },
        { memory, r | x, 1, 0, RX, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t address = 0;
        int error = space_map(space, cases[i].memory, cases[i].rights,
                              &address, cases[i].size * PAGE_SIZE,
                              cases[i].offset * PAGE_SIZE, cases[i].flags);

        if (error != cases[i].error)
            fail_msg("case %zu: %d", i, error);
    }
    object_unref(&memory->object);
    object_unref(&device->object);
    destroy(space);
    expect_nothing_left();
}

static void
test_hostile_ranges(void **state)
{
    const struct {
        uint64_t address, size;
        int error;
    } cases[] = {
        { 0x200000, 0, ERR_ARGUMENT },
        { 0x200001, PAGE_SIZE, ERR_ARGUMENT },
        { 0x200000, 17, ERR_ARGUMENT },
        { 0, PAGE_SIZE, ERR_ADDRESS },
        { 0x200000, -0x200000ULL, ERR_ADDRESS },
        { 0x200000, -0x1000ULL, ERR_ADDRESS },
        { SYS_USER_END, PAGE_SIZE, ERR_ADDRESS },
        { -1ULL << 47, PAGE_SIZE, ERR_ADDRESS },
        { 0x1000000, PAGE_SIZE, 0 },
        { SYS_USER_BASE, SYS_USER_END - SYS_USER_BASE, 0 },
    };
    struct space *space = new_space();
    uint64_t done;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(space_unmap(space, cases[i].address, cases[i].size,
                                     &done), cases[i].error);
        assert_int_equal(done, cases[i].error == 0 ? cases[i].size : 0);
        assert_int_equal(space_protect(space, cases[i].address, cases[i].size,
                                       RW, &done), cases[i].error);
        assert_int_equal(done, cases[i].error == 0 ? cases[i].size : 0);
    }
    assert_int_equal(space_protect(space, 0x200000, PAGE_SIZE, RW | RX, &done),
                     ERR_ARGUMENT);
    assert_int_equal(space_protect(space, 0x200000, PAGE_SIZE,
                                   RW | SYS_MAP_PRIVATE, &done),
                     ERR_ARGUMENT);
    destroy(space);
    expect_nothing_left();
}

static void
test_hostile_copies(void **state)
{
    static uint8_t buffer[SPACE_COPY_MAX + 1];
    struct space *space = new_space();
    const uint64_t end = SYS_USER_END;
    const struct {
        uint64_t address, size;
        int error;
    } cases[] = {
        { 0, 1, ERR_ADDRESS },
        { 0xFFFF, 2, ERR_ADDRESS },
        { 0x200000 - 1, 1, ERR_ADDRESS },
        { 0x200000 - 1, 2, ERR_ADDRESS },
        { 0x202000 - 1, 2, ERR_ADDRESS },
        { 0x202000, 1, ERR_ADDRESS },
        { 0x200000, SPACE_COPY_MAX + 1, ERR_ARGUMENT },
        { 0x200000, UINT64_MAX, ERR_ARGUMENT },
        { UINT64_MAX, 1, ERR_ADDRESS },
        { UINT64_MAX - 3, 8, ERR_ADDRESS },
        { -1ULL << 47, 8, ERR_ADDRESS },
        { 1ULL << 47, 8, ERR_ADDRESS },
        { end, 1, ERR_ADDRESS },
        { end - 1, 2, ERR_ADDRESS },
        { end, 0, 0 },
        { end - 1, 1, 0 },
        { 0x200FFF, 4097, 0 },
    };

    (void)state;
    map_at(space, 0x200000, 2, RW);
    map_at(space, end - PAGE_SIZE, 1, RW);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t at = cases[i].address, size = cases[i].size, done;

        if (space_read(space, at, buffer, size) != cases[i].error ||
            space_write(space, at, buffer, size) != cases[i].error ||
            (size <= 8 &&
             (space_copy(space, at, space, 0x200100, size, &done) !=
                  cases[i].error ||
              space_copy(space, 0x200100, space, at, size, &done) !=
                  cases[i].error)))
            fail_msg("case %zu", i);
    }
    destroy(space);
    expect_nothing_left();
}

static bool
leaf_at(struct space *space, uint64_t address)
{
    uint64_t size;
    unsigned flags;
    paddr_t paddr;

    return arch_space_find(space_arch(space), address, &paddr, &size, &flags);
}

/* A kernel's address, as behind a check that was predicted wrong. */
static void
test_no_way_to_the_kernel(void **state)
{
    const uint64_t kernel = UINT64_MAX << 47, mapped = 0x400000;
    struct space *space = new_space();
    uint64_t address = mapped, size[2];
    paddr_t paddr[2];
    unsigned flags[2];
    uint8_t byte = 1;

    (void)state;
    map_at(space, mapped, 1, RW);
    assert_int_equal(space_write(space, mapped, &byte, 1), 0);
    for (unsigned i = 0; i < 2; i++, address |= kernel) {
        space_arch(space)->leaf = NULL; /* all the way from the root */
        assert_true(arch_space_find(space_arch(space), address + 5, &paddr[i],
                                    &size[i], &flags[i]));
        assert_false(leaf_at(space, address + PAGE_SIZE));
    }
    assert_int_equal(paddr[0], paddr[1]);
    assert_int_equal(size[0], size[1]);
    assert_int_equal(flags[0], flags[1]);
    destroy(space);
    expect_nothing_left();
}

/* A step that makes a page of either side goes no further than its end. */
static void
copy_all(struct space *to, uint64_t to_address, struct space *from,
         uint64_t from_address, uint64_t size)
{
    uint64_t done;

    for (; size > 0; size -= done) {
        bool there = leaf_at(to, to_address) && leaf_at(from, from_address);

        assert_int_equal(space_copy(to, to_address, from, from_address, size,
                                    &done), 0);
        assert_in_range(done, 1, size);
        if (!there)
            assert_true(to_address % PAGE_SIZE + done <= PAGE_SIZE &&
                        from_address % PAGE_SIZE + done <= PAGE_SIZE);
        to_address += done;
        from_address += done;
    }
}

static void
test_copies(void **state)
{
    static uint8_t in[SPACE_COPY_MAX], out[SPACE_COPY_MAX];
    struct space *one = new_space(), *two = new_space();

    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7 + i / 251);
    map_at(one, 0x200000, 20, RW);
    map_at(two, 0x300000, 20, RW);
    for (uint64_t shift = 0; shift < 5000; shift += 1237) {
        memset(out, 0, sizeof out);
        assert_int_equal(space_write(one, 0x200000 + shift, in, sizeof in),
                         0);
        copy_all(two, 0x305001 - shift, one, 0x200000 + shift,
                 sizeof in - 8192);
        assert_int_equal(space_read(two, 0x305001 - shift, out,
                                    sizeof in - 8192), 0);
        assert_memory_equal(in, out, sizeof in - 8192);
    }
    destroy(one);
    destroy(two);
    expect_nothing_left();
}

/* --- large pages, places, pagers ----------------------------------------- */

static uint64_t
leaf_size(struct space *space, uint64_t address)
{
    uint64_t size;
    unsigned flags;
    paddr_t paddr;

    address &= ~(SYS_PAGE_LARGE - 1ULL);
    return arch_space_find(space_arch(space), address, &paddr, &size, &flags)
               ? size : 0;
}

static void
test_large_pages(void **state)
{
    struct space *space = new_space();
    struct memory *module = new_memory(SYS_MEMORY_MODULE, MODULE_SIZE,
                                       MODULE_BASE);
    const uint64_t large = SYS_PAGE_LARGE;
    uint64_t at = 0, done;
    uint8_t *byte;

    (void)state;
    memset(phys_to_virt(MODULE_BASE), 7, MODULE_SIZE);
    assert_int_equal(space_map(space, module, ANY, &at, MODULE_SIZE - large,
                               PAGE_SIZE, RW), 0);
    assert_int_equal(at % large, PAGE_SIZE); /* congruent */
    at += large - PAGE_SIZE;
    assert_int_equal(user_access(space, at + 12345, SPACE_READ, &byte), 0);
    assert_ptr_equal(byte, (uint8_t *)phys_to_virt(MODULE_BASE) + large +
                               12345);
    assert_int_equal(leaf_size(space, at), large);
    assert_int_equal(user_access(space, at - 1, SPACE_READ, &byte), 0);
    assert_int_equal(leaf_size(space, at - 1), 0); /* only its last pages */
    /* Without a part, or with other rights there, it comes in small pages. */
    assert_int_equal(unmap_all(space, at + 5 * PAGE_SIZE, PAGE_SIZE), 0);
    tlb_check();
    assert_int_equal(user_access(space, at + 5 * PAGE_SIZE, SPACE_READ,
                                 &byte), ERR_ADDRESS);
    assert_int_equal(user_access(space, at + 6 * PAGE_SIZE, SPACE_WRITE,
                                 &byte), 0);
    assert_int_equal(*byte, 7);
    at += large;
    assert_int_equal(user_access(space, at, SPACE_WRITE, &byte), 0);
    assert_int_equal(leaf_size(space, at), large);
    assert_int_equal(protect_all(space, at, PAGE_SIZE, SYS_MAP_READ, &done),
                     0);
    assert_int_equal(user_access(space, at, SPACE_WRITE, &byte), ERR_ADDRESS);
    assert_int_equal(user_access(space, at, SPACE_READ, &byte), 0);
    assert_int_equal(leaf_size(space, at), PAGE_SIZE);
    object_unref(&module->object);
    destroy(space);
    expect_nothing_left();
}

/* Nothing of a large page is seen that was not zeroed before. */
static void
test_large_dma(void **state)
{
    struct space *space = new_space();
    struct memory *dma = new_memory(SYS_MEMORY_DMA, SYS_PAGE_LARGE, 0);
    uint64_t at = 0x40000000;
    uint8_t *byte;
    paddr_t paddr;
    unsigned steps = 1;

    (void)state;
    assert_int_equal(space_map(space, dma, ANY, &at, SYS_PAGE_LARGE, 0, RW),
                     0);
    store(space, at + 8 * PAGE_SIZE, 99);
    assert_int_equal(leaf_size(space, at + 8 * PAGE_SIZE), 0);
    assert_int_equal(unmap_all(space, at, SYS_PAGE_LARGE), 0);
    while (memory_physical(dma, 5, &paddr) == ERR_AGAIN)
        steps++;
    assert_in_range(steps, 32, 64);
    assert_int_equal(paddr, dma->base + 5);
    at += SYS_PAGE_LARGE; /* there is no table yet */
    assert_int_equal(space_map(space, dma, ANY, &at, SYS_PAGE_LARGE, 0, RW),
                     0);
    for (unsigned i = 0; i < 512; i++)
        expect_at(space, at + i * PAGE_SIZE, i == 8 ? 99 : 0);
    assert_int_equal(leaf_size(space, at), SYS_PAGE_LARGE);
    assert_int_equal(user_access(space, at, SPACE_WRITE, &byte), 0);
    assert_ptr_equal(byte, phys_to_virt(paddr - 5));
    at -= SYS_PAGE_LARGE; /* here is one, though it is empty */
    assert_int_equal(space_map(space, dma, ANY, &at, SYS_PAGE_LARGE, 0,
                               RW | SYS_MAP_FIXED), 0);
    expect_at(space, at + 8 * PAGE_SIZE, 99);
    assert_int_equal(user_access(space, at, SPACE_WRITE, &byte), 0);
    assert_int_equal(leaf_size(space, at), PAGE_SIZE);
    object_unref(&dma->object);
    destroy(space);
    expect_nothing_left();
}

static void
test_device_flags(void **state)
{
    struct space *space = new_space();
    struct memory *device = new_memory(SYS_MEMORY_DEVICE, 2 * PAGE_SIZE,
                                       0xFEE00000), *none;
    uint64_t plain = 0, combined = 0, size, offset;
    uint8_t byte;
    unsigned flags;
    paddr_t paddr;

    (void)state;
    assert_int_equal(space_map(space, device, ANY, &plain, 2 * PAGE_SIZE, 0,
                               RW), 0);
    assert_int_equal(space_map(space, device, ANY, &combined, PAGE_SIZE,
                               PAGE_SIZE, SYS_MAP_READ | SYS_MAP_COMBINE), 0);
    assert_int_equal(space_touch(space, plain, SPACE_WRITE, &none, &offset),
                     0);
    assert_int_equal(space_touch(space, combined, SPACE_READ, &none, &offset),
                     0);
    assert_true(arch_space_find(space_arch(space), plain, &paddr, &size,
                                &flags));
    assert_int_equal(paddr, 0xFEE00000);
    assert_int_equal(flags, ARCH_PAGE_READ | ARCH_PAGE_WRITE |
                                ARCH_PAGE_DEVICE);
    assert_true(arch_space_find(space_arch(space), combined, &paddr, &size,
                                &flags));
    assert_int_equal(paddr, 0xFEE01000);
    assert_int_equal(flags, ARCH_PAGE_READ | ARCH_PAGE_COMBINE);
    /* The kernel has no place where it could read a device for others. */
    assert_int_equal(space_read(space, plain, &byte, 1), ERR_ADDRESS);
    assert_int_equal(space_write(space, plain, &byte, 1), ERR_ADDRESS);
    assert_int_equal(space_read(space, combined, &byte, 1), ERR_ADDRESS);
    object_unref(&device->object);
    destroy(space);
    expect_nothing_left();
}

static void
test_places(void **state)
{
    struct space *space = new_space();
    uint64_t at = 0, next = 0, hint = 0x200123;

    (void)state;
    assert_int_equal(space_map(space, NULL, 0, &at, PAGE_SIZE, 0,
                               RW | SYS_MAP_PRIVATE), 0);
    assert_int_equal(at, SPACE_FIRST);
    assert_int_equal(space_map(space, NULL, 0, &next, PAGE_SIZE, 0,
                               RW | SYS_MAP_PRIVATE), 0);
    assert_int_equal(next, SPACE_FIRST + PAGE_SIZE);
    assert_int_equal(space_map(space, NULL, 0, &hint, PAGE_SIZE, 0,
                               RW | SYS_MAP_PRIVATE), 0);
    assert_int_equal(hint, 0x200000);
    assert_int_equal(unmap_all(space, SPACE_FIRST, PAGE_SIZE), 0);
    next = 0;
    assert_int_equal(space_map(space, NULL, 0, &next, 2 * PAGE_SIZE, 0,
                               RW | SYS_MAP_PRIVATE), 0);
    assert_int_equal(next, SPACE_FIRST + 2 * PAGE_SIZE);
    /* Near the end there is no room: it wraps to the start. */
    next = SYS_USER_END - PAGE_SIZE;
    assert_int_equal(space_map(space, NULL, 0, &next, 2 * PAGE_SIZE, 0,
                               RW | SYS_MAP_PRIVATE), 0);
    assert_int_equal(next, SYS_USER_BASE);
    next = SYS_USER_BASE; /* a reservation of all that is left above */
    assert_int_equal(space_map(space, NULL, 0, &next,
                               SYS_USER_END - SPACE_FIRST - 4 * PAGE_SIZE, 0,
                               SYS_MAP_PRIVATE), 0);
    assert_int_equal(next, SPACE_FIRST + 4 * PAGE_SIZE);
    destroy(space);
    expect_nothing_left();
}

/* Neighbors become one region only where nobody can tell. */
static void
test_neighbors(void **state)
{
    struct space *space = new_space();
    struct memory *memory = new_memory(SYS_MEMORY_ANONYMOUS, 4 * PAGE_SIZE, 0);
    uint64_t at = 0x200000, next = at + PAGE_SIZE, done;
    struct region_view view;

    (void)state;
    assert_int_equal(space_map(space, memory, ANY, &at, PAGE_SIZE, 0,
                               SYS_MAP_READ), 0);
    assert_int_equal(space_map(space, memory, SYS_RIGHT_READ, &next,
                               PAGE_SIZE, PAGE_SIZE, SYS_MAP_READ), 0);
    assert_int_equal(next, at + PAGE_SIZE);
    assert_int_equal(space_protect(space, at, PAGE_SIZE, RW, &done), 0);
    assert_int_equal(space_protect(space, next, PAGE_SIZE, RW, &done),
                     ERR_RIGHTS);
    next += PAGE_SIZE;
    assert_int_equal(space_map(space, memory, SYS_RIGHT_READ, &next,
                               2 * PAGE_SIZE, 2 * PAGE_SIZE, SYS_MAP_READ),
                     0);
    assert_true(space_region_at(space, next, &view));
    assert_int_equal(view.address, at + PAGE_SIZE);
    assert_int_equal(view.size, 3 * PAGE_SIZE);
    map_at(space, 0x400000, 3, RW);
    map_at(space, 0x403000, 3, RW);
    assert_true(space_region_at(space, 0x404000, &view));
    assert_int_equal(view.size, 6 * PAGE_SIZE);
    object_unref(&memory->object);
    destroy(space);
    expect_nothing_left();
}

static void
test_pager(void **state)
{
    struct space *space = new_space();
    struct memory *paged = new_memory(SYS_MEMORY_PAGED, 4 * PAGE_SIZE, 0);
    struct memory *source = new_memory(SYS_MEMORY_ANONYMOUS, PAGE_SIZE, 0);
    struct process process = { .space = space };
    struct thread thread = { .process = &process };
    uint64_t at = 0x200000, done;

    (void)state;
    assert_int_equal(session.object.handles, 2);
    assert_int_equal(space_map(space, paged, ANY, &at, 2 * PAGE_SIZE,
                               PAGE_SIZE, RW | SYS_MAP_FIXED), 0);
    assert_int_equal(space_fault(&thread, at + PAGE_SIZE + 9, SPACE_WRITE),
                     0);
    assert_ptr_equal(reported_to, &session);
    assert_int_equal(reported_words[0], 2 * PAGE_SIZE);
    assert_int_equal(reported_words[1], 1);
    report_result = ERR_DEAD;
    assert_int_equal(space_fault(&thread, at, SPACE_READ), ERR_ADDRESS);
    assert_int_equal(reported_words[0], PAGE_SIZE);
    assert_int_equal(reported_words[1], 0);
    assert_int_equal(memory_supply(paged, 2 * PAGE_SIZE, PAGE_SIZE, source, 0,
                                   &done), 0);
    assert_int_equal(done, PAGE_SIZE);
    reported_to = NULL;
    assert_int_equal(space_fault(&thread, at + PAGE_SIZE, SPACE_WRITE), 0);
    assert_null(reported_to);
    expect_at(space, at + PAGE_SIZE, 0);
    assert_int_equal(space_fault(&thread, 0x100000, SPACE_READ), ERR_ADDRESS);
    object_unref(&paged->object);
    object_unref(&source->object);
    assert_int_equal(session.object.handles, 2);
    destroy(space);
    work_all();
    assert_int_equal(session.object.handles, 1);
    expect_nothing_left();
}

/* --- steps --------------------------------------------------------------- */

static void
test_steps_are_short(void **state)
{
    struct space *space = new_space(), *child = new_space();
    uint64_t done, at = 0x200000, steps = 0;

    (void)state;
    map_at(space, at, 600, RW);
    for (unsigned i = 0; i < 600; i++)
        store(space, at + i * PAGE_SIZE, i);
    for (at = 0; at != SYS_USER_END; steps++) {
        uint64_t before = user_frames.used;

        assert_int_equal(space_clone(child, space, &at), 0);
        assert_int_equal(user_frames.used, before);
    }
    assert_in_range(steps, 600 / 32, 600 / 8 + 1);
    at = 0x200000;
    assert_int_equal(space_protect(space, at, 600 * PAGE_SIZE, SYS_MAP_READ,
                                   &done), 0);
    assert_in_range(done, PAGE_SIZE, 32 * PAGE_SIZE);
    assert_int_equal(space_unmap(space, at, 600 * PAGE_SIZE, &done), 0);
    assert_in_range(done, PAGE_SIZE, 32 * PAGE_SIZE);
    destroy(space);
    for (unsigned i = 0; i < 600; i++)
        expect_at(child, at + i * PAGE_SIZE, i);
    space_arch(child)->cpus = 1; /* a CPU still has its tables */
    for (int i = 0; i < 1000; i++)
        assert_true(space_destroy_step(child));
    space_arch(child)->cpus = 0;
    destroy(child);
    expect_nothing_left();
}

/*
 * A step of space_protect() was the last: pages behind it have their old
 * rights, which other CPUs know of, until they are touched.
 */
static void
test_half_protected(void **state)
{
    struct space *space = new_space();
    struct memory *memory;
    uint64_t done, offset, last = 0x200000 + 99 * PAGE_SIZE;
    uint8_t *byte;

    (void)state;
    map_at(space, 0x200000, 100, RW);
    for (unsigned i = 0; i < 100; i++)
        store(space, 0x200000 + i * PAGE_SIZE, i);
    assert_int_equal(space_protect(space, 0x200000, 100 * PAGE_SIZE, RX,
                                   &done), 0);
    assert_true(done < 100 * PAGE_SIZE);
    assert_int_equal(space_touch(space, last, SPACE_EXECUTE, &memory,
                                 &offset), 0);
    tlb_check();
    for (uint64_t at = 0x200000; at < last; at += PAGE_SIZE)
        assert_int_equal(user_access(space, at, SPACE_EXECUTE, &byte), 0);
    assert_int_equal(space_protect(space, 0x200000, 100 * PAGE_SIZE, RW,
                                   &done), 0);
    assert_int_equal(space_touch(space, last - PAGE_SIZE, SPACE_WRITE,
                                 &memory, &offset), 0);
    tlb_check();
    destroy(space);
    expect_nothing_left();
}

/* From and to change between two steps of a clone: both stay sound. */
static void
test_clone_while_it_changes(void **state)
{
    struct space *space = new_space(), *child = new_space();
    uint64_t at = 0, base = 0x200000, first;

    (void)state;
    map_at(space, base, 100, RW);
    for (unsigned i = 0; i < 100; i++)
        store(space, base + i * PAGE_SIZE, i);
    assert_int_equal(space_clone(child, space, &at), 0);
    first = (at - base) / PAGE_SIZE; /* pages of the first step */
    assert_in_range(first, 8, 40);
    assert_int_equal(unmap_all(space, base, 100 * PAGE_SIZE), 0);
    map_at(space, base + 4 * PAGE_SIZE, 80, SYS_MAP_READ);
    while (at != SYS_USER_END)
        assert_int_equal(space_clone(child, space, &at), 0);
    destroy(space);
    for (unsigned i = 0; i < first; i++)
        expect_at(child, base + i * PAGE_SIZE, i);
    expect_at(child, base + first * PAGE_SIZE, 0);
    destroy(child);
    expect_nothing_left();
}

static void
test_kernel_half(void **state)
{
    struct space *space = new_space();
    const uint64_t *root = phys_to_virt(space_arch(space)->root);

    (void)state;
    for (unsigned i = 0; i < 512; i++)
        assert_int_equal(root[i],
                         i < 256 ? 0 : 0x1000000003 + i * 4096ULL);
    destroy(space);
    expect_nothing_left();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_kernel_half, reset),
        cmocka_unit_test_setup(test_no_way_to_the_kernel, reset),
        cmocka_unit_test_setup(test_hostile_maps, reset),
        cmocka_unit_test_setup(test_hostile_objects, reset),
        cmocka_unit_test_setup(test_hostile_ranges, reset),
        cmocka_unit_test_setup(test_hostile_copies, reset),
        cmocka_unit_test_setup(test_copies, reset),
        cmocka_unit_test_setup(test_places, reset),
        cmocka_unit_test_setup(test_charges, reset),
        cmocka_unit_test_setup(test_promise_is_kept, reset),
        cmocka_unit_test_setup(test_large_pages, reset),
        cmocka_unit_test_setup(test_large_dma, reset),
        cmocka_unit_test_setup(test_device_flags, reset),
        cmocka_unit_test_setup(test_neighbors, reset),
        cmocka_unit_test_setup(test_pager, reset),
        cmocka_unit_test_setup(test_steps_are_short, reset),
        cmocka_unit_test_setup(test_half_protected, reset),
        cmocka_unit_test_setup(test_clone_while_it_changes, reset),
        cmocka_unit_test_setup(test_each_allocation_fails, reset),
        cmocka_unit_test_setup(test_each_quota, reset),
        cmocka_unit_test_setup(test_against_model, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
