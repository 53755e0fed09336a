/* Files in memory: paths, names, links, bytes, and a model to compare with. */
#include "tests/host/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/ram/tree.h"

#define SEED 1991u

static struct tree tree;
static size_t out;         /* bytes that the tree has */
static unsigned fail_at;   /* that allocation from now on fails, 0: none */
static int64_t now;

static void *
take(size_t size)
{
    if (fail_at > 0 && --fail_at == 0)
        return NULL;
    out += size;
    return calloc(1, size);
}

static void
give(void *memory, size_t size)
{
    out -= size;
    free(memory);
}

static int64_t
tell_time(void)
{
    return ++now;
}

static int
reset(void **state)
{
    (void)state;
    fail_at = 0;
    tree = (struct tree){ .take = take, .give = give, .now = tell_time,
                          .limit = 1 << 24 };
    assert_int_equal(tree_init(&tree), 0);
    return 0;
}

static void
empty(struct node *directory)
{
    const struct name *name;

    while ((name = tree_next_name(directory, 0)) != NULL) {
        bool is_directory = (name->node->mode & TREE_TYPE) == TREE_DIRECTORY;

        if (is_directory)
            empty(name->node);
        assert_int_equal(tree_remove(&tree, directory, name->text,
                                     name->length, is_directory), 0);
    }
}

/* All that was taken comes back when the last name goes. */
static int
finish(void **state)
{
    (void)state;
    empty(tree.root);
    assert_int_equal(tree.nodes, 1);
    assert_int_equal(tree.name_count, 0);
    tree.root->links = 0;
    tree_open(tree.root);
    tree_close(&tree, tree.root);
    give(tree.buckets, tree.bucket_count * sizeof *tree.buckets);
    assert_int_equal(out, 0);
    return 0;
}

/* --- by path -------------------------------------------------------------- */

static struct node *
find(const char *path)
{
    struct node *node;
    size_t done;

    return tree_find(&tree, path, strlen(path), true, &node, &done) == 0
               ? node : NULL;
}

static int
error_of(const char *path)
{
    struct node *node;
    size_t done;

    return tree_find(&tree, path, strlen(path), false, &node, &done);
}

static int
make(const char *path, uint32_t mode)
{
    struct node *directory, *node;
    const char *name;
    size_t length, done;
    int error = tree_find_parent(&tree, path, strlen(path), &directory,
                                 &name, &length, &done);

    return error != 0 ? error : tree_make(&tree, directory, name, length,
                                          mode, &node);
}

static int
drop(const char *path, bool directories)
{
    struct node *directory;
    const char *name;
    size_t length, done;
    int error = tree_find_parent(&tree, path, strlen(path), &directory,
                                 &name, &length, &done);

    return error != 0 ? error : tree_remove(&tree, directory, name, length,
                                            directories);
}

static int
move(const char *from, const char *to)
{
    struct node *a, *b;
    const char *name, *new_name;
    size_t length, new_length, done;
    int error = tree_find_parent(&tree, from, strlen(from), &a, &name,
                                 &length, &done);

    if (error == 0)
        error = tree_find_parent(&tree, to, strlen(to), &b, &new_name,
                                 &new_length, &done);
    return error != 0 ? error : tree_rename(&tree, a, name, length, b,
                                            new_name, new_length);
}

static int
link_to(const char *path, const char *new_path)
{
    struct node *directory;
    const char *name;
    size_t length, done;
    int error = tree_find_parent(&tree, new_path, strlen(new_path),
                                 &directory, &name, &length, &done);

    return error != 0 ? error : tree_link(&tree, find(path), directory, name,
                                          length);
}

static void
put(const char *path, uint64_t offset, const char *text)
{
    size_t done;

    assert_int_equal(tree_write(&tree, find(path), offset, text,
                                strlen(text), &done), 0);
    assert_int_equal(done, strlen(text));
}

static const char *
get(struct node *node)
{
    static char text[256];
    size_t n = tree_read(&tree, node, 0, text, sizeof text - 1);

    text[n] = '\0';
    return text;
}

/* --- tests ---------------------------------------------------------------- */

