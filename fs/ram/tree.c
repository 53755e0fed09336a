#include "fs/ram/tree.h"

#include "kernel/lib/mem.h"
#include "user/proto/error.h"

#define FIRST_BUCKETS 64u
#define FIRST_PAGES 8u

/* --- memory --------------------------------------------------------------- */

static void *
take(struct tree *tree, size_t size)
{
    void *memory;

    if (size > tree->limit || tree->used > tree->limit - size)
        return NULL;
    memory = tree->take(size);
    if (memory != NULL)
        tree->used += size;
    return memory;
}

static void
give(struct tree *tree, void *memory, size_t size)
{
    if (memory == NULL)
        return;
    tree->used -= size;
    tree->give(memory, size);
}

/* --- names ---------------------------------------------------------------- */

/* FNV-1a, of the directory as well: all names share one table. */
static uint32_t
hash_of(const struct node *directory, const char *text, size_t length)
{
    uint64_t hash = 0xCBF29CE484222325ULL ^ directory->inode;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001B3ULL;
    return (uint32_t)(hash ^ hash >> 32);
}

static struct name **
bucket_of(const struct tree *tree, uint32_t hash)
{
    return &tree->buckets[hash % tree->bucket_count];
}

static struct name *
find_name(const struct tree *tree, const struct node *directory,
          const char *text, size_t length)
{
    uint32_t hash = hash_of(directory, text, length);

    for (struct name *n = *bucket_of(tree, hash); n != NULL; n = n->next)
        if (n->hash == hash && n->directory == directory &&
            n->length == length && memcmp(n->text, text, length) == 0)
            return n;
    return NULL;
}

/* When there are as many names as buckets; without memory it only gets slow. */
static void
grow_buckets(struct tree *tree)
{
    size_t old_count = tree->bucket_count, count = old_count * 2;
    struct name **old = tree->buckets;
    struct name **buckets = take(tree, count * sizeof *buckets);

    if (buckets == NULL)
        return;
    tree->buckets = buckets;
    tree->bucket_count = count;
    for (size_t i = 0; i < old_count; i++)
        for (struct name *n = old[i], *next; n != NULL; n = next) {
            struct name **bucket = bucket_of(tree, n->hash);

            next = n->next;
            n->next = *bucket;
            *bucket = n;
        }
    give(tree, old, old_count * sizeof *old);
}

static struct name *
make_name(struct tree *tree, struct node *directory, const char *text,
          size_t length, struct node *node)
{
    struct name *name = take(tree, sizeof *name + length);

    if (name == NULL)
        return NULL;
    name->directory = directory;
    name->node = node;
    name->hash = hash_of(directory, text, length);
    name->length = (uint8_t)length;
    memcpy(name->text, text, length);
    return name;
}

static void
add_name(struct tree *tree, struct name *name)
{
    struct node *directory = name->directory;
    struct name **bucket;

    if (tree->name_count >= tree->bucket_count)
        grow_buckets(tree);
    bucket = bucket_of(tree, name->hash);
    name->next = *bucket;
    *bucket = name;
    name->cookie = ++directory->next_cookie;
    list_append(&directory->names, &name->in_directory);
    tree->name_count++;
    directory->size++;
    directory->modification = directory->change = tree->now();
}

static void
remove_name(struct tree *tree, struct name *name)
{
    struct node *directory = name->directory;
    struct name **link = bucket_of(tree, name->hash);

    while (*link != name)
        link = &(*link)->next;
    *link = name->next;
    list_remove(&name->in_directory);
    tree->name_count--;
    directory->size--;
    directory->modification = directory->change = tree->now();
    give(tree, name, sizeof *name + name->length);
}

/* --- nodes ---------------------------------------------------------------- */

static bool
is_type(const struct node *node, uint32_t type)
{
    return (node->mode & TREE_TYPE) == type;
}

static struct node *
make_node(struct tree *tree, uint32_t mode)
{
    struct node *node = take(tree, sizeof *node);

    if (node == NULL)
        return NULL;
    node->inode = ++tree->next_inode;
    node->mode = mode;
    node->access = node->modification = node->change = tree->now();
    list_init(&node->names);
    tree->nodes++;
    return node;
}

static void
drop_pages(struct tree *tree, struct node *node, uint64_t from)
{
    for (uint64_t i = from; i < node->pages_size; i++)
        if (node->pages[i] != NULL) {
            give(tree, node->pages[i], TREE_PAGE);
            node->pages[i] = NULL;
            node->pages_used--;
        }
}