static void
test_paths(void **state)
{
    char long_name[300] = "/";

    (void)state;
    assert_int_equal(make("dir", TREE_DIRECTORY | 0755), 0);
    assert_int_equal(make("/dir//sub/", TREE_DIRECTORY | 0755), 0);
    assert_int_equal(make("dir/file", TREE_FILE | 0644), 0);
    assert_ptr_equal(find(""), tree.root);
    assert_ptr_equal(find("///"), tree.root);
    assert_ptr_equal(find("dir/sub"), find("dir//sub/"));
    assert_int_equal(error_of("dir/none"), ENOENT);
    assert_int_equal(error_of("dir/none/x"), ENOENT);
    assert_int_equal(error_of("dir/file/x"), ENOTDIR);
    assert_int_equal(error_of("dir/file/"), ENOTDIR);
    assert_int_equal(make("dir/file/x", TREE_FILE), ENOTDIR);
    assert_int_equal(make("none/x", TREE_FILE), ENOENT);
    assert_int_equal(make("dir/file", TREE_FILE), EEXIST);
    assert_int_equal(make("", TREE_FILE), EBUSY);
    memset(long_name + 1, 'n', 256);
    assert_int_equal(make(long_name, TREE_FILE), ENAMETOOLONG);
    assert_int_equal(error_of(long_name), ENAMETOOLONG);
    long_name[256] = '\0';
    assert_int_equal(make(long_name, TREE_FILE), 0);
    assert_non_null(find(long_name));
}

static void
test_links_of_directories(void **state)
{
    (void)state;
    make("a", TREE_DIRECTORY);
    make("a/b", TREE_DIRECTORY);
    make("a/f", TREE_FILE);
    assert_int_equal(tree.root->links, 3);
    assert_int_equal(find("a")->links, 3);
    assert_int_equal(drop("a", true), ENOTEMPTY);
    assert_int_equal(drop("a", false), EISDIR);
    assert_int_equal(drop("a/f", true), ENOTDIR);
    assert_int_equal(move("a/b", "c"), 0);
    assert_int_equal(find("a")->links, 2);
    assert_int_equal(tree.root->links, 4);
    assert_ptr_equal(find("c")->parent, tree.root);
    assert_int_equal(drop("c", true), 0);
    assert_int_equal(tree.root->links, 3);
}

static void
test_hard_links(void **state)
{
    struct node *node;

    (void)state;
    make("one", TREE_FILE);
    put("one", 0, "text");
    assert_int_equal(link_to("one", "two"), 0);
    assert_int_equal(link_to("one", "two"), EEXIST);
    node = find("two");
    assert_ptr_equal(node, find("one"));
    assert_int_equal(node->links, 2);
    assert_int_equal(move("one", "two"), 0); /* the same file: nothing */
    assert_non_null(find("one"));
    assert_int_equal(drop("one", false), 0);
    assert_string_equal(get(find("two")), "text");
}

static void
test_symbolic_links(void **state)
{
    struct node *node, *directory;
    const char *name;
    size_t length, done;

    (void)state;
    make("d", TREE_DIRECTORY);
    assert_int_equal(tree_make_link(&tree, tree.root, "l", 1, "d", 1, &node),
                     0);
    assert_int_equal(tree_make_link(&tree, tree.root, "l", 1, "d", 1, &node),
                     EEXIST);
    assert_int_equal(tree_make_link(&tree, tree.root, "e", 1, "", 0, &node),
                     ENOENT);
    assert_int_equal(tree_find(&tree, "/l", 2, false, &node, &done), 0);
    assert_int_equal(node->size, 1);
    assert_int_equal(tree_find(&tree, "/l", 2, true, &node, &done),
                     TREE_AT_LINK);
    assert_int_equal(done, 2);
    assert_int_equal(tree_find(&tree, "/l/x/y", 6, false, &node, &done),
                     TREE_AT_LINK);
    assert_int_equal(done, 2);
    assert_memory_equal(node->text, "d", 1);
    assert_int_equal(tree_find(&tree, "l/", 2, false, &node, &done),
                     TREE_AT_LINK);
    assert_int_equal(tree_find_parent(&tree, "l/new", 5, &directory, &name,
                                      &length, &done), TREE_AT_LINK);
    assert_int_equal(done, 1);
    assert_int_equal(tree_find_parent(&tree, "l", 1, &directory, &name,
                                      &length, &done), 0);
}

static void
test_rename(void **state)
{
    (void)state;
    make("a", TREE_FILE);
    make("b", TREE_FILE);
    put("a", 0, "new");
    put("b", 0, "old");
    assert_int_equal(move("a", "b"), 0);
    assert_null(find("a"));
    assert_string_equal(get(find("b")), "new");
    make("d", TREE_DIRECTORY);
    make("d/e", TREE_DIRECTORY);
    assert_int_equal(move("b", "d"), EISDIR);
    assert_int_equal(move("d", "b"), ENOTDIR);
    assert_int_equal(move("d", "d/e/f"), EINVAL);
    assert_int_equal(move("none", "b"), ENOENT);
    make("full", TREE_DIRECTORY);
    make("full/x", TREE_FILE);
    assert_int_equal(move("d", "full"), ENOTEMPTY);
    drop("full/x", false);
    assert_int_equal(move("d", "full"), 0);
    assert_non_null(find("full/e"));
}

/* The one above a removed directory goes before it: nothing leads there. */
static void
test_removed_above(void **state)
{
    struct node *above, *below;

    (void)state;
    make("above", TREE_DIRECTORY);
    make("above/below", TREE_DIRECTORY);
    above = find("above");
    below = find("above/below");
    assert_ptr_equal(below->parent, above);
    tree_open(below);
    assert_int_equal(drop("above/below", true), 0);
    assert_int_equal(drop("above", true), 0);
    assert_ptr_equal(below->parent, below);
    tree_close(&tree, below);
}

/* Nameless, and there as long as somebody has it open. */
static void
test_open_and_removed(void **state)
{
    struct node *node, *made;

    (void)state;
    make("f", TREE_FILE);
    put("f", 0, "still here");
    node = find("f");
    tree_open(node);
    assert_int_equal(drop("f", false), 0);
    assert_string_equal(get(node), "still here");
    tree_close(&tree, node);
    make("d", TREE_DIRECTORY);
    node = find("d");
    tree_open(node);
    assert_int_equal(drop("d", true), 0);
    assert_int_equal(tree_make(&tree, node, "x", 1, TREE_FILE, &made),
                     ENOENT);
    tree_close(&tree, node);
}

static void
test_base(void **state)
{
    static const uint8_t archive[10000] = { [0] = 'b', [4095] = 'p',
                                            [4096] = 'q', [9999] = 'z' };
    uint8_t buffer[10000];
    struct node *node;

    (void)state;
    make("f", TREE_FILE);
    node = find("f");
    node->base = archive;
    node->base_size = node->size = sizeof archive;
    assert_int_equal(tree_read(&tree, node, 0, buffer, sizeof buffer), 10000);
    assert_memory_equal(buffer, archive, 10000);
    put("f", 4090, "0123456789");
    assert_int_equal(node->pages_used, 2);
    assert_int_equal(tree_read(&tree, node, 4089, buffer, 12), 12);
    assert_memory_equal(buffer, "\0000123456789\0", 12);
    assert_int_equal(tree_read(&tree, node, 9998, buffer, 10), 2);
    assert_int_equal(buffer[1], 'z');
    assert_int_equal(tree_truncate(&tree, node, 9000), 0);
    assert_int_equal(tree_truncate(&tree, node, 10000), 0);
    tree_read(&tree, node, 9999, buffer, 1);
    assert_int_equal(buffer[0], 0); /* what was cut off does not come back */
}

static void
test_holes_and_ends(void **state)
{
    struct node *node;
    char buffer[16];
    size_t done;

    (void)state;
    make("f", TREE_FILE);
    node = find("f");
    put("f", 1 << 20, "x");
    assert_int_equal(node->size, (1 << 20) + 1);
    assert_int_equal(node->pages_used, 1);
    assert_int_equal(tree_read(&tree, node, 5000, buffer, 4), 4);
    assert_memory_equal(buffer, "\0\0\0", 4);
    assert_int_equal(tree_read(&tree, node, 1 << 21, buffer, 4), 0);
    assert_int_equal(tree_truncate(&tree, node, TREE_SIZE_MAX + 1), EFBIG);
    assert_int_equal(tree_write(&tree, node, UINT64_MAX - 2, "abc", 3,
                                &done), EFBIG);
    assert_int_equal(tree_write(&tree, node, TREE_SIZE_MAX - 3, "abc", 3,
                                &done), ENOSPC);
    assert_int_equal(tree_truncate(&tree, node, 0), 0);
    assert_int_equal(node->pages_used, 0);
}

static void
test_limit(void **state)
{
    static char bytes[1 << 20];
    size_t done;

    (void)state;
    make("f", TREE_FILE);
    tree.limit = tree.used + 100 * TREE_PAGE;
    assert_int_equal(tree_write(&tree, find("f"), 0, bytes, sizeof bytes,
                                &done), ENOSPC);
    assert_true(done >= 95 * TREE_PAGE && done <= 100 * TREE_PAGE);
    assert_int_equal(find("f")->size, done);
    tree.limit = tree.used;
    assert_int_equal(make("g", TREE_FILE), ENOSPC);
    assert_null(find("g"));
}

static void
test_times(void **state)
{
    int64_t before;

    (void)state;
    make("d", TREE_DIRECTORY);
    make("d/f", TREE_FILE);
    put("d/f", 0, "text");
    before = now;
    get(find("d/f"));
    assert_true(find("d/f")->access > before);
    assert_true(find("d/f")->modification <= before);
    put("d/f", 0, "x");
    assert_true(find("d/f")->modification > before);
    assert_true(find("d")->modification <= before);
    drop("d/f", false);
    assert_true(find("d")->modification > before);
}