static void
free_node(struct tree *tree, struct node *node)
{
    drop_pages(tree, node, 0);
    give(tree, node->pages, node->pages_size * sizeof *node->pages);
    if (node->text != NULL)
        give(tree, node->text, node->size);
    tree->nodes--;
    give(tree, node, sizeof *node);
}

static void
release(struct tree *tree, struct node *node)
{
    if (node->links == 0 && node->opens == 0)
        free_node(tree, node);
}

void
tree_open(struct node *node)
{
    node->opens++;
}

void
tree_close(struct tree *tree, struct node *node)
{
    node->opens--;
    release(tree, node);
}

int
tree_init(struct tree *tree)
{
    tree->used = tree->nodes = tree->next_inode = 0;
    tree->name_count = 0;
    tree->bucket_count = FIRST_BUCKETS;
    tree->buckets = take(tree, FIRST_BUCKETS * sizeof *tree->buckets);
    if (tree->buckets == NULL)
        return E_NOSPC;
    tree->root = make_node(tree, TREE_DIRECTORY | 0755);
    if (tree->root == NULL) {
        give(tree, tree->buckets, FIRST_BUCKETS * sizeof *tree->buckets);
        return E_NOSPC;
    }
    tree->root->links = 2;
    tree->root->parent = tree->root;
    return 0;
}

/* --- paths ---------------------------------------------------------------- */

struct walk {
    struct tree *tree;
    const char *path;
    size_t length, at; /* bytes; up to there it was followed */
    struct node *node;
};

/* The next name of the path: its length, 0 at the end. */
static size_t
next_part(struct walk *walk, const char **name)
{
    size_t start;

    while (walk->at < walk->length && walk->path[walk->at] == '/')
        walk->at++;
    start = walk->at;
    while (walk->at < walk->length && walk->path[walk->at] != '/')
        walk->at++;
    *name = walk->path + start;
    return walk->at - start;
}

static bool
is_at_end(const struct walk *walk)
{
    for (size_t i = walk->at; i < walk->length; i++)
        if (walk->path[i] != '/')
            return false;
    return true;
}

/* One step down; the directory may turn out to be none, or a link. */
static int
step(struct walk *walk, const char *text, size_t length)
{
    const struct name *name;

    if (is_type(walk->node, TREE_LINK))
        return TREE_AT_LINK;
    if (!is_type(walk->node, TREE_DIRECTORY))
        return E_NOTDIR;
    if (length > TREE_NAME_MAX)
        return E_NAMETOOLONG;
    name = find_name(walk->tree, walk->node, text, length);
    if (name == NULL)
        return E_NOENT;
    walk->node = name->node;
    return 0;
}

int
tree_find(struct tree *tree, const char *path, size_t length, bool follow,
          struct node **node, size_t *done)
{
    struct walk walk = { tree, path, length, 0, tree->root };
    bool wants_directory = length > 0 && path[length - 1] == '/';
    const char *name;
    size_t part, before = 0;
    int error = 0;

    while (error == 0 && (part = next_part(&walk, &name)) > 0) {
        error = step(&walk, name, part);
        if (error == 0)
            before = walk.at;
    }
    *node = walk.node;
    *done = before;
    if (error != 0)
        return error;
    if (is_type(walk.node, TREE_LINK) && (follow || wants_directory))
        return TREE_AT_LINK;
    if (wants_directory && !is_type(walk.node, TREE_DIRECTORY))
        return E_NOTDIR;
    return 0;
}

int
tree_find_parent(struct tree *tree, const char *path, size_t length,
                 struct node **directory, const char **name,
                 size_t *name_length, size_t *done)
{
    struct walk walk = { tree, path, length, 0, tree->root };
    size_t before = 0;
    int error = 0;

    *name_length = next_part(&walk, name);
    while (error == 0 && !is_at_end(&walk)) {
        error = step(&walk, *name, *name_length);
        if (error == 0) {
            before = walk.at;
            *name_length = next_part(&walk, name);
        }
    }
    *directory = walk.node;
    *done = before;
    if (error != 0)
        return error;
    if (is_type(walk.node, TREE_LINK))
        return TREE_AT_LINK;
    if (!is_type(walk.node, TREE_DIRECTORY))
        return E_NOTDIR;
    if (*name_length == 0)
        return E_BUSY;
    return *name_length > TREE_NAME_MAX ? E_NAMETOOLONG : 0;
}

/* --- making and removing -------------------------------------------------- */

/* A node that has this name now is linked, and its directory counts it. */
static void
enter(struct tree *tree, struct name *name)
{
    struct node *node = name->node;

    add_name(tree, name);
    node->links++;
    node->change = tree->now();
    if (!is_type(node, TREE_DIRECTORY))
        return;
    node->links = 2;
    node->parent = name->directory;
    name->directory->links++;
}

static void
leave(struct tree *tree, struct name *name)
{
    struct node *node = name->node;

    if (is_type(node, TREE_DIRECTORY)) {
        name->directory->links--;
        node->links = 0;
        node->parent = node; /* the one above may go, too */
    } else {
        node->links--;
    }
    node->change = tree->now();
    remove_name(tree, name);
}

/* A removed directory that somebody still has open takes no more names. */
static int
check_new(const struct tree *tree, const struct node *directory,
          const char *text, size_t length)
{
    if (directory->links == 0)
        return E_NOENT;
    return find_name(tree, directory, text, length) != NULL ? E_EXIST : 0;
}

static int
make(struct tree *tree, struct node *directory, const char *text,
     size_t length, uint32_t mode, struct node **node)
{
    int error = check_new(tree, directory, text, length);
    struct name *name;

    if (error != 0)
        return error;
    *node = make_node(tree, mode);
    if (*node == NULL)
        return E_NOSPC;
    name = make_name(tree, directory, text, length, *node);
    if (name == NULL) {
        free_node(tree, *node);
        return E_NOSPC;
    }
    enter(tree, name);
    return 0;
}

int
tree_make(struct tree *tree, struct node *directory, const char *name,
          size_t length, uint32_t mode, struct node **node)
{
    return make(tree, directory, name, length, mode, node);
}

int
tree_make_link(struct tree *tree, struct node *directory, const char *name,
               size_t length, const char *text, size_t text_length,
               struct node **node)
{
    char *copy;
    int error;

    if (text_length == 0)
        return E_NOENT;
    copy = take(tree, text_length);
    if (copy == NULL)
        return E_NOSPC;
    memcpy(copy, text, text_length);
    error = make(tree, directory, name, length, TREE_LINK | 0777, node);
    if (error != 0) {
        give(tree, copy, text_length);
        return error;
    }
    (*node)->text = copy;
    (*node)->size = text_length;
    return 0;
}

int
tree_link(struct tree *tree, struct node *node, struct node *directory,
          const char *name, size_t length)
{
    int error = check_new(tree, directory, name, length);
    struct name *made;

    if (error != 0)
        return error;
    if (node->links >= TREE_LINKS_MAX)
        return E_MLINK;
    made = make_name(tree, directory, name, length, node);
    if (made == NULL)
        return E_NOSPC;
    enter(tree, made);
    return 0;
}

static int
check_removal(const struct node *node, bool directories)
{
    if (directories && !is_type(node, TREE_DIRECTORY))
        return E_NOTDIR;
    if (!directories && is_type(node, TREE_DIRECTORY))
        return E_ISDIR;
    return directories && node->size > 0 ? E_NOTEMPTY : 0;
}

int
tree_remove(struct tree *tree, struct node *directory, const char *name,
            size_t length, bool directories)
{
    struct name *found = find_name(tree, directory, name, length);
    struct node *node;
    int error;

    if (found == NULL)
        return E_NOENT;
    node = found->node;
    error = check_removal(node, directories);
    if (error != 0)
        return error;
    leave(tree, found);
    release(tree, node);
    return 0;
}

static bool
is_above(const struct tree *tree, const struct node *above,
         const struct node *node)
{
    for (; node != above && node != tree->root; node = node->parent)
        ;
    return node == above;
}

int
tree_rename(struct tree *tree, struct node *from, const char *name,
            size_t length, struct node *to, const char *new_name,
            size_t new_length)
{
    struct name *old = find_name(tree, from, name, length);
    struct name *victim = find_name(tree, to, new_name, new_length), *made;
    struct node *node, *gone = victim != NULL ? victim->node : NULL;
    int error = 0;

    if (old == NULL || to->links == 0)
        return E_NOENT;
    node = old->node;
    if (node == gone)
        return 0; /* two names of one file: POSIX has it so */
    if (is_type(node, TREE_DIRECTORY) && is_above(tree, node, to))
        return E_INVAL;
    if (victim != NULL)
        error = check_removal(gone, is_type(node, TREE_DIRECTORY));
    if (error != 0)
        return error;
    made = make_name(tree, to, new_name, new_length, node);
    if (made == NULL)
        return E_NOSPC;
    if (victim != NULL) {
        leave(tree, victim);
        release(tree, gone);
    }
    leave(tree, old);
    enter(tree, made);
    return 0;
}