/* A walk over many names while some go: each that stays is seen once. */
static void
test_many_names(void **state)
{
    const struct name *name;
    uint64_t cookie = 0;
    unsigned seen = 0;
    char path[16];

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(path, sizeof path, "n%u", i);
        assert_int_equal(make(path, TREE_FILE), 0);
    }
    assert_true(tree.bucket_count >= 2048);
    while ((name = tree_next_name(tree.root, cookie)) != NULL) {
        cookie = name->cookie;
        seen++;
        if (seen % 3 == 0) {
            snprintf(path, sizeof path, "%.*s", name->length, name->text);
            assert_int_equal(drop(path, false), 0);
        }
    }
    assert_int_equal(seen, 3000);
    assert_int_equal(tree.root->size, 2000);
}

/* --- against a model ------------------------------------------------------ */

#define PLACES 8u      /* names in each of two directories, and in the root */
#define MODEL_SIZE 40000u

static struct model_file {
    bool there;
    size_t size;
    uint8_t bytes[MODEL_SIZE];
} model[3][PLACES];

static const char *
path_of(unsigned where, unsigned place)
{
    static char path[2][16];
    static unsigned which;

    which ^= 1;
    snprintf(path[which], sizeof *path, "%s%u",
             where == 0 ? "" : where == 1 ? "a/" : "b/c/", place);
    return path[which];
}

static void
model_write(struct model_file *f, const char *path)
{
    uint8_t bytes[9000];
    size_t offset = (size_t)rand() % 30000, done;
    size_t length = (size_t)rand() % sizeof bytes;
    int error;

    memset(bytes, rand(), length);
    error = tree_write(&tree, find(path), offset, bytes, length, &done);
    assert_int_equal(error, done < length ? ENOSPC : 0);
    memcpy(f->bytes + offset, bytes, done);
    if (done > 0 && offset + done > f->size)
        f->size = offset + done;
}

static void
model_move(struct model_file *from, struct model_file *to, const char *path,
           const char *new_path)
{
    int error = move(path, new_path);

    assert_true(error == (from->there ? 0 : ENOENT) || error == ENOSPC);
    if (error != 0 || from == to)
        return;
    *to = *from;
    memset(from, 0, sizeof *from);
}

static void
model_compare(void)
{
    static uint8_t bytes[MODEL_SIZE + 1];

    for (unsigned where = 0; where < 3; where++)
        for (unsigned i = 0; i < PLACES; i++) {
            struct model_file *f = &model[where][i];
            struct node *node = find(path_of(where, i));

            assert_int_equal(node != NULL, f->there);
            if (node == NULL)
                continue;
            assert_int_equal(tree_read(&tree, node, 0, bytes, sizeof bytes),
                             f->size);
            assert_memory_equal(bytes, f->bytes, f->size);
        }
}

static void
model_step(void)
{
    unsigned where = (unsigned)rand() % 3, i = (unsigned)rand() % PLACES;
    unsigned to = (unsigned)rand() % 3, j = (unsigned)rand() % PLACES;
    struct model_file *f = &model[where][i];
    const char *path = path_of(where, i);
    size_t size = (size_t)rand() % MODEL_SIZE;
    int error;

    switch (rand() % 6) {
    case 0: case 1:
        if (f->there) {
            model_write(f, path);
            break;
        }
        error = make(path, TREE_FILE);
        assert_true(error == 0 || error == ENOSPC);
        f->there = error == 0;
        break;
    case 2:
        if (rand() % 3 != 0)
            break;
        assert_int_equal(drop(path, false), f->there ? 0 : ENOENT);
        memset(f, 0, sizeof *f);
        break;
    case 3: model_move(f, &model[to][j], path, path_of(to, j)); break;
    default:
        if (!f->there)
            break;
        assert_int_equal(tree_truncate(&tree, find(path), size), 0);
        if (size < f->size)
            memset(f->bytes + size, 0, f->size - size);
        f->size = size;
    }
}

/* Memory fails now and then: nothing may be lost by it. */
static void
test_model(void **state)
{
    (void)state;
    srand(SEED);
    memset(model, 0, sizeof model);
    make("a", TREE_DIRECTORY);
    make("b", TREE_DIRECTORY);
    make("b/c", TREE_DIRECTORY);
    for (unsigned i = 0; i < 6000; i++) {
        fail_at = rand() % 10 == 0 ? (unsigned)rand() % 6 : 0;
        model_step();
        fail_at = 0;
        if (i % 8 == 0)
            model_compare();
    }
    model_compare();
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(test_##name, reset, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(paths), TEST(links_of_directories), TEST(hard_links),
        TEST(symbolic_links), TEST(rename), TEST(open_and_removed),
        TEST(removed_above),
        TEST(base), TEST(holes_and_ends), TEST(limit), TEST(times),
        TEST(many_names), TEST(model),
    };

    return cmocka_run_group_tests_name("files in memory", tests, NULL, NULL);
}