const struct name *
tree_next_name(struct node *directory, uint64_t cookie)
{
    for (struct list *l = directory->names.next; l != &directory->names;
         l = l->next) {
        const struct name *name = CONTAINER(l, struct name, in_directory);

        if (name->cookie > cookie)
            return name;
    }
    return NULL;
}

/* --- bytes ---------------------------------------------------------------- */

/* What is to be read there: the file's own page, its base, or NULL: zeros. */
static const uint8_t *
bytes_at(const struct node *node, uint64_t offset, size_t *length)
{
    uint64_t page = offset / TREE_PAGE, within = offset % TREE_PAGE;

    if (*length > TREE_PAGE - within)
        *length = TREE_PAGE - within;
    if (page < node->pages_size && node->pages[page] != NULL)
        return node->pages[page] + within;
    if (node->base == NULL || offset >= node->base_size)
        return NULL;
    if (*length > node->base_size - offset)
        *length = node->base_size - offset;
    return node->base + offset;
}

size_t
tree_read(struct tree *tree, struct node *node, uint64_t offset, void *buffer,
          size_t length)
{
    uint8_t *to = buffer;
    size_t done = 0;

    if (offset >= node->size)
        return 0;
    if (length > node->size - offset)
        length = node->size - offset;
    while (done < length) {
        size_t part = length - done;
        const uint8_t *from = bytes_at(node, offset + done, &part);

        if (from != NULL)
            memcpy(to + done, from, part);
        else
            memset(to + done, 0, part);
        done += part;
    }
    node->access = tree->now();
    return done;
}

static bool
grow_pages(struct tree *tree, struct node *node, uint64_t page)
{
    uint64_t size = node->pages_size == 0 ? FIRST_PAGES : node->pages_size;
    uint8_t **pages;

    if (page < node->pages_size)
        return true;
    while (size <= page)
        size *= 2;
    pages = take(tree, size * sizeof *pages);
    if (pages == NULL)
        return false;
    if (node->pages_size > 0)
        memcpy(pages, node->pages, node->pages_size * sizeof *pages);
    give(tree, node->pages, node->pages_size * sizeof *pages);
    node->pages = pages;
    node->pages_size = size;
    return true;
}

/* The file's own page, with what was to be read there before. */
static uint8_t *
own_page(struct tree *tree, struct node *node, uint64_t page)
{
    size_t length = TREE_PAGE;
    const uint8_t *old;

    if (!grow_pages(tree, node, page))
        return NULL;
    if (node->pages[page] != NULL)
        return node->pages[page];
    old = bytes_at(node, page * TREE_PAGE, &length);
    node->pages[page] = take(tree, TREE_PAGE);
    if (node->pages[page] == NULL)
        return NULL;
    node->pages_used++;
    if (old != NULL)
        memcpy(node->pages[page], old, length);
    return node->pages[page];
}

int
tree_write(struct tree *tree, struct node *node, uint64_t offset,
           const void *bytes, size_t length, size_t *done)
{
    const uint8_t *from = bytes;

    *done = 0;
    if (offset > TREE_SIZE_MAX || length > TREE_SIZE_MAX - offset)
        return E_FBIG;
    while (*done < length) {
        uint64_t at = offset + *done;
        size_t part = TREE_PAGE - at % TREE_PAGE;
        uint8_t *page = own_page(tree, node, at / TREE_PAGE);

        if (page == NULL)
            break;
        if (part > length - *done)
            part = length - *done;
        memcpy(page + at % TREE_PAGE, from + *done, part);
        *done += part;
        if (at + part > node->size)
            node->size = at + part;
    }
    if (*done > 0)
        node->modification = node->change = tree->now();
    return *done < length ? E_NOSPC : 0;
}

/* What lies behind the new end is zero if the file grows again. */
static void
shorten(struct tree *tree, struct node *node, uint64_t size)
{
    uint64_t page = size / TREE_PAGE, within = size % TREE_PAGE;

    if (within != 0 && page < node->pages_size && node->pages[page] != NULL)
        memset(node->pages[page] + within, 0, TREE_PAGE - within);
    drop_pages(tree, node, page + (within != 0));
    if (node->base_size > size)
        node->base_size = size;
}

int
tree_truncate(struct tree *tree, struct node *node, uint64_t size)
{
    if (size > TREE_SIZE_MAX)
        return E_FBIG;
    if (size < node->size)
        shorten(tree, node, size);
    node->size = size;
    node->modification = node->change = tree->now();
    return 0;
}
